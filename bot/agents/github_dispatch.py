"""The coding agent that lives in GitHub Actions: asked by a dispatch, found again by its run's name."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from pydantic import ValidationError

from bot.agents.agent import (
    AgentRefused,
    AgentUnavailable,
    Failed,
    NoFix,
    NotSeen,
    OutcomeUnknown,
    Patched,
    Published,
    Sighting,
    Working,
)
from bot.agents.github_pull import followed_pull
from bot.agents.github_request import WORKFLOW, DispatchForm, Trigger
from bot.agents.run_cost import cost_in
from bot.agents.run_failures import PRUNED, failure_of, no_fix_of
from bot.agents.translation import in_our_words, phase_of
from bot.apis import http
from bot.apis.github import RUNS_A_PAGE, GitHub
from bot.apis.github_shapes import Job, PullRequest, Run
from bot.incident.payload import Incident
from bot.records.proposal import MAX_DIFF_BYTES, Proof, read_report
from bot.records.work_order import Phase, WorkOrder

PATCH_ARTIFACT = "suture-patch"
PROOF_ARTIFACT = "suture-proof"
PUBLICATION_ARTIFACT = "suture-publication"
UNLISTED = "unlisted"
"""A run that has ended and is not listed yet: an earlier one of a doubled dispatch would not be either."""
CLOCK_SKEW = timedelta(minutes=5)
"""How far our clock and GitHub's may be apart when a run is looked for by its creation."""

GONE = 410
"""How GitHub answers for an artifact that expired."""
NEVER_TO_BE_HAD = (200, GONE, 413)
"""The same, or for one that is not one of ours, or is too large."""


class ArtifactLost(Exception):
    """An artifact of a run will never be had; the words say why."""


class ArtifactPruned(ArtifactLost):
    """It was there, and its time is over."""


class PatchUnusable(Exception):
    """What a run left cannot be shown to anybody; the sentence says why."""


AGAIN = "Propose again makes a new one."

ELSEWHERE = (
    "Is GITHUB_REPO the repository's present name, and GITHUB_API_URL GitHub's address? No redirect is followed."
)
REMEDIES = {
    200: "That is not how GitHub answers: is GITHUB_API_URL right, or does a proxy stand in between?",
    301: ELSEWHERE,
    302: ELSEWHERE,
    307: ELSEWHERE,
    308: ELSEWHERE,
    401: "GITHUB_DISPATCH_TOKEN is wrong or expired: make a new one.",
    403: "GITHUB_DISPATCH_TOKEN may not do this: it needs Contents write, Actions read, Pull requests read.",
    404: "GITHUB_REPO is wrong, or GITHUB_DISPATCH_TOKEN has no access to it, or the workflow file is missing.",
    422: "GitHub does not take what was sent: is GITHUB_DISPATCH_EVENT the workflow's event type?",
}
OF_A_START = {
    403: "GITHUB_DISPATCH_TOKEN may not do this: AUTOFIX_TRIGGER=workflow_dispatch needs Actions write beside Contents "
    "write and Pull requests read.",
    422: f"GitHub does not take what was sent: has {WORKFLOW} on the default branch the trigger workflow_dispatch with "
    "the inputs of Suture's own file?",
}
"""Where the workflow is started by name instead."""


