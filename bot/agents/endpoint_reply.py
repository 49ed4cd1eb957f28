"""An HTTP agent's reply, and what it means: untrusted to the last field, a success only when it shows to be one."""

import hashlib
import re
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bot.agents.agent import Failed, NoFix, NotSeen, Patched, Published, Sighting, Working
from bot.agents.run_cost import sum_in
from bot.records.proposal import MAX_DIFF_BYTES, Proof, Report
from bot.records.work_order import Phase, WorkOrder

MAX_REPLY_BYTES = 1024 * 1024
WORKING = frozenset({
    "submitted", "accepted", "queued", "pending", "assigned", "running", "working", "in_progress", "testing",
    "proposing", "publishing",
})  # fmt: skip
FAILED = frozenset({"failed", "error", "rejected", "refused", "cancelled"})
UNKNOWN = frozenset({"unknown", "not_found"})
PROPOSED = frozenset({"proposed", "ready", "awaiting_approval"})
LINK = re.compile(r"https?://[^\s<>()\[\]\"'`|\\]{1,500}")
PULL = re.compile(
    r"https?://[^/]+/(?P<repo>.+?)/(?:-/)?(?:pulls?|pull-requests|merge_requests)/(?P<number>[0-9]{1,9})/?"
)
SHA = re.compile("[0-9a-f]{40}")


class ReplyMalformed(Exception):
    """The reply is not one of the contract; the words say what is wrong with it."""


class Reply(BaseModel):
    """What the agent says of one request. Seeds' agents give the first three; all else is optional."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    incident_id: str | None = None
    status: str = Field(min_length=1, max_length=60)
    pr_url: str | None = None
    diff: str | None = None
    diff_sha256: str | None = None
    report: Report | None = None
    base_sha: str | None = None
    proof: Proof | None = None
    reason: str = ""
    progress: str = ""
    url: str = ""
    cost_usd: JsonValue = None

    def is_settled(self, phase: Phase) -> bool:
        """Is this the last word on the phase's request, so that nobody need ask again?"""
        has_it = bool(self.pr_url) or (phase == "propose" and self.diff is not None)
        return has_it or self.status not in WORKING | UNKNOWN

    @property
    def link(self) -> str:
        """The agent's own page on it, or nothing when that is no plain address."""
        return self.url if LINK.fullmatch(self.url) else ""

    @property
    def why(self) -> str:
        """The agent's reason, short."""
        return " ".join(self.reason.split())[:500] or "it gave no reason"

    @property
    def doing(self) -> str:
        """What the agent is at, short."""
        return " ".join(self.progress.split())[:200] or self.status


def read_reply(body: bytes, order: WorkOrder) -> Reply:
    """A reply to this order's request. Raises ReplyMalformed."""
    if len(body) > MAX_REPLY_BYTES:
        raise ReplyMalformed(f"it is larger than {MAX_REPLY_BYTES >> 10} KiB")
    try:
        reply = Reply.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ReplyMalformed(f"{where}: {first['msg']}"[:200]) from error
    if reply.incident_id not in (None, order.incident_id):
        raise ReplyMalformed("it is about another incident")
    return reply


def proposed(reply: Reply, order: WorkOrder) -> Sighting:
    """What became of the request for a patch."""
    seen = told(reply, order)
    cost = sum_in(reply.cost_usd)
    return seen if cost is None or isinstance(seen, Working | NotSeen) else replace(seen, cost_usd=cost)


def told(reply: Reply, order: WorkOrder) -> Working | NotSeen | Patched | NoFix | Failed:
    """The same without what it cost."""
    if reply.pr_url:
        return unapproved(reply.pr_url)
    if reply.status in FAILED:
        return unfinished(reply, "no reason")
    if reply.diff and reply.diff.strip():
        return patched(reply, reply.diff, order)
    given = reply.report.no_fix_reason if reply.report else None
    if reply.status == "no_fix" or given or reply.diff is not None:
        why = given or reply.reason.strip() or "it changed no file and did not say why"
        return NoFix(reply.link, f"No fix: {' '.join(why.split())[:1000]}")
    return NotSeen() if reply.status in UNKNOWN else unfinished(reply, "neither a diff nor a reason for none")


