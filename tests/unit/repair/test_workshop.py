"""The local command over real git, a real GitHub server and real processes: what it may do, and what becomes of it."""

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.agents.agent import AgentUnavailable, Failed, NoFix, NotSeen, Patched, Published
from bot.repair.git import git
from bot.sandbox.github_faults import Fault
from tests.factories import a_report, an_incident, an_order
from tests.local_lab import FILES, FIX, LocalLab, lay_out, open_local, settled

ROOT = Path(__file__).resolve().parents[3]
HANG = "import time\nwhile True: time.sleep(1)\n"
REPORT = a_report(no_fix_reason="the fault is elsewhere").model_dump_json()
READ_ALL = 'import os, sys\nopen("seen.txt", "w").write(repr(dict(os.environ)) + sys.stdin.read())\n'


async def what_comes_of(directory: Path, code: str, **given: Any) -> object:
    async with open_local(directory, code, **given) as lab:
        agent = await lab.make()
        await agent.propose(an_order(), an_incident())
        return await settled(agent, an_order())


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[LocalLab]:
    async with open_local(tmp_path) as opened:
        yield opened


def marked(marker: str) -> list[int]:
    """The living processes whose command line holds the marker, but for a bot's own."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes() if entry.name.isdecimal() else b""
            if marker.encode() in words and b"tests.local_lab" not in words:
                found.append(int(entry.name))
    return found


async def until(marker: str, *, lives: bool) -> None:
    for _ in range(600):
        if bool(marked(marker)) is lives:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"processes of {marker}: {marked(marker)}")


async def test_a_fix_of_edits_alone_is_proved_as_any_other(tmp_path: Path) -> None:
    seen = await what_comes_of(tmp_path, FIX, tests="python -m pytest -q")

    assert isinstance(seen, Patched)
    assert seen.proof.level >= 3, seen.proof
    assert b"test_a_comma" in seen.diff
    assert seen.report.pr_title.startswith("Fix: ")


async def test_a_merged_fix_is_taken_back_by_git_without_the_command(tmp_path: Path) -> None:
    fixed = {**FILES, "amount.py": "def read(text):\n    return float(text.replace(',', '.'))\n"}
    code = f"open({str(tmp_path / 'asked')!r}, 'w')"
    async with open_local(tmp_path, code, tests="python -m pytest -q") as lab:
        merge = await lab.server.import_tree(lay_out(tmp_path / "fixed", fixed), "Merge the fix")
        agent, order = await lab.make(), an_order(attempt=2, reverts=merge)
        await agent.propose(order, an_incident())

        seen = await settled(agent, order)

        assert isinstance(seen, Patched)
        assert (seen.base_sha, seen.proof.level) == (merge, 2), seen.proof
        assert seen.diff.decode() == await lab.server.read_diff(merge, lab.base_sha) + "\n"
        assert not (tmp_path / "asked").exists()


async def test_the_last_object_on_standard_output_is_the_report(tmp_path: Path) -> None:
    report = a_report(pr_title="Commas are read").model_dump_json()
    code = FIX + f"print('thinking {{')\nprint('{{\"not\": \"it\"}}')\nprint({report!r})\nprint('done')\n"

    seen = await what_comes_of(tmp_path, code)

    assert isinstance(seen, Patched)
    assert seen.report.pr_title == "Commas are read"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (f"print({REPORT!r})", "No fix: the fault is elsewhere"),
        ("print('{ garbage \\x00')", "changed no file and gave no report. Its last words: { garbage"),
        ("", "gave no report. It wrote nothing."),
    ],
    ids=["a reason", "garbage", "silence"],
)
async def test_without_an_edit_there_is_no_fix_and_a_reason(tmp_path: Path, code: str, reason: str) -> None:
    seen = await what_comes_of(tmp_path, code)

    assert isinstance(seen, NoFix)
    assert reason in seen.reason


@pytest.mark.parametrize(
    ("code", "seconds", "reason"),
    [
        (FIX + "sys.exit('the model is down')", 60, "exit code 1. Its last words: the model is down"),
        (FIX + "\n" + HANG, 1, "did not end within 1 seconds"),
        ("while True: print('x' * 65536)", 60, "wrote more than 8 MiB"),
        ("open('big.txt', 'w').write('a line\\n' * 60_000)", 60, "larger than 256 KiB"),
    ],
    ids=["exit code", "hangs", "floods", "too large"],
)
async def test_a_command_that_does_not_end_well_fails_with_a_sentence(
    tmp_path: Path, code: str, seconds: int, reason: str
) -> None:
    seen = await what_comes_of(tmp_path, code, command={"seconds": seconds})

    assert isinstance(seen, Failed)
    assert reason in seen.reason


async def test_it_sees_the_brief_and_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = secrets.token_hex(16)
    monkeypatch.setenv("DISCORD_TOKEN", token)

    seen = await what_comes_of(tmp_path, READ_ALL, command={"env": {"FLAVOUR": "mint"}})

    assert isinstance(seen, Patched)
    assert b"'FLAVOUR': 'mint'" in seen.diff
    assert b"You mend a Discord bot" in seen.diff
    assert token.encode() not in seen.diff
    assert f"'HOME': '{Path.home()}'".encode() not in seen.diff


async def test_a_patch_that_holds_a_given_secret_is_not_kept(tmp_path: Path) -> None:
    seen = await what_comes_of(tmp_path, READ_ALL, command={"env": {"MODEL_KEY": secrets.token_hex(16)}})

    assert seen == Failed("", "The patch holds the value of MODEL_KEY: it is not kept.")


async def test_nothing_outside_of_its_copy_changes(tmp_path: Path) -> None:
    outside = [tmp_path / "checkout" / ".git" / "config", tmp_path / "outside.txt"]
    code = FIX + "".join(f"\ntry: open({str(path)!r}, 'a').write('x')\nexcept OSError: pass" for path in outside)

    async with open_local(tmp_path, code) as lab:
        before = outside[0].read_bytes()
        agent = await lab.make()
        await agent.propose(an_order(), an_incident())
        seen = await settled(agent, an_order())

    assert isinstance(seen, Patched)
    assert outside[0].read_bytes() == before
    assert not outside[1].exists()


async def test_what_it_writes_into_its_repository_is_never_run_by_ours(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    code = (
        FIX
        + f"""