class GithubDispatch:
    """Proposes and publishes by two dispatches of one workflow; nothing else is ever written."""

    name = "github"

    def __init__(self, github: GitHub, event_type: str, trigger: Trigger = "repository_dispatch") -> None:
        self._github = github
        self._form = DispatchForm(event_type, trigger)
        self._remedies = REMEDIES | (OF_A_START if trigger == "workflow_dispatch" else {})
        self.off: str | None = None

    def request(self, order: WorkOrder, incident: Incident) -> bytes:
        """The body of the propose dispatch, within the limits; its branch is a guess before the first one."""
        return self._form.propose(order, incident)

    async def propose(self, order: WorkOrder, incident: Incident) -> int | None:
        """Dispatch the propose phase."""
        return await self._send(lambda: self._form.propose(order, incident))

    async def publish(self, order: WorkOrder) -> int | None:
        """Dispatch the publish phase for exactly the diff that was approved."""
        return await self._send(lambda: self._form.publish(order))

    async def _send(self, written: Callable[[], bytes]) -> int | None:
        with in_our_words("GitHub", self._remedies):
            if self._form.trigger == "repository_dispatch":
                await self._github.dispatch(written())
                return None
            self._form.branch = (await self._github.repository_facts()).default_branch
            return await self._github.start(WORKFLOW, written())

    async def look_around(self) -> str:
        """Is GitHub there, and would it take a dispatch? Raises AgentRefused, AgentUnavailable, OutcomeUnknown."""
        started = WORKFLOW if self._form.trigger == "workflow_dispatch" else None
        with in_our_words("GitHub", self._remedies):
            facts = await self._github.repository_facts()
            if not await self._github.may_dispatch(started):
                why = self._remedies[403]
                raise AgentRefused(f"{facts.full_name} is readable, but dispatching is refused. {why}")
        return f"{facts.full_name} is reachable and takes dispatches"

    async def look(self, order: WorkOrder) -> Sighting:
        """Find this order's run by its exact name, and tell what it came to."""
        try:
            with in_our_words("GitHub", self._remedies):
                return await self._look(order)
        except OutcomeUnknown as error:
            raise AgentUnavailable(str(error)) from error

    async def _look(self, order: WorkOrder) -> Sighting:
        if order.status == "pr_open":
            return await followed_pull(self._github, order)
        phase = phase_of(order)
        run = await self._run_of(order, phase)
        # The run first: a run that had ended by then has its pull request open by now.
        if phase == "publish" and (pull := await self._github.pull_of(order.branch)):
            return Published(pull.number, pull.html_url)
        if run is None:
            return NotSeen()
        if run.status == UNLISTED:
            return Working(run.id, run.html_url, "it has ended; GitHub does not list it yet")
        if run.status != "completed":
            return Working(run.id, run.html_url, progress_of(await self._github.jobs(run.id)))
        return await (self._publication(run, order) if phase == "publish" else self._outcome(run))

    async def _run_of(self, order: WorkOrder, phase: Phase) -> Run | None:
        """The run of what was sent; of a doubled dispatch the first, for the later ones end at once."""
        if order.sent_at is None:
            return None
        told = await self._told_run(order)
        if told and told.status != "completed":
            return told
        since = (order.history[-1][1] if phase == "publish" else order.created_at) - CLOCK_SKEW
        runs = await self._github.runs(WORKFLOW, since)
        if told and len(runs) < RUNS_A_PAGE and told.id not in {run.id for run in runs}:
            return told.model_copy(update={"status": UNLISTED})
        named = [run for run in [*runs, *([told] if told else [])] if run.display_title == order.key(phase)]
        ours = [run for run in named if await self._github.is_dispatched(run)]
        return min(ours, key=lambda run: run.id, default=None)

    async def _told_run(self, order: WorkOrder) -> Run | None:
        """The run that the answer to the request named, as it is now; None when it named none, or none of this name."""
        if order.asked_run_id is None:
            return None
        try:
            run = await self._github.run(order.asked_run_id)
        except http.Answered as error:
            if error.status != 404:
                raise
            return None
        return run if run.display_title == order.key(phase_of(order)) else None

    async def _outcome(self, run: Run) -> Sighting:
        if run.conclusion != "success":
            return Failed(run.html_url, failure_of(run, await self._github.jobs(run.id)))
        try:
            return read_patch(run, await self._artifact(run, PATCH_ARTIFACT), await self._artifact(run, PROOF_ARTIFACT))
        except PatchUnusable as error:
            return Failed(run.html_url, str(error))
        except ArtifactPruned:
            return Failed(run.html_url, f"{PRUNED} Propose again makes a new one.")
        except ArtifactLost as error:
            return Failed(run.html_url, f"The run succeeded but left no patch to look at: {error}. {AGAIN}")
        except (ValidationError, KeyError, ValueError) as error:
            return Failed(run.html_url, f"The run's artifacts are not what the workflow writes: {wrong_in(error)}.")

    async def _artifact(self, run: Run, name: str) -> dict[str, bytes]:
        try:
            files = await self._github.artifact(run.id, name)
        except http.Answered as error:
            if error.status not in NEVER_TO_BE_HAD:
                raise
            raise (ArtifactPruned if error.status == GONE else ArtifactLost)(error.message) from error
        if files is None:
            raise ArtifactLost(f"the artifact {name} is missing")
        return files

    async def _publication(self, run: Run, order: WorkOrder) -> Published | Failed:
        """What a publish run came to whose pull request is not listed: a listing may be late, the run's word is not."""
        if run.conclusion == "success" and (pull := await self._told_pull(run)) and pull.head.ref == order.branch:
            return Published(pull.number, pull.html_url)
        return Failed(run.html_url, await self._why_unpublished(run))

    async def _told_pull(self, run: Run) -> PullRequest | None:
        """The pull request that the run says it opened."""
        try:
            files = await self._artifact(run, PUBLICATION_ARTIFACT)
            address = str(json.loads(files["publication.json"])["pr_url"])
            return await self._github.pull(int(address.rpartition("/")[2]))
        except (ArtifactLost, ValueError, KeyError, TypeError, RecursionError):
            return None

    async def _why_unpublished(self, run: Run) -> str:
        try:
            files = await self._artifact(run, PUBLICATION_ARTIFACT)
            return str(json.loads(files["publication.json"])["reason"])[:1000]
        except (ArtifactLost, ValueError, KeyError, TypeError, RecursionError):
            return failure_of(run, await self._github.jobs(run.id))


