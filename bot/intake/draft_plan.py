"""What is to be done about the drafts: opened, brought up to date, left alone or closed, decided before anything is."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.apis.github_drafts import DraftSeen
from bot.events.event import GRAVE
from bot.intake.patch_task import PatchTask, urgency
from bot.intake.task_text import (
    CLOSED_NOTE,
    LABEL,
    body_of,
    branch_of,
    is_our_label,
    labels_of,
    read_trailers,
    title_of,
)

Deed = Literal["open", "update", "keep", "leave", "postpone", "close", "reopen"]

AFTER_FIX = timedelta(days=1)
"""How long after its merge a fault may still be seen from builds without the fix."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to be done, or not, about one task or draft."""

    deed: Deed
    why: str
    task: PatchTask | None = None
    pull: DraftSeen | None = None
    branch: str = ""

    @property
    def name(self) -> str:
        """The task's id, or the draft's number."""
        return self.task.id if self.task else f"#{self.pull.number}" if self.pull else ""

    @property
    def labels(self) -> frozenset[str]:
        """The labels that the pull request is to have: the task's, and those that people gave it."""
        theirs = {name for name in self.pull.label_names if not is_our_label(name)} if self.pull else set()
        return frozenset(theirs | set(labels_of(self.task))) if self.task else frozenset(theirs)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a run is asked for."""

    everything: bool = False
    """Medium and low too."""
    limit: int = 5
    """How many drafts it may open."""
    complete: Collection[str] = ()
    """The sources whose whole list was read: what is missing there is gone."""
    prune: bool = False


class Known:
    """The pull requests that the intake made, by what their trailers say."""

    def __init__(self, pulls: Iterable[DraftSeen]) -> None:
        ours = sorted((pull for pull in pulls if is_ours(pull)), key=lambda pull: pull.number)
        self.all = ours
        self._by: dict[str, list[DraftSeen]] = {}
        for pull in ours:
            told = read_trailers(pull.body)
            for key in {told["Suture-Task"], told["Suture-Fingerprint"]}:
                self._by.setdefault(key, []).append(pull)

    def of(self, task: PatchTask) -> DraftSeen | None:
        """The task's pull request: an open one before the newest that is closed."""
        found = [*self._by.get(task.fingerprint, ()), *self._by.get(task.id, ())]
        return max(found, key=lambda pull: (pull.state == "open", pull.number), default=None)


def is_ours(pull: DraftSeen) -> bool:
    """Did the intake make it? By its label and its trailers; text inside boxes is no trailer."""
    return LABEL in pull.label_names and {"Suture-Task", "Suture-Fingerprint"} <= read_trailers(pull.body).keys()


def planned(tasks: Sequence[PatchTask], pulls: Iterable[DraftSeen], wish: Wish) -> list[Step]:
    """The steps of a run, the most urgent first."""
    known, room, steps = Known(pulls), wish.limit, []
    touched: set[int] = set()
    for task in sorted(tasks, key=urgency):
        step = step_of(task, known.of(task), wish)
        if step is None:
            continue
        if step.pull and step.deed != "open":
            if step.pull.number in touched:
                continue  # an earlier task has it: both are one by then
            touched.add(step.pull.number)
        if step.deed in ("open", "reopen"):
            room -= 1
            if room < 0:
                why = f"{wish.limit} drafts were opened in this run: it comes with the next"
                step = Step(deed="postpone", why=why, task=task)
        steps.append(step)
    return steps + (list(stale(known, touched, wish)) if wish.prune else [])


def step_of(task: PatchTask, pull: DraftSeen | None, wish: Wish) -> Step | None:
    """The step of one task, given its pull request; None when it is not grave enough to be asked for."""
    if pull is None:
        wanted = wish.everything or task.severity in GRAVE
        return Step(deed="open", why="nobody works on it yet", task=task, branch=branch_of(task)) if wanted else None
    return refreshed(task, pull) if pull.state == "open" else after_end(task, pull)


def after_end(task: PatchTask, pull: DraftSeen) -> Step:
    """The step of a task whose pull request is over: merged, closed by us, or closed by a person."""
    if pull.merged_at is not None:
        if task.last_seen <= pull.merged_at + AFTER_FIX:
            return Step(deed="keep", why=f"#{pull.number} mended it", task=task, pull=pull)
        branch = f"{branch_of(task)}-{pull.number}"
        return Step(deed="open", why=f"it is back since #{pull.number} was merged", task=task, branch=branch)
    if CLOSED_NOTE in read_trailers(pull.body):
        return Step(deed="reopen", why="it is back", task=task, pull=pull, branch=pull.head.ref)
    why = f"#{pull.number} was closed by a person: reopen it to have it kept up to date"
    return Step(deed="leave", why=why, task=task, pull=pull)


def refreshed(task: PatchTask, pull: DraftSeen) -> Step:
    """Bring an open draft up to date, if it is not; one that is marked ready is people's own."""
    if not pull.draft:
        return Step(deed="leave", why=f"#{pull.number} is marked ready: people have taken it on", task=task, pull=pull)
    step = Step(deed="update", why="it was seen again", task=task, pull=pull, branch=pull.head.ref)
    same_text = (pull.title, as_sent(pull.body)) == (title_of(task), as_sent(body_of(task)))
    if same_text and pull.label_names == step.labels:
        return Step(deed="keep", why=f"#{pull.number} says it all", task=task, pull=pull)
    return step


def as_sent(body: str) -> str:
    """A body as it can be compared, whatever line ends a service keeps."""
    return body.replace("\r\n", "\n").strip()


def stale(known: Known, touched: Collection[int], wish: Wish) -> Iterator[Step]:
    """The open drafts whose fault is gone from every source that saw it."""
    for pull in known.all:
        if pull.state != "open" or not pull.draft or pull.number in touched:
            continue
        sources = read_trailers(pull.body).get("Suture-Source", "").split()
        unread = [source for source in sources if source not in wish.complete]
        if unread or not sources:
            told = " and ".join(unread) or "its source"
            yield Step(deed="leave", why=f"#{pull.number}: {told} was not read to its end, so nobody knows", pull=pull)
        else:
            yield Step(deed="close", why=f"{' and '.join(sources)} no longer tells of it", pull=pull)
