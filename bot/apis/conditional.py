"""Reads that cost nothing when nothing changed: a service says so by an entity tag, and the last answer counts."""

from collections import OrderedDict
from collections.abc import Mapping

from bot.apis.http import Answer, Http

KEPT = 256
"""How many answers are remembered."""
LARGEST = 1024 * 1024
"""Bytes of an answer that is remembered."""


class Conditional:
    """Reads of one origin with the tags of the answers before. GitHub counts a 304 against no limit."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._kept: OrderedDict[tuple[str, ...], tuple[str, Answer]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget every answer: the next read of each costs once more."""
        self._kept.clear()

    async def get(self, path: str, *, params: Mapping[str, str] | None = None) -> Answer:
        """What `Http.get` gives, or what it gave the last time when that is still true. Raises ApiError."""
        key = (path, *(f"{name}={value}" for name, value in (params or {}).items()))
        tag, before = self._kept.get(key, (None, None))
        answer = await self._http.get(path, params=params, tag=tag)
        if answer.status == 304 and before is not None:
            self._kept.move_to_end(key)
            return before
        if (fresh := answer.headers.get("etag")) and len(answer.body) <= LARGEST:
            self._kept[key] = (fresh, answer)
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return answer
