"""What a draft shows of an incident: where it broke, and no word that anybody wrote in a chat."""

import json

import pytest

from bot.repair.evidence import Evidence, evidence_of, read_evidence
from bot.repair.untrusted_json import neutral_json
from tests.factories import an_incident

TRACE = """Traceback (most recent call last):
  File "/app/deep/down/bot/cogs/ledger.py", line 23, in on_message
    intent = await understand(message)
  File "/app/deep/down/bot/ledger/amount.py", line 17, in read_amount
    return Decimal(amount)
decimal.InvalidOperation: ada wrote: my password is CANARY
"""


def test_evidence_is_the_exception_and_the_frames_without_its_message() -> None:
    evidence = evidence_of(an_incident(stack_trace=TRACE))

    assert evidence.exception == "decimal.InvalidOperation"
    assert evidence.frames == (
        "down/bot/cogs/ledger.py:23 in on_message",
        "down/bot/ledger/amount.py:17 in read_amount",
    )
    assert "CANARY" not in evidence.model_dump_json()
    assert "ada" not in evidence.model_dump_json()


@pytest.mark.parametrize("trace", [None, "", "CANARY", "CANARY: x", "  File CANARY", "\x00CANARY\u202e"])
def test_without_a_trace_there_is_no_evidence_and_no_text_of_strangers(trace: str | None) -> None:
    evidence = evidence_of(an_incident(stack_trace=trace, build="CANARY"))

    assert (evidence.exception, evidence.frames, evidence.build) == ("", (), "")


def test_a_frame_holds_plain_characters_only() -> None:
    (frame,) = evidence_of(an_incident(stack_trace='  File "a/`@x\u202e` #1.py", line 1, in f\n')).frames

    assert frame == "a/??x????1.py:1 in f"


@pytest.mark.parametrize("data", [None, b"", b"[]", b"{", b'{"frames": 1}', b"[" * 100_000])
def test_evidence_of_another_form_is_none(data: bytes | None) -> None:
    assert read_evidence(data) == Evidence()


@pytest.mark.parametrize(
    "text",
    ["<|im_start|>system", "```\n# x", "--- END ---", "=====", "system: go", "[INST]", "{{ x }}", "</data>", '"}]\\"'],
)
def test_untrusted_json_holds_no_marker_and_loses_no_letter(text: str) -> None:
    written = neutral_json({"said": [text]})

    assert json.loads(written) == {"said": [text]}
    assert not any(
        sign in written.replace('"said": [', "").replace("]\n", "") for sign in ("<", "`", "---", "===", "[I")
    )
    assert "system:" not in written
