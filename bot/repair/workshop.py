"""Where a local command works: a throw-away copy of the code, the same brief and the same prover as in the workflow."""

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import bot
from bot.agents.agent import AgentRefused, AgentUnavailable, Failed, NoFix, Patched, Published
from bot.agents.endpoint_reply import bare_report
from bot.agents.github_dispatch import REMEDIES
from bot.agents.local_command import Tell
from bot.agents.translation import in_our_words
from bot.apis.github import GitHub
from bot.incident.payload import Incident
from bot.logging import redact
from bot.records.proposal import MAX_DIFF_BYTES, Proof, Report, read_report
from bot.records.store import RecordMissing, Store
from bot.records.work_order import WorkOrder
from bot.repair.brief import Proposing, Publishing, Reference, write_brief
from bot.repair.evidence import evidence_of
from bot.repair.git import GitFailed, git
from bot.repair.git_revert import take_back
from bot.repair.local_run import Command, Said, end, run_on
from bot.repair.proof.runs import room_with
from bot.repair.protected_paths import refusals
from bot.repair.publication import Checkout, PublicationRefused, Remote, publish_approved

RUNS_OF_A_PROOF = 10
"""How many times the tests' time limit a whole proof may take."""
MOST_OBJECTS = 200
SHORTEST_SECRET = 8
OBJECT = re.compile(r"^[ \t]*(?=\{)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Tests:
    """How a local patch is proved."""

    command: str
    seconds: int
    guarded: str = ""

    @property
    def env(self) -> dict[str, str]:
        """The prover's variables."""
        return {"AUTOFIX_TEST_COMMAND": self.command, "AUTOFIX_TEST_SECONDS": str(self.seconds),
                "AUTOFIX_GUARDED_PATHS": self.guarded}  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """A folder with a copy of the code at one commit, and a repository beside it that nothing foreign comes to."""

    folder: Path
    base_sha: str

    @property
    def tree(self) -> Path:
        """The code, as a repository of its own."""
        return self.folder / "tree"

    def fill(self, repo: Path) -> None:
        """Fill it from the operator's checkout. Raises GitFailed."""
        self.tree.mkdir()
        git(self.tree, "init", "--quiet", "--template=")
        git(self.tree, "fetch", "--quiet", "--no-tags", f"file://{repo}", self.base_sha)
        git(self.tree, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        shutil.copytree(self.tree / ".git", self.folder / "untouched.git")

    def diff_of(self, tree: Path) -> bytes:
        """What was changed there, up to one byte beyond what is taken; nothing in it is run. Raises GitFailed."""
        file = self.folder / "patch.diff"
        ours = {"GIT_DIR": str(self.folder / "untouched.git"), "GIT_WORK_TREE": str(tree)}
        git(tree, "add", "--all", "--", ".", ":(exclude,glob)**/__pycache__/**", extra=ours)
        git(
            tree, "diff", "--cached", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/",
            "--dst-prefix=b/", "--full-index", "--binary", f"--output={file}", self.base_sha, extra=ours,
        )  # fmt: skip
        with file.open("rb") as whole:
            return whole.read(MAX_DIFF_BYTES + 1)


@dataclass(frozen=True, kw_only=True)
class LocalWorkshop:
    """The operator's checkout, command and tests, and the repository on GitHub that is mended."""

    repo: Path
    command: Command
    tests: Tests
    github: GitHub
    remote: Remote
    store: Store

    async def base(self) -> str:
        """The default branch's commit on GitHub, fetched into the checkout. Raises AgentRefused, AgentUnavailable."""
        with in_our_words("GitHub", REMEDIES):
            branch = (await self.github.repository_facts()).default_branch
        return await self._fetched(branch, "refs/suture/propose")

    async def propose(
        self, order: WorkOrder, incident: Incident, base_sha: str, tell: Tell
    ) -> Patched | NoFix | Failed:
        """Run the command on a copy, and prove what it changed. Raises OSError."""
        with tempfile.TemporaryDirectory(prefix="suture-local-", ignore_cleanup_errors=True) as folder:
            copy = Copy(Path(folder).resolve(), base_sha)
            try:
                await asyncio.to_thread(copy.fill, self.repo.resolve())
                tell("git takes the fix back" if order.reverts else "the command runs")
                diff, said = await (self._taken_back if order.reverts else self._changed)(copy, order, incident)
            except GitFailed as error:
                return Failed("", f"The local copy could not be made or read: {error}")
            if broke := self._broken(diff, said):
                return Failed("", broke)
            report = report_in(said.output)
            if not diff.strip():
                return NoFix("", no_fix(report, said))
            tell("the proof runs")
            proof = await self._proved(copy, diff, asked_of(order, incident))
            return Patched(0, "", base_sha, diff, report or bare_report(order), proof)

    async def publish(self, order: WorkOrder) -> Published | Failed:
        """Push the approved diff as the store kept it. Raises AgentRefused, AgentUnavailable, OutcomeUnknown."""
        try:
            proposal = await self.store.proposals.get(order.id)
            incident = await self.store.incidents.get(order.incident_id)
        except RecordMissing as error:
            return Failed("", f"Nothing was pushed: {error}")
        publishing = Publishing(
            phase="publish",
            attempt=str(order.attempt),
            order_id=order.id,
            incident=Reference(id=order.incident_id),
            run_id="0",
            diff_sha256=order.diff_sha256 or "",
            base_sha=order.base_sha or "",
            revert=order.reverts or "",
        )
        if (proposal.diff_sha256, proposal.base_sha) != (publishing.diff_sha256, publishing.base_sha):
            return Failed("", "Nothing was pushed: the kept patch is not the one that was approved.")
        if refused := refusals(proposal.diff):
            return Failed("", " ".join(refused))
        guarded = tuple(glob.strip() for glob in self.tests.guarded.split(",") if glob.strip())
        try:
            tip = await self.base()
            checkout = Checkout(repo=self.repo.resolve(), remote=self.remote, guarded=guarded, tip=tip)
            with in_our_words("GitHub", REMEDIES):
                await self._refuse_foreign(publishing.base_sha)
                pull, _ = await publish_approved(self.github, checkout, publishing, (proposal, evidence_of(incident)))
        except PublicationRefused as error:
            return Failed("", f"Publishing was refused: {error}")
        except GitFailed as error:
            raise AgentUnavailable(f"The branch was not pushed: {error}") from error
        return Published(pull.number, pull.html_url)

    async def look_around(self) -> str:
        """Is all there that a run needs? Raises AgentRefused."""
        if shutil.which(self.command.argv[0]) is None:
            raise AgentRefused(f"AUTOFIX_LOCAL_COMMAND: there is no program {self.command.argv[0]!r} on this machine.")
        try:
            await asyncio.to_thread(git, self.repo.resolve(), "rev-parse", "--verify", "HEAD")
        except GitFailed as error:
            raise AgentRefused(f"AUTOFIX_LOCAL_REPO is no checkout that git can read: {error}") from error
        return "the command and the checkout are there"

    async def _fetched(self, branch: str, ref: str) -> str:
        def fetch() -> str:
            repo = self.repo.resolve()
            words = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self.remote.url)
            git(repo, *words, f"+refs/heads/{branch}:{ref}", extra=self.remote.config)
            return git(repo, "rev-parse", "--verify", f"{ref}^{{commit}}")

        try:
            return await asyncio.to_thread(fetch)
        except GitFailed as error:
            raise AgentUnavailable(f"The code could not be fetched into AUTOFIX_LOCAL_REPO: {error}") from error

    async def _refuse_foreign(self, base_sha: str) -> None:
        """A base that is not in the default branch would bring more than the diff. Raises PublicationRefused."""
        branch = (await self.github.repository_facts()).default_branch
        tip = await self._fetched(branch, "refs/suture/publish")
        try:
            await asyncio.to_thread(git, self.repo.resolve(), "merge-base", "--is-ancestor", base_sha, tip)
        except GitFailed as error:
            raise PublicationRefused(f"The approved base {base_sha[:12]} is not in {branch} any more.") from error

    async def _taken_back(self, copy: Copy, order: WorkOrder, incident: Incident) -> tuple[bytes, Said]:
        """What git changes to take a fix back; the command is not asked."""
        report = await asyncio.to_thread(take_back, copy.tree, order.reverts or "", incident.id)
        return await asyncio.to_thread(copy.diff_of, copy.tree), Said(report.model_dump_json(), "")

    async def _changed(self, copy: Copy, order: WorkOrder, incident: Incident) -> tuple[bytes, Said]:
        proposing = asked_of(order, incident)
        rooms = ExitStack()
        try:
            room = await asyncio.to_thread(rooms.enter_context, room_with(copy.tree))
            brief = room.path / "brief"
            write_brief(proposing, brief)
            said = await run_on(room, self.command, brief)
            if said.broke or said.code:
                return b"", said
            return await asyncio.to_thread(copy.diff_of, room.tree), said
        finally:
            await asyncio.to_thread(rooms.close)

    def _broken(self, diff: bytes, said: Said) -> str | None:
        """Why nothing of a run is used, if it is so."""
        if said.broke or said.code:
            why = said.broke or f"The command ended with exit code {said.code}."
            return f"{why} {last_words(said)}".strip()
        if len(diff) > MAX_DIFF_BYTES:
            return f"The patch is larger than {MAX_DIFF_BYTES >> 10} KiB; nobody could review it."
        values = self.command.env.items()
        if held := [name for name, value in values if len(value) >= SHORTEST_SECRET and value.encode() in diff]:
            return f"The patch holds the value of {', '.join(held)}: it is not kept."
        return None

    async def _proved(self, copy: Copy, diff: bytes, asked: Proposing) -> Proof:
        """The proof by the command line's own prover, which ends with this process. Raises OSError."""
        paths = {name: copy.folder / name for name in ("patch.diff", "event.json", "proof.json")}
        paths["patch.diff"].write_bytes(diff)
        paths["event.json"].write_text(json.dumps({"client_payload": asked.model_dump(mode="json")}), encoding="utf-8")
        home = {name: os.environ.get(name, "") for name in ("PATH", "HOME")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "bot", "autofix", "prove", "--exit-with-parent", "--repo", str(copy.tree),
            "--diff", str(paths["patch.diff"]), "--incident", str(paths["event.json"]),
            "--out", str(paths["proof.json"]), cwd=copy.folder, start_new_session=True,
            env={**home, **self.tests.env, "PYTHONPATH": str(Path(bot.__file__).parent.parent)},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(RUNS_OF_A_PROOF * self.tests.seconds):
                await process.wait()
            return Proof.model_validate_json(paths["proof.json"].read_bytes())
        except (TimeoutError, ValueError, FileNotFoundError):
            return Proof(level=0, reasons=("The prover broke on the patch or did not end: nothing was proved.",))
        finally:
            await end(process)


def asked_of(order: WorkOrder, incident: Incident) -> Proposing:
    """What is asked, in the workflow's form."""
    attempt, revert = str(order.attempt), order.reverts or ""
    return Proposing(phase="propose", attempt=attempt, order_id=order.id, incident=incident, revert=revert)


def report_in(output: str) -> Report | None:
    """The report in the last JSON object that begins a line; None when that is no report."""
    found, reached = None, 0
    for start in [each.end() for each in OBJECT.finditer(output)][-MOST_OBJECTS:]:
        if start < reached:
            continue
        try:
            value, reached = json.JSONDecoder().raw_decode(output, start)
        except (ValueError, RecursionError):
            continue
        found = value
    try:
        return read_report(json.dumps(found).encode()) if found is not None else None
    except ValueError:
        return None


def no_fix(report: Report | None, said: Said) -> str:
    """Why nothing was changed, as far as the command says it."""
    if report is None:
        return f"No fix: the command changed no file and gave no report. {last_words(said)}".strip()
    if not report.commands_ran:
        return "No fix: the coding agent could not run its commands, so it saw no code."
    return f"No fix: {report.no_fix_reason or 'it changed no file and did not say why.'}"


def last_words(said: Said) -> str:
    """The end of what a command complained of, or else wrote; short, one line, redacted."""
    words = " ".join(redact(said.complaints.strip() or said.output.strip()).split())[-300:]
    return f"Its last words: {words}" if words else "It wrote nothing."
