"""A logger of its own per test, with a handler that nothing else writes to."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.logging import RingBufferHandler, set_known_secrets


@dataclass
class LoggedTo:
    """A logger, its handler and what reached the stream."""

    logger: logging.Logger
    handler: RingBufferHandler
    stream: io.StringIO

    def line(self) -> dict[str, object]:
        """The newest line, parsed."""
        parsed = json.loads(self.raw())
        assert isinstance(parsed, dict)
        return parsed

    def raw(self) -> str:
        return self.handler.lines(last=1)[0]

    def written(self) -> str:
        self.handler.flush()
        return self.stream.getvalue()


@pytest.fixture
def logged() -> Iterator[LoggedTo]:
    stream = io.StringIO()
    handler = RingBufferHandler(stream=stream)
    logger = logging.Logger("bot.test", logging.DEBUG)
    logger.addHandler(handler)
    yield LoggedTo(logger, handler, stream)
    handler.close()
    set_known_secrets(())
