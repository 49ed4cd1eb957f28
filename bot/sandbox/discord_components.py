"""Discord's limits on action rows, buttons, selects and modals, from its reference on components."""

from collections.abc import Iterator

from bot.sandbox.discord_errors import FormErrors
from bot.sandbox.discord_records import JsonObject

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY, LABEL = 1, 2, 3, 4, 10, 18
SELECTS = (3, 5, 6, 7, 8)
LINK_STYLE = 5
MAX_ROWS = 5
MAX_BUTTONS = 5

Path = tuple[str | int, ...]


def check_rows(rows: list[JsonObject], errors: FormErrors, path: Path) -> None:
    """Note what is wrong with a message's action rows."""
    errors.at_most(path, rows, MAX_ROWS)
    seen: set[str] = set()
    for index, row in enumerate(rows):
        where = (*path, index)
        children = row.get("components") or []
        if row.get("type") != ROW:
            errors.one_of((*where, "type"), row.get("type"), (ROW,))
            continue
        errors.between((*where, "components"), children, (1, MAX_BUTTONS))
        if any(child.get("type") in SELECTS for child in children) and len(children) > 1:
            errors.add(where, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width")
        for position, child in enumerate(children):
            _check_child(child, errors, (*where, "components", position))
            _check_unique(child, seen, errors, (*where, "components", position))


def check_modal(modal: JsonObject, path: Path = ("data",)) -> None:
    """Refuse a modal that Discord would refuse."""
    errors = FormErrors()
    if errors.require((*path, "title"), modal.get("title")):
        errors.at_most((*path, "title"), modal["title"], 45)
    _check_custom_id(modal, errors, path)
    children = modal.get("components") or []
    errors.between((*path, "components"), children, (1, 5))
    seen: set[str] = set()
    for index, child in enumerate(children):
        where = (*path, "components", index)
        if child.get("type") == LABEL:
            errors.between((*where, "label"), child.get("label"), (1, 45))
        elif child.get("type") not in (ROW, TEXT_DISPLAY):
            errors.one_of((*where, "type"), child.get("type"), (ROW, TEXT_DISPLAY, LABEL))
        for item in walk_modal_items([child]):
            _check_modal_item(item, errors, where, needs_label=child.get("type") == ROW)
            _check_unique(item, seen, errors, where)
    errors.refuse_if_any()


def walk_modal_items(components: list[JsonObject]) -> Iterator[JsonObject]:
    """The inputs of a modal, inside rows and labels; a label's text is told as the input's label."""
    for component in components:
        if component.get("type") == ROW:
            yield from component.get("components") or []
        elif component.get("type") == LABEL and component.get("component"):
            yield {**component["component"], "label": component.get("label", "")}


def _check_modal_item(item: JsonObject, errors: FormErrors, path: Path, *, needs_label: bool) -> None:
    _check_custom_id(item, errors, path)
    if item.get("type") != TEXT_INPUT:
        if needs_label:
            errors.one_of((*path, "type"), item.get("type"), (TEXT_INPUT,))
        return
    errors.one_of((*path, "style"), item.get("style"), (1, 2))
    if needs_label:
        errors.between((*path, "label"), item.get("label"), (1, 45))
    errors.at_most((*path, "placeholder"), item.get("placeholder"), 100)
    errors.at_most((*path, "value"), item.get("value"), 4_000)
    for name, low in (("min_length", 0), ("max_length", 1)):
        value = item.get(name)
        if value is not None and not low <= value <= 4_000:
            errors.add((*path, name), "NUMBER_TYPE_BETWEEN", f"int value should be between {low} and 4000.")


def _check_child(child: JsonObject, errors: FormErrors, path: Path) -> None:
    kind = child.get("type")
    if kind == BUTTON:
        _check_button(child, errors, path)
    elif kind in SELECTS:
        _check_custom_id(child, errors, path)
        errors.at_most((*path, "placeholder"), child.get("placeholder"), 150)
        if kind == STRING_SELECT:
            _check_select_options(child, errors, path)
    else:
        errors.one_of((*path, "type"), kind, (BUTTON, *SELECTS))


def _check_button(button: JsonObject, errors: FormErrors, path: Path) -> None:
    errors.one_of((*path, "style"), button.get("style"), (1, 2, 3, 4, LINK_STYLE))
    errors.at_most((*path, "label"), button.get("label"), 80)
    if not button.get("label") and not button.get("emoji"):
        errors.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji")
    if button.get("style") == LINK_STYLE:
        if errors.require((*path, "url"), button.get("url")):
            errors.at_most((*path, "url"), button["url"], 512)
        if button.get("custom_id"):
            errors.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A link button has no custom id")
    else:
        _check_custom_id(button, errors, path)


def _check_select_options(select: JsonObject, errors: FormErrors, path: Path) -> None:
    options = select.get("options") or []
    errors.between((*path, "options"), options, (1, 25))
    for index, option in enumerate(options):
        errors.between((*path, "options", index, "label"), option.get("label"), (1, 100))
        errors.between((*path, "options", index, "value"), option.get("value"), (1, 100))


def _check_custom_id(component: JsonObject, errors: FormErrors, path: Path) -> None:
    if errors.require((*path, "custom_id"), component.get("custom_id")):
        errors.between((*path, "custom_id"), component["custom_id"], (1, 100))


def _check_unique(component: JsonObject, seen: set[str], errors: FormErrors, path: Path) -> None:
    custom_id = component.get("custom_id")
    if custom_id is None:
        return
    if custom_id in seen:
        message = "Component custom id cannot be duplicated"
        errors.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
    seen.add(custom_id)