open(".git/config", "a").write('[filter "x"]\\n\\tclean = touch {proof}\\n[core]\\n\\tfsmonitor = touch {proof}\\n')
open(".gitattributes", "w").write("* filter=x\\n")
"""
    )

    seen = await what_comes_of(tmp_path, code)

    assert isinstance(seen, Patched)
    assert not proof.exists()


async def test_a_patch_of_the_workflow_stands_at_level_0(tmp_path: Path) -> None:
    code = "import os\nos.makedirs('.github/workflows')\nopen('.github/workflows/x.yml', 'w').write('on: push\\n')\n"

    seen = await what_comes_of(tmp_path, code)

    assert isinstance(seen, Patched)
    assert seen.proof.level == 0
    assert "which no patch may" in seen.proof.reasons[0]


async def test_what_it_leaves_running_ends_with_it(tmp_path: Path) -> None:
    marker = f"left-{secrets.token_hex(8)}"
    left = [sys.executable, "-c", f"{HANG}# {marker}"]
    code = f"import subprocess\nsubprocess.Popen({left!r}, start_new_session=True)\n"

    await what_comes_of(tmp_path, code)

    assert marked(marker) == []


async def test_a_bot_that_is_killed_takes_its_command_along_and_the_next_runs_it_once_more(lab: LocalLab) -> None:
    marker = f"killed-{secrets.token_hex(8)}"
    argv = [sys.executable, "-m", "tests.local_lab", str(lab.directory), lab.server.api_url, f"{HANG}# {marker}"]
    bot = await asyncio.create_subprocess_exec(*argv, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    await until(marker, lives=True)
    bot.kill()
    await bot.wait()
    await until(marker, lives=False)
    agent = await lab.make()

    seen = await settled(agent, an_order())

    assert isinstance(seen, Patched)
    assert await (await lab.make()).look(an_order()) == seen
    assert (lab.directory / "state/local/inc_0123456789ab-1-propose/begun").read_text() == "2"


async def test_a_command_under_which_the_bot_ends_twice_is_given_up(lab: LocalLab) -> None:
    agent = await lab.make()
    await agent.propose(an_order(), an_incident())
    await agent.close()
    (lab.directory / "state/local/inc_0123456789ab-1-propose/begun").write_text("2")

    seen = await settled(await lab.make(), an_order())

    assert isinstance(seen, Failed)
    assert "given up" in seen.reason


async def test_a_bot_that_leaves_in_order_begins_anew(tmp_path: Path) -> None:
    async with open_local(tmp_path, HANG) as lab:
        agent = await lab.make()
        await agent.propose(an_order(), an_incident())
        job = tmp_path / "state/local/inc_0123456789ab-1-propose"
        while not (job / "begun").exists():
            await asyncio.sleep(0.02)
        await agent.close()

        assert (job / "begun").read_text() == "0"
        assert await (await lab.make()).look(an_order(attempt=2)) == NotSeen()


async def test_the_approved_diff_is_published_once_though_the_answer_is_lost(lab: LocalLab) -> None:
    agent = await lab.make()
    order = await lab.stored()
    await agent.propose(order, an_incident())
    patch = await settled(agent, order)
    assert isinstance(patch, Patched)
    order = await lab.approved(order, patch.diff)
    lab.server.faults.add(Fault(method="POST", path="/pulls", drop="after"))

    await agent.publish(order)
    with pytest.raises(AgentUnavailable):
        await settled(agent, order)
    seen = await settled(await lab.make(), order)

    assert isinstance(seen, Published)
    assert lab.pulls == ["suture/inc_0123456789ab"]
    (pull,) = lab.server.pulls
    assert pull.draft
    assert (await lab.server.read_diff(pull.base_sha, pull.head_sha)).strip() == patch.diff.decode().strip()


async def test_another_diff_than_the_approved_one_is_not_published(lab: LocalLab) -> None:
    order = await lab.approved(await lab.stored(), b"", diff_sha256="0" * 64)
    agent = await lab.make()

    await agent.publish(order)

    assert await settled(agent, order) == Failed(
        "", "Nothing was pushed: the kept patch is not the one that was approved."
    )
    assert lab.pulls == []


async def test_a_base_that_github_does_not_have_is_not_published(lab: LocalLab) -> None:
    agent = await lab.make()
    order = await lab.stored()
    await agent.propose(order, an_incident())
    patch = await settled(agent, order)
    assert isinstance(patch, Patched)
    author = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    checkout = lab.directory / "checkout"
    git(checkout, "checkout", "--quiet", lab.base_sha)
    git(checkout, "commit", "--quiet", "--allow-empty", "-m", "never pushed", extra=author)
    lab.base_sha = git(checkout, "rev-parse", "HEAD")
    order = await lab.approved(order, patch.diff)

    await agent.publish(order)

    seen = await settled(agent, order)
    assert isinstance(seen, Failed)
    assert "is not in main" in seen.reason
    assert lab.pulls == []


async def test_github_down_is_told_and_nothing_is_counted_as_begun(lab: LocalLab) -> None:
    agent = await lab.make()
    await lab.server.stop()

    await agent.propose(an_order(), an_incident())
    with pytest.raises(AgentUnavailable, match="GitHub"):
        await settled(agent, an_order())

    assert not (lab.directory / "state/local/inc_0123456789ab-1-propose/begun").exists()


async def test_a_preview_shows_what_the_command_will_get(lab: LocalLab) -> None:
    agent = await lab.make()

    shown = json.loads(agent.request(an_order(), an_incident()))

    assert shown["incident"]["id"] == an_incident().id
