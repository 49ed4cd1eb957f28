"""What a person does on the chat page, done by their hands in the local Discord; what these refuse is told back."""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.sandbox.chat_messages import show_modal
from bot.sandbox.chat_seat import NoSuchSeat, Seat, take_seat
from bot.sandbox.discord_errors import ApiError
from bot.sandbox.discord_interactions import NO_ANSWER
from bot.sandbox.discord_records import JsonObject
from bot.sandbox.discord_reply import NoAnswerError, Reply
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_slash import ClientRefused
from bot.sandbox.discord_view import show_modal as read_modal

SNOWFLAKE = r"^[0-9]{1,20}$"


class BadDeed(ValueError):
    """The page asked for something that is no deed; the sentence says why."""


class _Deed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    who: str
    where: str


class File(BaseModel):
    """A file of the person's own, in base64."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=260)
    data: str

    def read(self) -> bytes:
        """The file's bytes."""
        try:
            return base64.b64decode(self.data, validate=True)
        except binascii.Error as error:
            raise BadDeed(f"{self.name} is not in base64.") from error


class Reference(BaseModel):
    """A user, channel or role that an option names by its id."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["user", "channel", "role"]
    id: str = Field(pattern=SNOWFLAKE)


Value = str | bool | int | float | Reference | File


class Say(_Deed):
    """Write a message."""

    text: str
    files: list[File] = []


class Slash(_Deed):
    """Use a command."""

    command: str
    options: dict[str, Value] = {}


class Suggest(_Deed):
    """Ask the bot for suggestions for an option."""

    command: str
    option: str
    typed: str
    filled: dict[str, Value] = {}


class Click(_Deed):
    """Press a button."""

    message: str = Field(pattern=SNOWFLAKE)
    button: str


class Select(_Deed):
    """Choose from a list of a message."""

    message: str = Field(pattern=SNOWFLAKE)
    list: str
    values: Sequence[str]


class Submit(_Deed):
    """Send a form."""

    interaction: str = Field(pattern=SNOWFLAKE)
    texts: dict[str, str]


class Dismiss(_Deed):
    """Take an ephemeral message away."""

    message: str = Field(pattern=SNOWFLAKE)


DEEDS: dict[str, type[_Deed]] = {
    "say": Say,
    "slash": Slash,
    "suggest": Suggest,
    "click": Click,
    "select": Select,
    "submit": Submit,
    "dismiss": Dismiss,
}


async def do(discord: DiscordServer, name: str, body: bytes) -> JsonObject:
    """Do it, and tell how it went: nothing, a form, suggestions, a refusal or a failure. Raises BadDeed, NoSuchSeat."""
    if name not in DEEDS:
        raise BadDeed(f"There is no deed {name}.")
    try:
        deed = DEEDS[name].model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadDeed(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    seat = take_seat(discord, deed.who, deed.where)
    try:
        return await HANDS[type(deed)](seat, deed)
    except ClientRefused as refused:
        return {"refused": str(refused), "option": _find_option(str(refused))}
    except ApiError as error:
        return {"refused": error.message}
    except (NoAnswerError, TimeoutError):
        return {"failed": "Loading options failed" if isinstance(deed, Suggest) else NO_ANSWER}


async def _say(seat: Seat, deed: Say) -> JsonObject:
    if not deed.text.strip() and not deed.files:
        raise ClientRefused("A message needs a text or a file.")
    await seat.person.say(seat.channel, deed.text, {file.name: file.read() for file in deed.files})
    return {}


async def _slash(seat: Seat, deed: Slash) -> JsonObject:
    options = {name: _read_value(seat, value) for name, value in deed.options.items()}
    return await _watch(await seat.person.slash(deed.command, channel=seat.channel, options=options))


async def _suggest(seat: Seat, deed: Suggest) -> JsonObject:
    filled = {name: _read_value(seat, value) for name, value in deed.filled.items() if name != deed.option}
    found = await seat.person.autocomplete(deed.command, deed.option, deed.typed, seat.channel, **filled)
    return {"choices": [{"name": choice.name, "value": choice.value} for choice in found]}


async def _click(seat: Seat, deed: Click) -> JsonObject:
    return await _watch(await seat.person.click(seat.message(int(deed.message)), deed.button))


async def _select(seat: Seat, deed: Select) -> JsonObject:
    return await _watch(await seat.person.select(seat.message(int(deed.message)), deed.list, *deed.values))


async def _submit(seat: Seat, deed: Submit) -> JsonObject:
    try:
        opened = seat.discord.interactions.find(int(deed.interaction))
    except LookupError as error:
        raise ClientRefused("Something went wrong: this form is not open any more.") from error
    if opened.user_id != seat.person.id or opened.modal is None:
        raise NoSuchSeat(f"{seat.person.name} has no form {deed.interaction}.")
    return await _watch(await seat.person.submit(read_modal(opened.id, opened.modal), deed.texts))


async def _dismiss(seat: Seat, deed: Dismiss) -> JsonObject:
    seat.person.dismiss(seat.message(int(deed.message)))
    return {}


async def _watch(reply: Reply) -> JsonObject:
    """Wait for the first answer; a form is handed over, messages come with the next snapshot."""
    await reply.first()
    if reply.error is not None:
        return {"failed": reply.error}
    return {"modal": show_modal(reply.modal)} if reply.modal is not None else {}


def _read_value(seat: Seat, value: Value) -> Any:
    if isinstance(value, File):
        return (value.name, value.read())
    if not isinstance(value, Reference):
        return value
    state = seat.discord.state
    tables: dict[str, Any] = {"user": state.users, "channel": state.channels, "role": state.roles}
    found = tables[value.kind].get(int(value.id))
    if found is None:
        raise ClientRefused(f"There is no {value.kind} {value.id}.")
    return found


def _find_option(sentence: str) -> str | None:
    """The option that a refusal is about, so that the page can say it there."""
    found = re.match(r"/[^:]+?(?:: ([\w-]+) must| needs the option ([\w-]+)\.| has no option ([\w-]+)\.)", sentence)
    return next((name for name in found.groups() if name), None) if found else None


HANDS: dict[type[_Deed], Callable[[Seat, Any], Awaitable[JsonObject]]] = {
    Say: _say,
    Slash: _slash,
    Suggest: _suggest,
    Click: _click,
    Select: _select,
    Submit: _submit,
    Dismiss: _dismiss,
}
