"""`python -m bot audit`: whoever has the store, or an export, can tell whether somebody changed what was decided."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.records.audit import Decision
from bot.records.database import engine_of
from bot.records.sql_store import open_store, sqlite_in
from tests.databases import an_empty_postgresql
from tests.factories import NOW

Audit = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[2]


def keep(state: Path, url: str | None = None) -> None:
    """Write three decisions into a store, as a bot does."""

    async def write() -> None:
        async with open_store(state, url) as store:
            for seq in range(3):
                made = Decision(at=NOW, actor="1001", action="approve", subject=f"wo_20260105_{seq:04}")
                await store.audit.append(made)

    asyncio.run(write())


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """The command, as an operator runs it in a folder without a .env file."""
    monkeypatch.chdir(tmp_path)

    def run(state: Path, *arguments: str, **variables: str) -> Result:
        return CliRunner().invoke(app, ["audit", *arguments], env={"STATE_DIR": str(state), **variables})

    return run


def change(state: Path, statement: str) -> None:
    engine = engine_of(sqlite_in(state))
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_a_whole_audit_ends_with_0_and_its_end_can_be_kept(tmp_path: Path, audit: Audit) -> None:
    state = tmp_path / "state"
    keep(state)

    first = audit(state, "verify")
    told = json.loads(audit(state, "verify", "--json").stdout)

    assert (first.exit_code, first.stdout.split(":")[0]) == (0, "Whole")
    assert (told["whole"], told["entries"], told["problems"]) == (True, 3, [])
    assert told["end"] in first.stdout
    assert audit(state, "verify", "--head", told["end"]).exit_code == 0


def test_a_changed_audit_ends_with_1_and_says_where(tmp_path: Path, audit: Audit) -> None:
    state = tmp_path / "state"
    keep(state)
    change(state, "UPDATE audit SET body = replace(body, '1001', '6666') WHERE seq = 2")

    ended = audit(state, "verify", "--json")

    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["problems"] == ["Entry 2 was changed after it was written."]
    assert audit(state, "export").exit_code == 1


def test_an_end_that_was_cut_off_is_seen_by_one_who_kept_it(tmp_path: Path, audit: Audit) -> None:
    state = tmp_path / "state"
    keep(state)
    kept = json.loads(audit(state, "verify", "--json").stdout)["end"]
    change(state, "DELETE FROM audit WHERE seq = 3")
    change(state, "UPDATE audit_head SET seq = 2, digest = (SELECT digest FROM audit WHERE seq = 2)")

    assert audit(state, "verify").exit_code == 0
    assert audit(state, "verify", "--head", kept).exit_code == 1


def test_the_command_runs_without_a_token_or_a_bot(tmp_path: Path) -> None:
    keep(tmp_path / "state")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "STATE_DIR": str(tmp_path / "state")}

    command = [sys.executable, "-m", "bot", "audit", "verify"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)

    assert ended.stdout.startswith("Whole: 3 entries")


def test_an_export_is_verified_by_itself(tmp_path: Path, audit: Audit) -> None:
    state, out = tmp_path / "state", tmp_path / "audit.jsonl"
    keep(state)

    assert audit(state, "export", "--out", str(out)).exit_code == 0
    assert audit(state, "export").stdout == out.read_text()
    assert audit(tmp_path / "elsewhere", "verify", "--file", str(out)).exit_code == 0
    out.write_text(out.read_text().replace("1001", "6666"))
    assert audit(tmp_path / "elsewhere", "verify", "--file", str(out)).exit_code == 1


@pytest.mark.parametrize(("arguments", "variables", "code", "said"), [
    (("verify",), {}, 2, "There is no store"),
    (("verify", "--file", "nowhere.jsonl"), {}, 2, "nowhere.jsonl"),
    (("verify", "--head", "x"), {}, 2, "a head is a number"),
    (("export",), {"DATABASE_URL": "postgresql://suture@127.0.0.1:1/none"}, 2, "cannot be used now"),
    (("verify",), {"LOG_LEVEL": "loud"}, 78, "LOG_LEVEL"),
])  # fmt: skip
def test_what_cannot_be_read_is_no_verdict(
    tmp_path: Path, audit: Audit, arguments: tuple[str, ...], variables: dict[str, str], code: int, said: str
) -> None:
    ended = audit(tmp_path / "state", *arguments, **variables)

    assert (ended.exit_code, ended.stdout) == (code, "")
    assert said in ended.stderr
    assert not (tmp_path / "state").exists()


def test_the_audit_of_a_postgresql_is_read_by_its_address(tmp_path: Path, audit: Audit) -> None:
    with an_empty_postgresql() as url:
        address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        keep(tmp_path / "state", url=address)

        ended = audit(tmp_path / "elsewhere", "verify", "--json", DATABASE_URL=address)

    assert json.loads(ended.stdout)["entries"] == 3
