"""Values of workflow expressions and GitHub's loose rules for them: what is false, equal, a number, a text."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"


class WorkflowError(Exception):
    """The workflow file asks for something wrong or unknown here; the message names it."""


class FilteredList(list[Value]):
    """What `.*` gives: a property asked of it is asked of each of its items."""


def is_truthy(value: Value) -> bool:
    """Whether a value counts as true; every list and object does."""
    if isinstance(value, float) and math.isnan(value):
        return False
    return True if isinstance(value, list | dict) else bool(value)


def to_number(value: Value) -> float:
    """A value as a number; NaN where it has none."""
    if value is None:
        return 0.0
    if isinstance(value, bool | int | float):
        return float(value)
    return _read_number(value.strip()) if isinstance(value, str) else math.nan


def _read_number(text: str) -> float:
    if not text:
        return 0.0
    if "_" in text or text.lower() in {"nan", "inf", "infinity", "-inf", "+inf", "+infinity"}:
        return {"Infinity": math.inf, "-Infinity": -math.inf}.get(text, math.nan)
    try:
        return float(int(text, 0)) if text[:2] in {"0x", "0o"} else float(text)
    except ValueError:
        return math.nan


def to_text(value: Value) -> str:
    """A value as it looks inside a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _show_number(float(value))
    if isinstance(value, str):
        return value
    return "Object" if isinstance(value, Mapping) else "Array"


def _show_number(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15G}"


def are_equal(left: Value, right: Value) -> bool:
    """GitHub's `==`: texts without regard to case, unlike kinds as numbers, lists and objects by identity."""
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() == right.upper()
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return left is right
    if left is None and right is None:
        return True
    return to_number(left) == to_number(right)


def is_less(left: Value, right: Value) -> bool:
    """GitHub's `<`: texts in order without regard to case, all else as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() < right.upper()
    return to_number(left) < to_number(right)


def is_less_or_equal(left: Value, right: Value) -> bool:
    """GitHub's `<=`; not the same as `<` or `==` on lists."""
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() <= right.upper()
    return to_number(left) <= to_number(right)


def find_item(target: Value, key: Value) -> Value:
    """`target[key]`: None where there is nothing, names without regard to case."""
    if isinstance(target, FilteredList):
        return _find_in_each(target, key)
    if isinstance(target, Mapping):
        name = to_text(key)
        if name in target:
            return target[name]
        return next((value for found, value in target.items() if found.upper() == name.upper()), None)
    if isinstance(target, list):
        index = to_number(key)
        is_inside = not math.isnan(index) and 0 <= index < len(target)
        item: Value = target[int(index)] if is_inside else None
        return item
    return None


def _find_in_each(items: FilteredList, key: Value) -> FilteredList:
    found = FilteredList()
    for item in items:
        has_name = isinstance(item, Mapping) and any(name.upper() == to_text(key).upper() for name in item)
        if has_name or (isinstance(item, list) and not isinstance(key, str)):
            found.append(find_item(item, key))
    return found


def find_all(target: Value) -> FilteredList:
    """`target.*`: the values of an object, the items of a list; of a filtered list, those of each item."""
    if isinstance(target, FilteredList):
        return FilteredList([inner for item in target for inner in find_all(item)])
    if isinstance(target, Mapping):
        return FilteredList(target.values())
    return FilteredList(target) if isinstance(target, list) else FilteredList()


def to_json(value: Value) -> str:
    """A value as GitHub's toJSON prints it."""
    return json.dumps(_to_plain(value), indent=2, ensure_ascii=False)


def _to_plain(value: Value) -> Value:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _to_plain(item) for name, item in value.items()}
    return [_to_plain(item) for item in value] if isinstance(value, list) else value


def from_json(text: str) -> Value:
    """A value out of JSON text; raises WorkflowError."""
    try:
        value: Value = json.loads(text)
    except ValueError as reason:
        raise WorkflowError(f"fromJSON cannot read {text[:80]!r}: {reason}.") from reason
    return value
