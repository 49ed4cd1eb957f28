"""Discord's limits on application commands, from its reference on them."""

from typing import Any

from bot.sandbox.discord_errors import FormErrors
from bot.sandbox.discord_records import JsonObject

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, NUMBER = 1, 2, 3, 4, 10
MAX_COMMANDS = {CHAT_INPUT: 100, USER_MENU: 5, MESSAGE_MENU: 5}
MAX_OPTIONS = 25
MAX_COMMAND_CHARS = 8_000

Path = tuple[str | int, ...]


def read_command(form: JsonObject, errors: FormErrors, path: Path = ()) -> JsonObject:
    """A command's normalised definition; what is wrong with it is noted."""
    kind = form.get("type") or CHAT_INPUT
    errors.one_of((*path, "type"), kind, tuple(MAX_COMMANDS))
    _check_name(form.get("name"), kind == CHAT_INPUT, errors, (*path, "name"))
    if kind == CHAT_INPUT:
        _check_description(form, errors, path)
        _check_options(form.get("options") or [], errors, (*path, "options"), depth=0)
        if _count_chars(form) > MAX_COMMAND_CHARS:
            errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    elif form.get("description"):
        errors.add((*path, "description"), "APPLICATION_COMMAND_DESCRIPTION_INVALID", "Context menus have none")
    permissions = form.get("default_member_permissions")
    return {
        "type": kind,
        "name": form.get("name"),
        "name_localizations": form.get("name_localizations"),
        "description": form.get("description") or "",
        "description_localizations": form.get("description_localizations"),
        "options": form.get("options") or [],
        "default_member_permissions": None if permissions is None else str(permissions),
        "dm_permission": form.get("dm_permission", True),
        "nsfw": bool(form.get("nsfw")),
        "contexts": form.get("contexts"),
        "integration_types": form.get("integration_types") or [0],
    }


def check_names_differ(commands: list[JsonObject], errors: FormErrors) -> None:
    """Note commands of one bulk overwrite that have the same type and name."""
    seen: set[tuple[Any, Any]] = set()
    for index, command in enumerate(commands):
        key = (command.get("type") or CHAT_INPUT, command.get("name"))
        if key in seen:
            message = "Application command names must be unique"
            errors.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add(key)


def _check_name(name: Any, is_chat_input: bool, errors: FormErrors, path: Path) -> None:
    if not errors.require(path, name):
        return
    errors.between(path, name, (1, 32))
    if not is_chat_input:
        return
    letters = str(name).replace("-", "").replace("_", "").replace("'", "")
    if str(name) != str(name).lower() or (letters and not letters.isalnum()):
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_description(form: JsonObject, errors: FormErrors, path: Path) -> None:
    if errors.require((*path, "description"), form.get("description")):
        errors.between((*path, "description"), form["description"], (1, 100))


def _check_options(options: list[JsonObject], errors: FormErrors, path: Path, *, depth: int) -> None:
    errors.at_most(path, options, MAX_OPTIONS)
    names: set[Any] = set()
    optional_seen = False
    for index, option in enumerate(options):
        where = (*path, index)
        _check_option(option, errors, where, depth=depth)
        if option.get("name") in names:
            errors.add((*where, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option names must be unique")
        names.add(option.get("name"))
        if option.get("required") and optional_seen:
            message = "Required options must be placed before non-required options"
            errors.add(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen = optional_seen or not option.get("required")


def _check_option(option: JsonObject, errors: FormErrors, path: Path, *, depth: int) -> None:
    kind = option.get("type")
    errors.one_of((*path, "type"), kind, tuple(range(1, 12)))
    _check_name(option.get("name"), True, errors, (*path, "name"))
    _check_description(option, errors, path)
    if kind in (SUB_COMMAND, SUB_COMMAND_GROUP):
        if depth > 1 or (kind == SUB_COMMAND_GROUP and depth):
            errors.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands are nested too deep")
        _check_options(option.get("options") or [], errors, (*path, "options"), depth=depth + 1)
        return
    choices = option.get("choices") or []
    if choices and option.get("autocomplete"):
        errors.add((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", "Excludes choices")
    if choices and kind not in (STRING, INTEGER, NUMBER):
        errors.add((*path, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "Not for this option type")
    errors.at_most((*path, "choices"), choices, MAX_OPTIONS)
    for index, choice in enumerate(choices):
        _check_choice(choice, kind, errors, (*path, "choices", index))
    if (option.get("min_value") is not None or option.get("max_value") is not None) and kind not in (INTEGER, NUMBER):
        errors.add(path, "APPLICATION_COMMAND_OPTIONS_RANGE_INVALID", "Only numbers have a range")


def _check_choice(choice: JsonObject, kind: Any, errors: FormErrors, path: Path) -> None:
    errors.between((*path, "name"), choice.get("name"), (1, 100))
    value = choice.get("value")
    if value is None:
        errors.require((*path, "value"), None)
    elif kind == STRING:
        if isinstance(value, str):
            errors.between((*path, "value"), value, (1, 100))
        else:
            errors.add((*path, "value"), "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    elif isinstance(value, str):
        errors.add((*path, "value"), "NUMBER_TYPE_COERCE", f'Value "{value[:64]}" is not int.')


def _count_chars(form: JsonObject) -> int:
    own = sum(len(str(form.get(name) or "")) for name in ("name", "description"))
    choices = sum(len(str(one.get("name", ""))) + len(str(one.get("value", ""))) for one in form.get("choices") or [])
    return own + choices + sum(_count_chars(option) for option in form.get("options") or [])
