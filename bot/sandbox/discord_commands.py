"""Application commands of the sandbox's Discord: registered globally or for one guild."""

from typing import Any

from bot.sandbox.discord_calls import NO_CONTENT, Answer, Call, Route
from bot.sandbox.discord_command_form import MAX_COMMANDS, check_names_differ, read_command
from bot.sandbox.discord_errors import ApiError, FormErrors, missing_access, unknown
from bot.sandbox.discord_records import Command, JsonObject
from bot.sandbox.discord_state import State
from bot.sandbox.discord_wire import Wire


class CommandRoutes:
    """The endpoints below /applications/{application}/commands, and the same below a guild."""

    def __init__(self, state: State, wire: Wire) -> None:
        self._state = state
        self._wire = wire

    def routes(self) -> list[Route]:
        """List, overwrite, create, read, edit and delete, in both places."""
        routes = []
        for place in (
            "/applications/{application_id}/commands",
            "/applications/{application_id}/guilds/{guild_id}/commands",
        ):
            routes += [
                Route("GET", place, self._list),
                Route("PUT", place, self._overwrite),
                Route("POST", place, self._create),
                Route("GET", place + "/{command_id}", self._get),
                Route("PATCH", place + "/{command_id}", self._edit),
                Route("DELETE", place + "/{command_id}", self._delete),
            ]
        return routes

    def _list(self, call: Call) -> Answer:
        return self._answer(self._state.list_commands(self._read_guild_id(call)))

    def _overwrite(self, call: Call) -> Answer:
        guild_id = self._read_guild_id(call)
        forms: list[JsonObject] = call.payload if isinstance(call.payload, list) else []
        errors = FormErrors()
        bodies = [read_command(form, errors, (index,)) for index, form in enumerate(forms)]
        check_names_differ(bodies, errors)
        errors.refuse_if_any()
        for kind in MAX_COMMANDS:
            _check_count(sum(body["type"] == kind for body in bodies), kind)
        known = {(command.kind, command.name): command for command in self._state.list_commands(guild_id)}
        fresh = [self._make(body, guild_id, known.get((body["type"], body["name"]))) for body in bodies]
        kept = {command.id for command in fresh}
        gone = tuple(command for command in known.values() if command.id not in kept)
        self._state.write(*fresh, drop=gone)
        return self._answer(fresh)

    def _create(self, call: Call) -> Answer:
        guild_id = self._read_guild_id(call)
        body = _read_form(call.form)
        commands = self._state.list_commands(guild_id)
        known = next((one for one in commands if (one.kind, one.name) == (body["type"], body["name"])), None)
        if known is None:
            _check_count(1 + sum(command.kind == body["type"] for command in commands), body["type"])
        command = self._make(body, guild_id, known)
        self._state.write(command)
        return Answer(self._wire.command(command), 200 if known else 201)

    def _get(self, call: Call) -> Answer:
        return Answer(self._wire.command(self._read_command(call)))

    def _edit(self, call: Call) -> Answer:
        command = self._read_command(call)
        changed = self._make(_read_form({**command.body, **call.form}), command.guild_id, command)
        self._state.write(changed)
        return Answer(self._wire.command(changed))

    def _delete(self, call: Call) -> Answer:
        self._state.write(drop=(self._read_command(call),))
        return NO_CONTENT

    def _make(self, body: JsonObject, guild_id: int | None, known: Command | None) -> Command:
        if known is not None and known.body == body:
            return known
        version = self._state.new_id()
        return Command(
            id=known.id if known else version,
            guild_id=guild_id,
            kind=body["type"],
            name=body["name"],
            version=version,
            body=body,
        )

    def _read_guild_id(self, call: Call) -> int | None:
        if call.snowflake("application_id") != self._state.bot.id:
            raise ApiError(403, 20012, "You are not authorized to perform this action on this application")
        if "guild_id" not in call.names:
            return None
        guild_id = call.snowflake("guild_id")
        if not self._state.has_bot(guild_id):
            raise missing_access()
        return guild_id

    def _read_command(self, call: Call) -> Command:
        guild_id = self._read_guild_id(call)
        command = self._state.commands.get(call.snowflake("command_id"))
        if command is None or command.guild_id != guild_id:
            raise unknown("application command")
        return command

    def _answer(self, commands: list[Command]) -> Answer:
        return Answer([self._wire.command(command) for command in commands])


def _read_form(form: JsonObject) -> dict[str, Any]:
    errors = FormErrors()
    body = read_command(form, errors)
    errors.refuse_if_any()
    return body


def _check_count(count: int, kind: int) -> None:
    limit = MAX_COMMANDS[kind]
    if count > limit:
        raise ApiError(400, 30032, f"Maximum number of application commands reached ({limit}).")
