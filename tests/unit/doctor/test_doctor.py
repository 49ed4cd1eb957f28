"""Every misconfiguration is named by its own check, with a remedy; a bot that is set up well has none."""

import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.doctor.discord_server import NEEDED
from bot.doctor.doctor import bounded, discord, examine, github
from bot.doctor.findings import Finding, exit_code
from bot.doctor.patient import Patient
from bot.doctor.platform import check_machine, check_railway
from bot.doctor.services import check_agent, check_model, check_sheet, check_store, check_webhooks
from bot.records.sql_store import open_store
from bot.sandbox.planted_fault import project_root
from tests.databases import an_empty_postgresql
from tests.unit.doctor.hospital import (
    ADMIN,
    BOT,
    GUILD,
    LEDGER,
    OPS,
    REPO,
    ROLE,
    WORKFLOW,
    Hospital,
    a_channel,
    a_file,
    a_hospital,
    registered,
)

COMMANDS = f"/applications/{BOT}/guilds/{GUILD}/commands"
FILE = f"{REPO}/contents/.github/workflows/codex-autofix.yml"
REPOSITORY = {"full_name": "octo/bot", "default_branch": "main", "permissions": {"push": True}}
RAILWAY = {"RAILWAY_PROJECT_ID": "p", "RAILWAY_VOLUME_MOUNT_PATH": "/data", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "30"}


@pytest.fixture
async def hospital() -> AsyncIterator[Hospital]:
    async with a_hospital() as one:
        yield one


def ill(findings: list[Finding]) -> set[str]:
    return {finding.check for finding in findings if finding.state != "ok"}


async def looked_at(area: str, patient: Patient) -> list[Finding]:
    """The findings of one area alone, as `examine` gets them."""
    if area in ("machine", "railway"):
        return check_machine(patient) + check_railway(patient)
    look: dict[str, Callable[[Patient], Awaitable[list[Finding]]]] = {
        "discord": discord, "github": github, "store": check_store, "model": check_model, "sheet": check_sheet,
        "alerts": check_webhooks, "agent": check_agent,
    }  # fmt: skip
    return await bounded(area, look[area](patient))


async def test_a_bot_that_is_set_up_well_has_no_finding(hospital: Hospital, tmp_path: Path) -> None:
    findings = await examine(hospital.patient(tmp_path))

    assert ill(findings) == set()
    assert len(findings) > 12
    assert exit_code(findings) == 0