def unapproved(pull: str) -> Failed:
    """A pull request that came before anybody approved anything, told as what it is."""
    shown = pull if LINK.fullmatch(pull) else ""
    return Failed(
        shown,
        f"The agent opened a pull request without approval{f': {shown}' if shown else ''}. "
        "Nothing of it was approved here: review it there, or close it.",
    )


def unfinished(reply: Reply, lacking: str) -> Working | Failed:
    """A reply that holds no result: the agent is at it, or it failed, or it says what it does not show."""
    if reply.status in WORKING:
        return Working(0, reply.link, reply.doing)
    if reply.status in FAILED:
        return Failed(reply.link, f"The agent failed ({reply.status}): {reply.why}")
    return Failed(reply.link, f"The agent says “{reply.status}” but gives {lacking}.")


def patched(reply: Reply, text: str, order: WorkOrder) -> Patched | Failed:
    """The reply's patch, or why it cannot be approved."""
    try:
        diff = text.encode()
    except UnicodeEncodeError:
        return Failed(reply.link, "The agent's diff is not text that can be kept to the byte.")
    digest = hashlib.sha256(diff).hexdigest()
    if len(diff) > MAX_DIFF_BYTES:
        return Failed(reply.link, f"The agent's diff is larger than {MAX_DIFF_BYTES >> 10} KiB.")
    if not SHA.fullmatch(reply.base_sha or ""):
        return Failed(reply.link, "The agent's diff comes without base_sha, the commit it was made on: it is not used.")
    if reply.diff_sha256 not in (None, digest):
        return Failed(reply.link, "The agent's diff does not have the digest that the agent tells: it is not used.")
    report = reply.report or bare_report(order)
    return Patched(0, reply.link, reply.base_sha or "", diff, report, claimed(reply.proof, digest))


def bare_report(order: WorkOrder) -> Report:
    """The report of an agent that gave none."""
    untold = "The agent did not say."
    title = f"Fix: {' '.join(order.summary.split())}"[:120]
    return Report(diagnosis=untold, root_cause=untold, fix=untold, pr_title=title, pr_body=untold)


def claimed(proof: Proof | None, digest: str) -> Proof:
    """The agent's proof as what it is: told by the agent, about this very diff or worth nothing."""
    if proof is None:
        return Proof(level=0, reasons=("The agent gave no proof, and nothing was checked here.",), diff_sha256=digest)
    if proof.diff_sha256 not in ("", digest):
        return Proof(level=0, reasons=("The agent's proof is about another diff.",), diff_sha256=digest)
    reasons = ("As the agent tells it; nothing of it was checked here.", *proof.reasons)
    return proof.model_copy(update={"reasons": reasons, "diff_sha256": digest})


def published(reply: Reply, order: WorkOrder, repository: str | None) -> Sighting:
    """What became of the approval: only a pull request of the approved diff counts."""
    if other := differing(reply, order):
        link = reply.pr_url if reply.pr_url and LINK.fullmatch(reply.pr_url) else reply.link
        return Failed(
            link, f"The agent published another {other} than the one that was approved: close what it opened."
        )
    if reply.pr_url:
        return pulled(reply.pr_url, repository)
    if reply.status in UNKNOWN | PROPOSED:
        return NotSeen()
    return unfinished(reply, "no pr_url: look for its pull request by hand")


def pulled(pull: str, repository: str | None) -> Published | Failed:
    """The pull request at this address, if it is one and of the repository that is mended."""
    found = PULL.fullmatch(pull) if LINK.fullmatch(pull) else None
    if not found:
        return Failed("", "The agent's pr_url is not the address of a pull request.")
    if repository and found["repo"].lower() != repository.lower():
        return Failed(pull, f"The agent's pull request is not in GITHUB_REPO ({repository}).")
    return Published(int(found["number"]), pull)


def differing(reply: Reply, order: WorkOrder) -> str | None:
    """What the reply was about when that is not what was approved: its diff, or its base."""
    given = {reply.diff_sha256} - {None}
    if reply.diff:
        given.add(hashlib.sha256(reply.diff.encode("utf-8", "replace")).hexdigest())
    if given - {order.diff_sha256}:
        return "diff"
    return "base commit" if reply.base_sha not in (None, order.base_sha) else None
