"""A deploy that an admin asks for: of exactly the newest commit, written down first, begun once, and followed."""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.apis.http import Answered, ApiError, OutcomeUnknown
from bot.records.store import Notes
from bot.repair.decisions import Decisions
from bot.repair.rules import RepairRefused

if TYPE_CHECKING:
    from bot.apis.github import GitHub
    from bot.apis.railway import Deployment, Railway

NOTE = "deploy"
LOOKS = 12
"""How often a deploy whose answer was lost is looked for, before it is asked for again."""
ENDS = frozenset({"SUCCESS", "SLEEPING", "FAILED", "CRASHED", "SKIPPED", "REMOVED"})
LIVE = frozenset({"SUCCESS", "SLEEPING"})
REMEDIES = {
    "not authorized": "RAILWAY_API_TOKEN is wrong, expired or of another project: make a new one.",
    "not found": "Are RAILWAY_SERVICE_ID and RAILWAY_ENVIRONMENT_ID those of the service, and is it connected to "
    "GITHUB_REPO?",
}

log = logging.getLogger(__name__)


class Deploy(BaseModel):
    """A deploy that was begun, as it is kept over restarts; the newest one alone."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    id: str
    commit: str
    asked_by: int
    channel_id: int
    message_id: int
    status: str = "QUEUED"

    @property
    def is_over(self) -> bool:
        """Did it come to its end?"""
        return self.status in ENDS

    @property
    def is_live(self) -> bool:
        """Did it end with the commit being live?"""
        return self.status in LIVE


@dataclass(frozen=True)
class Candidate:
    """What would be deployed."""

    commit: str
    title: str
    service: str
    is_running: bool


@dataclass(frozen=True)
class Deploys:
    """The door to Railway."""

    railway: "Railway | None"
    github: "GitHub | None"
    notes: Notes
    decisions: Decisions
    build: str
    off: str | None = None
    """Why nothing can be deployed from here, as a sentence."""
    pause: float = 5.0
    """Seconds between two looks."""
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def _parts(self) -> "tuple[Railway, GitHub]":
        if self.railway is None or self.github is None:
            raise RepairRefused(self.off or "Nothing can be deployed from here.")
        return self.railway, self.github

    async def candidate(self) -> Candidate:
        """The newest commit of the default branch. Raises RepairRefused."""
        railway, github = self._parts()
        with in_sentences():
            head = await github.head()
        return Candidate(head.sha, head.title, railway.place.service_id, same(self.build, head.sha))

    async def begin(self, commit: str, person: int) -> str:
        """Deploy this commit if it is the newest; its deployment's id. Raises RepairRefused, StoreUnavailable."""
        railway, _ = self._parts()
        newest = await self.candidate()
        if newest.commit != commit:
            raise RepairRefused(
                f"{commit[:12]} is not the newest commit any more, {newest.commit[:12]} is: use /deploy_latest again."
            )
        async with self._busy, self.decisions.deciding("deploy", person, newest.service, commit=commit):
            with in_sentences():
                known = await railway.deployments()
                refuse_doubled(known, commit)
                deployment_id = await self._begun(railway, commit, {each.id for each in known})
        log.info("deploying %s", commit[:12], extra={"action": "deploy_begun", "deployment": deployment_id})
        return deployment_id

    async def _begun(self, railway: "Railway", commit: str, known: set[str]) -> str:
        """Send it once; when the answer gets lost, look whether it arrived before it is sent once more."""
        try:
            return await railway.deploy(commit)
        except (OutcomeUnknown, Answered) as error:
            if isinstance(error, Answered) and error.status < 500:
                raise
            log.warning("a deploy's answer was lost: %s", error, extra={"action": "deploy_answer_lost"})
        for _ in range(LOOKS):
            await asyncio.sleep(self.pause)
            if found := await self._found(railway, commit, known):
                return found
        return await railway.deploy(commit)

    @staticmethod
    async def _found(railway: "Railway", commit: str, known: set[str]) -> str | None:
        try:
            now = await railway.deployments()
        except ApiError:
            return None  # then the next look tells
        return next((each.id for each in now if each.id not in known and each.meta.commit == commit), None)

    async def keep(self, deploy: Deploy) -> None:
        """Remember it over restarts. Raises StoreUnavailable."""
        await self.notes.write({NOTE: deploy.model_dump_json()})

    async def unfinished(self) -> Deploy | None:
        """The deploy that was begun before a restart and not seen to its end. Raises StoreUnavailable."""
        kept = await self.notes.read(NOTE)
        try:
            deploy = Deploy.model_validate_json(kept) if kept else None
        except ValidationError:
            return None  # of another version
        return None if deploy is None or deploy.is_over else deploy

    async def look(self, deploy: Deploy) -> Deploy:
        """The deploy as it is now. Raises RepairRefused when Railway refuses the question; what passes, passes."""
        railway, _ = self._parts()
        try:
            seen: Deployment = await railway.deployment(deploy.id)
        except Answered as error:
            if error.may_pass:
                return deploy
            raise RepairRefused(sentence_of(error)) from error
        except ApiError:
            return deploy
        return deploy.model_copy(update={"status": seen.status})


def refuse_doubled(known: "Iterable[Deployment]", commit: str) -> None:
    """Raises RepairRefused when this commit is on its way: a second click would restart the bot once more."""
    for each in known:
        if each.meta.commit == commit and each.status not in ENDS:
            raise RepairRefused(
                f"{commit[:12]} is being deployed already ({each.status}): wait for its end, or cancel it on Railway."
            )


def same(build: str, commit: str) -> bool:
    """Is this the build of that commit? A build may be told in short."""
    return len(build) >= 7 and commit.startswith(build)


@contextmanager
def in_sentences() -> Iterator[None]:
    """Turn a service's errors into a refusal that says what to mend."""
    try:
        yield
    except ApiError as error:
        raise RepairRefused(sentence_of(error)) from error


def sentence_of(error: ApiError) -> str:
    """What a service said, and the remedy where there is one."""
    if not isinstance(error, Answered):
        return str(error)
    remedy = next((told for words, told in REMEDIES.items() if words in error.message.casefold()), "")
    if error.retry_after is not None:
        remedy = f"Its limit is spent: try again in {max(int(error.retry_after), 1)} s."
    said = error.message if error.status == 200 else str(error)
    return f"The service refused: {said}. {remedy}".strip()
