"""What single values of the settings must look like: addresses, ids, names."""

import re
from typing import Annotated

from pydantic import AfterValidator

SNOWFLAKE = re.compile(r"\d{15,20}")
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[\w.-]+")
SERVICE_NAME = re.compile(r"[A-Za-z0-9][\w@.-]{0,99}")
LOG_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
SHOWN_CHARACTERS = 32
"""A wrong value is quoted up to this length: a token that was pasted into the wrong variable is longer."""


def without_slash(url: str) -> str:
    """The same address without a slash at its end; ValueError when it is not an http(s) or ws(s) address."""
    if not re.match(r"(https?|wss?)://[^\s/]+", url):
        raise ValueError("it must be an address such as https://api.github.com")
    return url.rstrip("/")


def quoted(value: object) -> str:
    """A wrong value as an error may show it."""
    text = str(value).strip()
    return repr(text) if len(text) <= SHOWN_CHARACTERS else f"the value (of {len(text)} characters)"


def checked_snowflake(value: str) -> int:
    """A Discord id as a number; ValueError when it is not one."""
    if not SNOWFLAKE.fullmatch(value.strip()):
        raise ValueError(
            f"{quoted(value)} is not a Discord id (15 to 20 digits): "
            "turn on Developer Mode in Discord, right-click, choose Copy ID"
        )
    return int(value)


def web_address(url: str) -> str:
    """The same address; ValueError when it is not an http(s) one."""
    if not re.match(r"https?://[^\s/]+\S*$", url):
        raise ValueError("it must be an address such as https://agent.example.com/suture")
    return url


Url = Annotated[str, AfterValidator(without_slash)]
