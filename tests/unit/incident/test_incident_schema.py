"""The published schema is the model's, and what leaves validates against it."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

import bot.incident
from bot.incident.payload import Incident, encoded, fitted
from tests.factories import an_incident

FILE = Path(bot.incident.__file__).with_name("incident.schema.json")
REWRITE = (
    "python -c 'import json, bot.incident.payload as p; "
    'open("bot/incident/incident.schema.json", "w", encoding="utf-8").write('
    "json.dumps(p.Incident.model_json_schema(), indent=2) + chr(10))'"
)
"""The one-line command that writes the file anew, from the repository's root."""


def test_the_published_schema_is_the_models() -> None:
    published = FILE.read_text(encoding="utf-8") if FILE.exists() else ""

    assert published == json.dumps(Incident.model_json_schema(), indent=2) + "\n", f"write it anew: {REWRITE}"


def test_a_payload_validates_against_the_published_schema() -> None:
    schema = json.loads(FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    payload = json.loads(encoded(fitted(an_incident(logs=["x" * 8000] * 2000)).model_dump(mode="json")))

    assert list(validator.iter_errors(payload)) == []
    assert list(validator.iter_errors({**payload, "extra": 1}))
    assert list(validator.iter_errors({**payload, "severity": "critical"}))


def test_the_schema_asks_for_everything_that_a_reader_needs() -> None:
    schema = json.loads(FILE.read_text(encoding="utf-8"))

    assert {"id", "summary", "severity", "fingerprint", "created_at", "build", "env"} <= set(schema["required"])
    assert {"logs", "stack_trace", "context"} <= set(schema["properties"])
    assert {"user", "channel", "intent", "entities"} <= set(schema["$defs"]["Context"]["properties"])
