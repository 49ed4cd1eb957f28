"""What starts a workflow without a payload: a person with inputs, or the clock."""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.sandbox.workflow_file import Block
from bot.sandbox.workflow_values import Value, WorkflowError, to_text


def find_inputs(document: Block, given: Mapping[str, JsonValue]) -> dict[str, JsonValue] | None:
    """The inputs of a start by hand, each given or by default; None where the file does not listen to one.

    Raises WorkflowError for an input that the file does not know, or one that it needs and that is not given.
    """
    if not listens(document, "workflow_dispatch"):
        return None
    triggers = document.get("on")
    told = triggers.get("workflow_dispatch") if isinstance(triggers, Mapping) else None
    declared = told.get("inputs") if isinstance(told, Mapping) else None
    known = declared if isinstance(declared, Mapping) else {}
    if unknown := sorted(set(given) - set(known)):
        raise WorkflowError(f"Unexpected inputs provided: {unknown}")
    return {name: read_input(name, spec, given) for name, spec in known.items()}


def read_input(name: str, spec: Value, given: Mapping[str, JsonValue]) -> JsonValue:
    """One input: a boolean as one, anything else as a text."""
    facts = spec if isinstance(spec, Mapping) else {}
    value = given.get(name, to_text(facts.get("default")))
    if facts.get("required") is True and value in ("", None):
        raise WorkflowError(f"Required input '{name}' not provided")
    text = to_text(value) if isinstance(value, str | bool | int | float) else ""
    return text == "true" if facts.get("type") == "boolean" else text


def listens(document: Block, trigger: str) -> bool:
    """Does the file name this trigger?"""
    triggers = document.get("on")
    if isinstance(triggers, str):
        return triggers == trigger
    return isinstance(triggers, list | Mapping) and trigger in triggers


def show_inputs(payload: Mapping[str, JsonValue]) -> dict[str, Value]:
    """The `inputs` context of a run with this event."""
    inputs = payload.get("inputs")
    plain = inputs if isinstance(inputs, dict) else {}
    return {name: value for name, value in plain.items() if isinstance(value, str | bool)}