IN_THE_WORLD: list[tuple[str, dict[str, Any]]] = [
    ("discord-token", {"/users/@me": 401}),
    ("discord-token", {"/users/@me": {"id": "5", "bot": False}}),
    ("discord-intents", {"/applications/@me": {"flags": 0}}),
    ("discord-interactions", {"/applications/@me": {"flags": 1 << 18, "interactions_endpoint_url": "https://x.test"}}),
    ("discord-public", {"/applications/@me": {"flags": 1 << 18, "bot_public": True}}),
    ("discord-code-grant", {"/applications/@me": {"flags": 1 << 18, "bot_require_code_grant": True}}),
    ("discord-guild", {"/users/@me/guilds": []}),
    ("discord-guild", {"/users/@me/guilds": [{"id": "1"}, {"id": str(GUILD)}]}),
    ("discord-admins", {f"/guilds/{GUILD}/members/{ADMIN}": 404}),
    ("discord-debug-channel", {f"/channels/{OPS}": 404}),
    ("discord-debug-channel", {f"/channels/{OPS}": 403}),
    ("discord-debug-channel", {f"/channels/{OPS}": a_channel(OPS, guild_id="7")}),
    ("discord-debug-channel", {f"/channels/{OPS}": a_channel(OPS, type=2)}),
    ("discord-ledger-channel", {f"/channels/{LEDGER}": 404}),
    *(
        ("discord-debug-permissions", {
            f"/channels/{OPS}": a_channel(OPS, permission_overwrites=[{"id": str(ROLE), "deny": str(bit)}])
        })
        for bit in NEEDED.values()
    ),
    ("discord-scope", {COMMANDS: 403}),
    ("discord-commands", {COMMANDS: registered()[:1]}),
    ("discord-commands", {COMMANDS: [{**registered()[0], "description": "Old words"}, registered()[1]]}),
    ("discord-commands-extra", {COMMANDS: [*registered(), {"id": "3", "name": "old", "description": ""}]}),
    ("discord-commands-twice", {f"/applications/{BOT}/commands": registered()}),
    ("discord-command-permissions", {
        f"{COMMANDS}/permissions": [{"id": "1", "permissions": [{"id": str(ADMIN), "permission": False}]}]
    }),
    ("github-token", {REPO: 401}),
    ("github-token", {REPO: 403}),
    ("github-repository", {REPO: 404}),
    ("github-repository", {REPO: {**REPOSITORY, "archived": True}}),
    ("github-dispatch", {REPO: {**REPOSITORY, "permissions": {"push": False}}}),
    ("github-admin", {REPO: {**REPOSITORY, "permissions": {"push": True, "admin": True}}}),
    ("github-workflow", {FILE: 404}),
    ("github-workflow", {FILE: a_file("on: [")}),
    ("github-workflow-event", {FILE: a_file("on: push\nrun-name: suture")}),
    ("github-workflow-event", {FILE: a_file(WORKFLOW.replace("codex_autofix", "other_event"))}),
    ("github-run-name", {FILE: a_file(WORKFLOW.replace("run-name: suture x\n", ""))}),
    ("github-workflow-off", {f"{REPO}/actions/workflows/codex-autofix.yml": {"state": "disabled_manually"}}),
    ("github-actions", {f"{REPO}/actions/permissions": {"enabled": False}}),
    ("github-actions-pulls", {f"{REPO}/actions/permissions/workflow": {"can_approve_pull_request_reviews": False}}),
    ("github-actions-pulls", {f"{REPO}/actions/permissions/workflow": 403}),
    ("github-actions-token", {
        f"{REPO}/actions/permissions/workflow": {
            "default_workflow_permissions": "write", "can_approve_pull_request_reviews": True,
        }
    }),
    ("github-model-secret", {f"{REPO}/actions/secrets": {"secrets": []}}),
    ("github-model-secret", {f"{REPO}/actions/secrets": 403}),
    ("github-branch", {f"{REPO}/branches/main": {"protected": False}}),
    ("model-key", {"/v1/models": 401}),
    ("model-name", {"/v1/models": {"data": [{"id": "other"}]}}),
    ("alerts-webhook", {"/api/webhooks/1/x": 404}),
]  # fmt: skip
IN_THE_SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("discord-guild", {"guild_id": 77}),
    ("discord-admins", {"admins": frozenset()}),
    ("discord-admins", {"admins": frozenset({ADMIN, 5})}),
    ("discord-debug-channel", {"debug_channel_id": None}),
    ("discord-ledger-channel", {"ledger_channel": "nowhere"}),
    ("github-token", {"github_token": None}),
    ("github-token", {"repository": None}),
    ("github-token-kind", {"github_token": "ghp" + "_x"}),
    ("github-token-scope", {"github_token": "ghp" + "_x"}),
    ("store-open", {"database_url": "postgresql://nobody@127.0.0.1:1/none"}),
    ("store-open", {"database_url": "mysql://x/y"}),
    ("machine-state", {"state_dir": Path("/dev/null/state")}),
    ("machine-webhook", {"hook_unheard": True}),
    ("machine-variables", {"hints": ("DISCORD_TOKN is set, but nothing reads it.",)}),
    ("railway-volume", {"environ": {"RAILWAY_PROJECT_ID": "p"}}),
    ("railway-state", {"environ": RAILWAY}),
    ("railway-state", {"environ": {**RAILWAY, "RAILWAY_VOLUME_MOUNT_PATH": "data"}}),
    ("railway-draining", {"environ": {**RAILWAY, "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "0"}}),
    ("railway-overlap", {"environ": {**RAILWAY, "RAILWAY_DEPLOYMENT_OVERLAP_SECONDS": "20"}}),
    ("railway-build", {"environ": RAILWAY, "build": "unknown"}),
    ("railway-port", {"environ": RAILWAY, "port": None}),
    ("model-key", {"model_key": None}),
    ("sheet-id", {"sheet_account": "{}"}),
    ("sheet-access", {"sheet_account": "{}", "sheet_id": "x", "sheets_api_url": "http://127.0.0.1:1"}),
    ("alerts-webhook", {"webhooks": {}}),
    ("alerts-slack", {"webhooks": {"SLACK_WEBHOOK_URL": "http://127.0.0.1:1/x"}}),
    ("agent-endpoint", {"agent_endpoint": "http://127.0.0.1:1/agent"}),
    ("discord-reachable", {"discord_api_url": "http://127.0.0.1:1"}),
    ("github-reachable", {"github_api_url": "http://127.0.0.1:1"}),
]


@pytest.mark.parametrize(
    ("check", "answers"), IN_THE_WORLD, ids=[f"{name} {n}" for n, (name, _) in enumerate(IN_THE_WORLD)]
)
async def test_what_is_wrong_outside_is_named(
    hospital: Hospital, tmp_path: Path, check: str, answers: dict[str, Any]
) -> None:
    hospital.answers |= answers

    findings = await looked_at(check.partition("-")[0], hospital.patient(tmp_path))

    assert check in ill(findings)
    assert all(finding.remedy for finding in findings if finding.state in ("wrong", "warning"))


@pytest.mark.parametrize(
    ("check", "changes"), IN_THE_SETTINGS, ids=[f"{name} {n}" for n, (name, _) in enumerate(IN_THE_SETTINGS)]
)
async def test_what_is_wrong_in_the_settings_is_named(
    hospital: Hospital, tmp_path: Path, check: str, changes: dict[str, Any]
) -> None:
    findings = await looked_at(check.partition("-")[0], hospital.patient(tmp_path, **changes))

    assert check in ill(findings)


@pytest.mark.parametrize(
    ("token", "words"),
    [("Bot a.b.c", "starts with"), ("123456789", "application's id"), ("abcdef", "three parts")],
)
async def test_what_was_pasted_in_place_of_a_token_is_told(
    hospital: Hospital, tmp_path: Path, token: str, words: str
) -> None:
    hospital.answers["/users/@me"] = 401

    findings = await discord(hospital.patient(tmp_path, discord_token=token))

    assert words in findings[0].sentence
    assert token not in findings[0].sentence.replace("`Bot `", "")


def contents_of(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


async def test_the_store_is_looked_at_and_not_a_byte_of_it_changes(
    hospital: Hospital, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(tmp_path):
        while_open = await check_store(hospital.patient(tmp_path))
    before = contents_of(tmp_path)

    found = await examine(hospital.patient(tmp_path))

    assert [each.state for each in while_open] == ["ok"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert not ill(found)
    assert contents_of(tmp_path) == before


async def test_a_first_start_is_still_to_come_and_the_doctor_makes_nothing(hospital: Hospital, tmp_path: Path) -> None:
    found = await examine(hospital.patient(tmp_path / "not" / "yet"))

    assert not ill(found)
    assert "at the first start" in " ".join(each.sentence for each in found)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("told", "state", "words"),
    [
        ("DELETE FROM schema_version WHERE version > 3", "ok", "older schema (3 of"),
        ("DROP TABLE schema_version", "ok", "older schema (0 of"),
        ("INSERT INTO schema_version (version) VALUES (99)", "wrong", "later version (99)"),
    ],
)
async def test_a_store_of_another_version_is_told_and_left_as_it_is(
    hospital: Hospital, tmp_path: Path, told: str, state: str, words: str
) -> None:
    async with open_store(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "suture.db")) as connection:
        connection.execute(told)
        connection.commit()
    before = contents_of(tmp_path)

    (found,) = await check_store(hospital.patient(tmp_path))

    assert (found.state, words in found.sentence) == (state, True)
    assert contents_of(tmp_path) == before


async def test_what_is_no_database_is_told(hospital: Hospital, tmp_path: Path) -> None:
    (tmp_path / "suture.db").write_bytes(b"no database at all" * 100)

    (found,) = await check_store(hospital.patient(tmp_path))

    assert (found.check, found.state) == ("store-open", "wrong")
    assert str(tmp_path / "suture.db") in found.sentence


async def test_a_postgresql_store_is_looked_at_without_a_write(hospital: Hospital, tmp_path: Path) -> None:
    with an_empty_postgresql() as url:
        (empty,) = await check_store(hospital.patient(tmp_path, database_url=url))
        async with open_store(tmp_path, url):
            (made,) = await check_store(hospital.patient(tmp_path, database_url=url))

    assert "no store yet" in empty.sentence
    assert "can be read" in made.sentence


STARTED = (project_root() / ".github/workflows/codex-autofix.yml").read_text(encoding="utf-8")


async def test_the_shipped_workflow_listens_to_either_trigger(hospital: Hospital, tmp_path: Path) -> None:
    hospital.answers |= {FILE: a_file(STARTED)}

    sent = await github(hospital.patient(tmp_path, trigger="repository_dispatch"))
    started = await github(hospital.patient(tmp_path, trigger="workflow_dispatch"))

    assert not ill(sent)
    (unsure,) = [each for each in started if each.state != "ok"]
    assert (unsure.check, unsure.state, "Actions write" in unsure.sentence) == ("github-dispatch", "unknown", True)


@pytest.mark.parametrize(
    "agent",
    [
        {"agent": "staged", "github_token": None},
        {"agent_endpoint": "https://agent.test", "github_token": None},
        {"agent": "local"},
        {"agent": "endpoint"},
    ],
    ids=range(4),
)
async def test_an_agent_that_asks_no_workflow_needs_none(
    hospital: Hospital, tmp_path: Path, agent: dict[str, Any]
) -> None:
    hospital.answers |= {FILE: (404, {"message": "Not Found"})}

    assert not ill(await github(hospital.patient(tmp_path, **agent)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WORKFLOW, "does not listen to workflow_dispatch"),
        ("on: workflow_dispatch\nrun-name: suture", "takes no input attempt, incident_id, payload, phase"),
        (STARTED.replace("      payload:", "      body:"), "takes no input payload"),
        (STARTED.replace("    inputs:\n", "    inputs:\n      region: {required: true}\n"), "region"),
    ],
    ids=range(4),
)
async def test_a_workflow_that_cannot_be_started_as_the_bot_starts_it_is_named(
    hospital: Hospital, tmp_path: Path, text: str, says: str
) -> None:
    hospital.answers |= {FILE: a_file(text)}

    findings = await github(hospital.patient(tmp_path, trigger="workflow_dispatch"))

    (found,) = [each for each in findings if each.check == "github-workflow-event"]
    assert says in found.sentence
    assert "AUTOFIX_TRIGGER" in found.remedy


async def test_a_clock_that_is_wrong_and_a_token_that_ends_soon_are_told(hospital: Hospital, tmp_path: Path) -> None:
    hospital.date = datetime.now(UTC) - timedelta(seconds=90)
    end = datetime.now(UTC) + timedelta(days=3)
    hospital.headers = {"github-authentication-token-expiration": f"{end:%Y-%m-%d %H:%M:%S} UTC"}

    findings = await examine(hospital.patient(tmp_path))

    assert {"machine-clock", "github-token-end"} <= ill(findings)


async def test_no_secret_is_in_any_finding(hospital: Hospital, tmp_path: Path) -> None:
    secrets = {"discord_token": "s3cr3t.a.b", "github_token": "github_pat_" + "s3cr3t", "model_key": "s3cr3t"}
    hospital.answers = {}
    assert exit_code(await examine(hospital.patient(tmp_path, **secrets))) == 1

    findings = await examine(hospital.patient(tmp_path, **secrets))

    assert "s3cr3t" not in json.dumps([str(finding) for finding in findings])


def test_at_least_forty_misconfigurations_are_planted_here() -> None:
    assert len(IN_THE_WORLD) + len(IN_THE_SETTINGS) >= 70
    assert len({check for check, _ in (*IN_THE_WORLD, *IN_THE_SETTINGS)}) >= 40
