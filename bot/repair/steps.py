"""The steps of the autofix workflow: each reads the runner's environment, does its work, and says what came of it."""

import asyncio
import json
import os
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.agents.github_request import WORKFLOW
from bot.apis.github import open_github
from bot.apis.http import ApiError
from bot.logging import redact
from bot.records.proposal import Proof
from bot.records.work_order import run_title
from bot.repair.brief import BriefRefused, Proposing, Publishing, read_event, write_brief
from bot.repair.git import GitFailed
from bot.repair.protected_paths import Policy, counted, policy_of
from bot.repair.publication import Checkout, PublicationRefused, Remote
from bot.repair.publication import publish as publish_patch
from bot.repair.undone_fix import committed_fixes, others

if TYPE_CHECKING:
    from bot.repair.proof import Suite

RERUN_WINDOW = timedelta(hours=24)


def say(sentence: str, *, failed: bool = False) -> None:
    """A line for the run's page; a failure becomes its annotation."""
    line = " ".join(redact(sentence).split())
    print(f"::error::{line}" if failed else line, flush=True)


def set_output(name: str, value: str) -> None:
    """An output of this step, where the runner takes outputs."""
    if path := os.environ.get("GITHUB_OUTPUT"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{name}={value}\n")


def environment(*names: str) -> list[str]:
    """The runner's variables of these names. Raises BriefRefused when one is missing."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise BriefRefused(f"This step runs in GitHub Actions; {', '.join(missing)} is not set.")
    return [os.environ[name] for name in names]


async def is_duplicate(proposing: Proposing) -> bool:
    """Has an earlier run the same name as this one? Then this dispatch was doubled."""
    api, token, repository, run_id = environment("GITHUB_API_URL", "GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    title = run_title(proposing.incident.id, proposing.phase, int(proposing.attempt))
    async with open_github(api, token, repository) as github:
        runs = await github.runs(WORKFLOW, datetime.now(UTC) - RERUN_WINDOW)
        earlier = [run for run in runs if run.display_title == title and run.id < int(run_id)]
        return any([await github.is_dispatched(run) for run in earlier])


def brief_step(event: Path, out: Path) -> int:
    """Write the agent's brief. Returns the exit code."""
    try:
        proposing = read_event(event, Proposing)
        duplicate = asyncio.run(is_duplicate(proposing))
    except (BriefRefused, ApiError) as error:
        say(str(error), failed=True)
        return 1
    set_output("go", "false" if duplicate else "true")
    if duplicate:
        say(f"An earlier run has {proposing.incident.id} already; this one ends here.")
        return 0
    set_output("reverts", "true" if proposing.revert else "false")
    write_brief(proposing, out)
    say(f"Brief written for {proposing.incident.id}.")
    return 0


def revert_step(event: Path, out: Path, repo: Path) -> int:
    """Take back the merge that the event names, in the working tree, and write the report. Returns the exit code."""
    from bot.repair.git_revert import take_back

    try:
        proposing = read_event(event, Proposing)
        if not proposing.revert:
            raise BriefRefused("The event names no commit to take back.")
        report = take_back(repo.resolve(), proposing.revert, proposing.incident.id)
    except (BriefRefused, GitFailed) as error:
        say(str(error), failed=True)
        return 1
    out.write_text(report.model_dump_json(indent=1), encoding="utf-8")
    say(report.no_fix_reason or report.fix)
    return 0


def policy_here(repo: Path, base: str, diff: bytes, asked_back: str | None = None) -> Policy:
    """The policy's word on a diff, with the project's own guarded paths and the fixes in the history of `base`.

    `asked_back`: the incident whose fix is to be taken back, so that doing so is no news.
    """
    try:
        recent = committed_fixes(repo, base)
    except GitFailed:
        recent = []  # no repository, or no commit: then there is no fix that it could take back
    return policy_of(diff, guarded=guarded_here(), recent=others(recent, asked_back))


def guarded_here() -> tuple[str, ...]:
    """The project's own guarded paths: globs, separated by commas, in AUTOFIX_GUARDED_PATHS."""
    return tuple(glob.strip() for glob in os.environ.get("AUTOFIX_GUARDED_PATHS", "").split(",") if glob.strip())


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A patch to be proved, in a checkout of the commit that it is for."""

    repo: Path
    diff: Path
    incident: Path | None = None
    """The incident that it is for, or the event that asked for it."""


def prove_step(trial: Trial, out: Path) -> int:
    """Prove a diff and write the proof. Returns the exit code: 0 whatever the level, for the level is the answer."""
    if sys.platform == "win32":
        say("A patch is proved on Linux: Windows has no cell that would hold its tests in. Try WSL.", failed=True)
        return 1
    try:
        tests = read_suite()
        patch, about = trial.diff.read_bytes(), asked_in(trial.incident)
    except OSError as error:
        say(f"The patch {error.filename} cannot be read: {error.strerror}.", failed=True)
        return 1
    except ValueError as error:
        say(str(error), failed=True)
        return 1
    proof = proved(trial.repo.resolve(), patch, tests, about)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(proof.model_dump_json(indent=1), encoding="utf-8")
    say(f"Proof level {proof.level}. " + " ".join(proof.reasons))
    return 0


def proved(repo: Path, patch: bytes, tests: "Suite", about: Proposing | str) -> Proof:
    """The proof as it counts: of a revert that was asked for, or of a patch for an incident of these words."""
    from bot.repair.proof import prove, prove_revert  # the other steps do without

    if isinstance(about, str):
        return counted(prove(repo, patch, tests, about), policy_here(repo, "HEAD", patch))
    policy = policy_here(repo, "HEAD", patch, about.incident.id)
    return counted(prove_revert(repo, patch, about.revert, tests), policy)


def end_with_parent() -> None:
    """End at once when standard input closes: whoever asked is gone, and every cell ends with us."""

    def wait_for_end() -> None:
        while os.read(0, 4096):
            pass
        os._exit(1)

    threading.Thread(target=wait_for_end, name="parent", daemon=True).start()


def read_suite() -> "Suite":
    """The tests' command and time limit, as the runner's variables have them. Raises ValueError."""
    from bot.repair.proof import DEFAULT_TESTS, Suite

    command = os.environ.get("AUTOFIX_TEST_COMMAND", "").strip() or DEFAULT_TESTS
    seconds = os.environ.get("AUTOFIX_TEST_SECONDS", "").strip() or "900"
    if not seconds.isdecimal() or not int(seconds):
        raise ValueError(f"AUTOFIX_TEST_SECONDS is {seconds!r}: make it a whole number of seconds, such as 900.")
    return Suite(command, float(seconds))


def asked_in(path: Path | None) -> Proposing | str:
    """What a patch is for: the revert that an event asks for, or the words of an incident. Raises OSError."""
    if path is None:
        return ""
    try:
        asked = read_event(path, Proposing)
    except BriefRefused:  # an incident by itself
        return incident_words(path)
    return asked if asked.revert else "\n".join(texts_in(asked.incident.model_dump(mode="json")))


def incident_words(path: Path) -> str:
    """The words of an incident's file: all the texts in it, its trace among them. Raises OSError."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return "\n".join(texts_in(json.loads(text)))
    except (ValueError, RecursionError):
        return text


def texts_in(value: object) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict | list):
        return [text for each in (value.values() if isinstance(value, dict) else value) for text in texts_in(each)]
    return [value] if isinstance(value, str) else []


