"""One read from an outside service, as data: the status it answered with, whatever that is, and what it said."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.apis.http import Answered, Http, Unreachable


@dataclass(frozen=True)
class Seen:
    """An answer."""

    status: int
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    """An error's own words, redacted."""

    @property
    def is_there(self) -> bool:
        """Was it given?"""
        return 200 <= self.status < 300

    def text(self, name: str) -> str:
        """A text among the answer's fields; empty when there is none."""
        value = self.json.get(name) if isinstance(self.json, dict) else None
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A number among the fields, which Discord writes as text when it is large; 0 when there is none."""
        value = self.json.get(name) if isinstance(self.json, dict) else None
        return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0

    def flag(self, name: str) -> bool | None:
        """A truth value among the fields; None when there is none."""
        value = self.json.get(name) if isinstance(self.json, dict) else None
        return value if isinstance(value, bool) else None

    def rows(self, name: str | None = None) -> list[dict[str, object]]:
        """The objects of a list: the answer itself, or one of its fields."""
        value = self.json.get(name) if name and isinstance(self.json, dict) else self.json
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


async def look(http: Http, path: str, params: Mapping[str, str] | None = None) -> Seen:
    """Read it; an error status is an answer too. Raises Unreachable."""
    try:
        answer = await http.get(path, params=params)
    except Answered as error:
        if error.may_pass:
            raise Unreachable(f"it {error}") from error
        return Seen(error.status, message=error.message)
    return Seen(answer.status, answer.json, answer.headers)
