"""The heals that are killed: each shipped playbook on a fault of its kind, with the real actions of this bot."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.healing.playbooks import ALL
from bot.ledger.google_sheet import HEADER
from bot.sandbox.sheet_state import Cells

OWN_TRACE = 'Traceback (most recent call last):\n  File "/app/bot/ledger/intent.py", line 3, in parse\nKeyError: "x"'
ROWS: Cells = [["2026-03-01T12:00:00+00:00", 7, "9001", "lunch", 12.5, "EUR"]]
RENAMED: Cells = [["When", *HEADER[1:]], *ROWS]
RIGHT: Cells = [[*HEADER], *ROWS]
PART = "suture_killed_part"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One playbook on one fault."""

    name: str
    playbook: str
    facts: Mapping[str, str] = field(default_factory=dict)
    sheet: Cells = field(default_factory=list)
    """What its sheet holds; nothing: it needs none."""
    waiting: int = 0
    """Rows that wait to be written."""
    command: str = ""
    """What HEAL_COMMAND leaves in the list of deeds; empty: it is not set."""
    once: tuple[str, ...] = ()
    """Deeds that nobody may do a second time."""
    end: str = "verified"
    """How it ends when nothing kills it."""


CASES = (
    Case(name="ingestion_replay", playbook="ingestion_replay", sheet=RIGHT, waiting=2),
    Case(name="schema_recovery of a header that is gone", playbook="schema_recovery", sheet=ROWS, waiting=1),
    Case(name="schema_recovery of a header that was renamed", playbook="schema_recovery", sheet=RENAMED, waiting=1),
    Case(name="memory_cleanup", playbook="memory_cleanup"),
    Case(name="sheet_fallback", playbook="sheet_fallback", sheet=RIGHT, waiting=2),
    Case(name="database_reconnect", playbook="database_reconnect"),
    Case(name="pipeline_timeout_fix", playbook="pipeline_timeout_fix", facts={"pipeline": "Google Sheets"}),
    Case(name="pipeline_timeout_fix of our own code", playbook="pipeline_timeout_fix",
         facts={"pipeline": "Google Sheets", "trace": OWN_TRACE}, end="awaiting_patch"),
    Case(name="verification_fix", playbook="verification_fix", facts={"error": "KeyError", "trace": OWN_TRACE},
         end="awaiting_patch"),
    Case(name="cog_reload", playbook="cog_reload", facts={"argument": PART}),
    Case(name="command_resync", playbook="command_resync"),
    Case(name="session_refresh", playbook="session_refresh"),
    Case(name="login_backoff", playbook="login_backoff"),
    Case(name="general_restart by command", playbook="general_restart", command="command", once=("command",)),
    Case(name="general_restart, first rung", playbook="general_restart"),
    Case(name="general_restart, second rung", playbook="general_restart", facts={"rung": "2"}),
    Case(name="general_restart, third rung", playbook="general_restart", facts={"rung": "3"}),
    Case(name="service_restart", playbook="service_restart", facts={"argument": "web"}, once=("service",)),
)  # fmt: skip
assert {case.playbook for case in CASES} == {playbook.id for playbook in ALL}