def read_patch(run: Run, patch: dict[str, bytes], proof: dict[str, bytes]) -> Patched | NoFix:
    """A patch (or its absence) from the run's files. Raises PatchUnusable, ValidationError, KeyError, ValueError."""
    diff = patch["patch.diff"]
    if len(diff) > MAX_DIFF_BYTES:
        raise PatchUnusable(f"The patch is larger than {MAX_DIFF_BYTES >> 10} KiB; nobody could review it.")
    if not patch["report.json"].strip():
        raise PatchUnusable("The model ended without a report; the log of the step “Write the patch” says more.")
    try:
        report = read_report(patch["report.json"])
    except ValueError as error:
        raise PatchUnusable(f"The model's report is not of the form that was asked for: {wrong_in(error)}.") from error
    cost = cost_in(patch.get("cost.json"))
    if not diff.strip():
        return NoFix(run.html_url, no_fix_of(report), cost)
    return Patched(run.id, run.html_url, run.head_sha, diff, report, believed(proof["proof.json"], diff), cost)


def believed(proof: bytes, diff: bytes) -> Proof:
    """The proof as far as it can be believed: of this very diff."""
    proved = Proof.model_validate_json(proof)
    if proved.diff_sha256 != hashlib.sha256(diff).hexdigest():
        return Proof(level=0, reasons=("The proof that came with this patch is of another one.",))
    return proved


def wrong_in(error: Exception) -> str:
    """What is wrong with a file, in a few words: which field, and how."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"{type(error).__name__} {error}"[:200]


def progress_of(jobs: list[Job]) -> str:
    """What a run is doing: its current job and step, with how many steps there are."""
    for job in jobs:
        if job.status == "in_progress":
            for step in job.steps:
                if step.status == "in_progress":
                    return f"{job.name}: {step.name} ({step.number}/{len(job.steps)})"
            return job.name
    return "waiting for a runner"