def publish_step(event: Path, out: Path, repo: Path) -> int:
    """Publish the approved patch; writes what became of it either way. Returns the exit code."""
    try:
        publishing = read_event(event, Publishing)
        told = asyncio.run(publish_and_tell(publishing, repo.resolve()))
    except (BriefRefused, PublicationRefused, GitFailed, ApiError) as error:
        told = {"status": "refused", "reason": f"Publishing was refused: {error}"}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(told), encoding="utf-8")
    refused = told["status"] == "refused"
    say(told["reason"], failed=refused)
    return int(refused)


async def publish_and_tell(publishing: Publishing, repo: Path) -> dict[str, str]:
    """Publish, and say where the draft is."""
    api, token, repository, server = environment(
        "GITHUB_API_URL", "GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL"
    )
    writer = os.environ.get("PUBLISH_TOKEN") or token
    remote = Remote(url=f"{server}/{repository}.git", token=writer)
    checkout = Checkout(repo=repo, remote=remote, guarded=guarded_here())
    async with open_github(api, token, repository) as reading, open_github(api, writer, repository) as writing:
        pull, commit = await publish_patch(reading, writing, checkout, publishing)
    return {
        "status": "published",
        "reason": f"Draft pull request: {pull.html_url} of the diff with sha256 {publishing.diff_sha256}",
        "pr_url": pull.html_url,
        "commit": commit,
        "base_sha": publishing.base_sha,
        "diff_sha256": publishing.diff_sha256,
    }
