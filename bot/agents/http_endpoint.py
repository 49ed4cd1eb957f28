"""A coding agent behind an address: asked by one POST per step, each with a key by which a repeated one is known.

What it answers is kept in the store before anything is made of it, so that a restart loses no answer; an answer that
says "later" is followed by the action `status`, and a request that left no trace is sent again with the same key.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.agents.agent import (
    AgentRefused,
    AgentUnavailable,
    Failed,
    NotSeen,
    OutcomeUnknown,
    Sighting,
    Working,
)
from bot.agents.endpoint_reply import Reply, ReplyMalformed, proposed, published, read_reply
from bot.agents.translation import in_our_words, phase_of
from bot.apis import http
from bot.incident.payload import Incident, encoded, fitted
from bot.records.store import Notes, StoreUnavailable
from bot.records.work_order import Phase, WorkOrder

SECONDS = 15.0
LONGEST_WORK = timedelta(hours=2)
"""How long an agent may say that it is at work."""
SERVICE = "The coding agent"
ACTIONS: Mapping[Phase, str] = {"propose": "open_issue", "publish": "confirm_fix"}
KNOWS_NO_STATUS = (400, 404, 405, 422, 501)
REMEDIES = {
    401: "DEBUG_AGENT_API_KEY is missing or wrong.",
    403: "DEBUG_AGENT_API_KEY may not do this.",
    404: "Check DEBUG_AGENT_ENDPOINT.",
    405: "DEBUG_AGENT_ENDPOINT takes no POST: check it.",
}


@dataclass(frozen=True)
class Endpoint:
    """Where the agent is, and the repository (`owner/repo`) that its pull requests must be in, if that is known."""

    url: str
    repository: str | None = None


class HttpEndpoint:
    """Proposes and publishes by two POSTs; the agent does the rest, and is believed only what can be checked."""

    name = "endpoint"

    def __init__(self, door: http.Http, endpoint: Endpoint, notes: Notes, clock: Callable[[], datetime]) -> None:
        self._http = door
        self._endpoint = endpoint
        self._notes = notes
        self._clock = clock
        self.off: str | None = None

    def request(self, order: WorkOrder, incident: Incident) -> bytes:
        """The body of `open_issue`: the incident, its context also under the seeds' flat names."""
        payload = fitted(incident).model_dump(mode="json")
        return encoded(
            {"action": "open_issue", "payload": {**payload["context"], **payload, "incident_id": incident.id}}
        )

    async def propose(self, order: WorkOrder, incident: Incident) -> None:
        """Ask for a patch; an answer that holds it already is kept."""
        await self._ask_and_keep(order, "propose", self.request(order, incident))

    async def publish(self, order: WorkOrder) -> None:
        """Tell the agent that exactly this diff on exactly this base was approved."""
        approved = {"incident_id": order.incident_id, "diff_sha256": order.diff_sha256, "base_sha": order.base_sha}
        await self._ask_and_keep(order, "publish", encoded({"action": "confirm_fix", "payload": approved}))

    async def look(self, order: WorkOrder) -> Sighting:
        """The kept answer, or what the agent says now; the contract has no word for what becomes of a pull request."""
        if order.status == "pr_open":
            return NotSeen()
        try:
            seen = await self._look(order, phase_of(order))
        except OutcomeUnknown as error:
            raise AgentUnavailable(str(error)) from error
        except StoreUnavailable as error:
            raise AgentUnavailable(f"The agent's answer cannot be read. {error}") from error
        if isinstance(seen, Working) and order.sent_at and self._clock() - order.sent_at > LONGEST_WORK:
            hours = LONGEST_WORK.total_seconds() / 3600
            return Failed(seen.url, f"The agent has been “{seen.progress}” for over {hours:g} hours: it is given up.")
        return seen

    async def look_around(self) -> str:
        """Is the agent there, and does it take our key? Raises AgentRefused, AgentUnavailable, OutcomeUnknown."""
        with in_our_words(SERVICE, REMEDIES):
            try:
                await self._post(status_of("none", "propose", 0))
            except http.Answered as error:
                if error.status not in KNOWS_NO_STATUS:
                    raise
                return f"something answers there ({error.status}): an agent without `status`, or a wrong address"
        return "the agent answers"

    async def _ask_and_keep(self, order: WorkOrder, phase: Phase, body: bytes) -> None:
        with in_our_words(SERVICE, REMEDIES):
            answer = await self._post(body, key_of(order, phase))
        try:
            reply = read_reply(answer.body, order)
            await self._notes.write({note_of(order, phase): reply.model_dump_json()})
        except ReplyMalformed as error:
            raise OutcomeUnknown(f"The coding agent's answer is not one of the contract: {error}.") from error
        except StoreUnavailable as error:
            raise OutcomeUnknown(f"The coding agent's answer could not be kept. {error}") from error

    async def _post(self, body: bytes, key: str | None = None) -> http.Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._http.send("POST", self._endpoint.url, content=body, headers=headers)
        except TimeoutError as error:
            raise http.OutcomeUnknown(f"{SERVICE} did not answer within {SECONDS:g} seconds.") from error
        except http.Answered as error:
            if error.status < 300:
                raise http.OutcomeUnknown(f"{SERVICE}'s answer cannot be read: {error.message}.") from error
            raise
        if answer.status >= 300:
            raise http.Answered(answer.status, "it redirects, which is not followed: check DEBUG_AGENT_ENDPOINT")
        return answer

    async def _look(self, order: WorkOrder, phase: Phase) -> Sighting:
        note = await self._notes.read(note_of(order, phase))
        kept = Reply.model_validate_json(note) if note else None
        if kept and kept.is_settled(phase):
            return self._meaning(kept, order, phase)
        with in_our_words(SERVICE, REMEDIES):
            try:
                answer = await self._post(status_of(order.incident_id, phase, order.attempt))
            except http.Answered as error:
                if error.status not in KNOWS_NO_STATUS:
                    raise
                return silent(kept, error)
        try:
            return self._meaning(read_reply(answer.body, order), order, phase)
        except ReplyMalformed as error:
            raise AgentRefused(f"{SERVICE}'s answer is not one of the contract: {error}.") from error

    def _meaning(self, reply: Reply, order: WorkOrder, phase: Phase) -> Sighting:
        return published(reply, order, self._endpoint.repository) if phase == "publish" else proposed(reply, order)


def silent(kept: Reply | None, error: http.Answered) -> Sighting:
    """An agent that tells nothing more: what it took is never to be had; what it never took may be sent again."""
    if kept is None:
        return NotSeen()
    return Failed(
        kept.link,
        f"The agent took the request (“{kept.status}”), gave no diff or pr_url with it, and says no more: "
        f"to the action `status` it {error}. Look at the agent itself.",
    )


def status_of(incident_id: str, phase: Phase, attempt: int) -> bytes:
    """The body that asks what became of a request; it changes nothing, so it needs no key."""
    return encoded(
        {"action": "status", "payload": {"incident_id": incident_id, "of": ACTIONS[phase], "attempt": attempt}}
    )


def key_of(order: WorkOrder, phase: Phase) -> str:
    """By what the agent knows a repeated request: incident, action and attempt."""
    return f"{order.incident_id}/{ACTIONS[phase]}/{order.attempt}"


def note_of(order: WorkOrder, phase: Phase) -> str:
    """The name under which the answer to a request is kept."""
    return f"agent:{key_of(order, phase)}"


def headers_of(api_key: str | None) -> dict[str, str]:
    """The headers of every request; Bearer only when there is a key."""
    return {"Authorization": f"Bearer {api_key}"} if api_key else {}
