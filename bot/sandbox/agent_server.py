"""A coding agent behind an address, on this machine: it follows a script, knows repeated requests, keeps a journal."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, JsonValue, ValidationError

from bot.sandbox.github_faults import Fault, FaultQueue
from bot.sandbox.loopback_site import LoopbackSite

Script = Literal[
    "immediate",  # the diff comes with the answer to open_issue
    "slow",  # "submitted" first; the diff shows in `status` once `finish` was called
    "no_fix",
    "early_pull",  # a pull request at once, without anybody's approval
    "missing_pull",  # says "published" and gives no pr_url
    "submitted_only",  # "submitted", and nothing ever after: it knows no `status`
    "changed",  # after approval its diff is another, and it says so
    "other_diff",  # after approval it publishes another diff, and its answer shows it
]
Answer = dict[str, JsonValue]
REPORT: Answer = {
    "diagnosis": "float() does not take a comma",
    "root_cause": "the amount is read with float()",
    "files_examined": ["bot/ledger/amount.py"],
    "fix": "take the comma as the decimal mark",
    "pr_title": "Read amounts with a comma",
    "pr_body": "The comma is a decimal mark.",
    "confidence": "high",
}
DIFF = (
    "diff --git a/bot/ledger/amount.py b/bot/ledger/amount.py\nindex 1111111..2222222 100644\n"
    "--- a/bot/ledger/amount.py\n+++ b/bot/ledger/amount.py\n@@ -1 +1 @@\n-return float(text)\n+return read(text)\n"
)
ERRORS: Mapping[int, str] = {401: "unknown key", 500: "the agent broke", 429: "slow down", 503: "closed for today"}


class Asked(BaseModel):
    """One request as the agent got it."""

    action: str
    payload: dict[str, JsonValue]
    key: str | None
    authorization: str | None
    status: int = 200
    is_repeated: bool = False


class Kept(BaseModel):
    """What the agent knows after a restart."""

    answers: dict[str, Answer] = {}
    """Idempotency key → the answer it got, and gets again."""
    finished: list[str] = []
    pulls: list[str] = []
    """The incidents of its pull requests, in order."""


def agent_fault(status: int) -> Fault:
    """The next request is refused with this status."""
    body = json.dumps({"message": ERRORS.get(status, "no")})
    return Fault(method="POST", path="/agent", status=status, body=body, headers={"Content-Type": "application/json"})


def agent_garbage(body: str = "<html>") -> Fault:
    """The next request is answered with this text, as if it were JSON."""
    return Fault(method="POST", path="/agent", status=200, body=body, headers={"Content-Type": "application/json"})


def agent_hang(seconds: float = 60.0) -> Fault:
    """The next request gets its answer only after so long."""
    return Fault(method="POST", path="/agent", hold_seconds=seconds)


@dataclass
class AgentServer:
    """The agent; all it knows lies in `directory`, and a new server there goes on with it."""

    directory: Path
    _: KW_ONLY
    script: Script = "immediate"
    api_key: str | None = None
    repository: str = "suture-lab/suture"
    base_sha: str = "b" * 40
    diff: str = DIFF
    faults: FaultQueue = field(default_factory=FaultQueue)

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._file = self.directory / "agent.json"
        self._kept = Kept.model_validate_json(self._file.read_text("utf-8")) if self._file.exists() else Kept()
        self._log = self.directory / "journal.jsonl"
        self._closing = asyncio.Event()
        self._site = LoopbackSite()

    @property
    def url(self) -> str:
        """The server's root."""
        return self._site.url

    async def start(self, port: int = 0) -> None:
        """Serve on 127.0.0.1 (port 0: any that is free). Raises OSError when the port is taken."""
        app = web.Application()
        app.router.add_post("/agent", self._pass)
        self._closing.clear()
        await self._site.serve(app, port)

    async def stop(self) -> None:
        """Serve no more; who hangs is let go."""
        self._closing.set()
        await self._site.close()

    @property
    def endpoint(self) -> str:
        """The address for DEBUG_AGENT_ENDPOINT."""
        return f"{self.url}/agent"

    @property
    def journal(self) -> list[Asked]:
        """Every request that was read so far, also by earlier servers on this directory."""
        lines = self._log.read_text("utf-8").splitlines() if self._log.exists() else []
        return [Asked.model_validate_json(line) for line in lines]

    @property
    def work(self) -> list[str]:
        """What it really did: the keys of all requests that were not repeated ones."""
        return list(self._kept.answers)

    @property
    def pulls(self) -> list[str]:
        """The addresses of its pull requests."""
        return [self._pull_url(number) for number in range(1, len(self._kept.pulls) + 1)]

    def finish(self, incident_id: str) -> None:
        """Let the slow one be done with this incident."""
        self._kept.finished.append(incident_id)
        self._save()

    def _save(self) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(self._kept.model_dump_json(), encoding="utf-8")
        draft.replace(self._file)

    def _pull_url(self, number: int) -> str:
        return f"{self.url}/{self.repository}/pull/{number}"

    async def _pass(self, request: web.Request) -> web.Response:
        fault = self.faults.take(request.method, request.path, "")
        if fault and fault.hold_seconds:
            await self._hold(fault.hold_seconds)
        if fault and fault.drop == "before":
            hang_up(request)
            return web.Response(status=500)
        if fault and fault.status is not None:
            body = fault.body.encode() if isinstance(fault.body, str) else fault.body
            return web.Response(status=fault.status, body=body, headers=fault.headers)
        response = await self._answer(request)
        if fault and fault.drop == "after":
            hang_up(request)
        return response

    async def _hold(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    async def _answer(self, request: web.Request) -> web.Response:
        headers = {"key": request.headers.get("Idempotency-Key"), "authorization": request.headers.get("Authorization")}
        try:
            asked = Asked.model_validate({**json.loads(await request.read()), **headers})
        except (ValueError, TypeError, ValidationError):
            return refused(400, "not a request of the contract")
        if self.api_key and asked.authorization != f"Bearer {self.api_key}":
            return self._noted(asked, refused(401, ERRORS[401]))
        if asked.key in self._kept.answers:
            asked = asked.model_copy(update={"is_repeated": True})
        return self._noted(asked, self._act(asked, str(asked.payload.get("incident_id", ""))))

    def _act(self, asked: Asked, incident_id: str) -> web.Response:
        if asked.is_repeated:
            return web.json_response(self._kept.answers[asked.key or ""])
        match asked.action:
            case "open_issue":
                return self._done(asked, self._opened(incident_id))
            case "confirm_fix":
                return self._confirmed(asked, incident_id)
            case "status" if self.script != "submitted_only":
                return web.json_response(self._status(asked, incident_id))
        return refused(422, f"unknown action {asked.action!r}")

    def _noted(self, asked: Asked, response: web.Response) -> web.Response:
        with self._log.open("a", encoding="utf-8") as journal:
            journal.write(asked.model_copy(update={"status": response.status}).model_dump_json() + "\n")
        return response

    def _done(self, asked: Asked, answer: Answer) -> web.Response:
        self._kept.answers[asked.key or f"no key {len(self._kept.answers)}"] = answer
        self._save()
        return web.json_response(answer)

    def _opened(self, incident_id: str) -> Answer:
        match self.script:
            case "slow" | "submitted_only":
                return {"incident_id": incident_id, "status": "submitted", "pr_url": None}
            case "early_pull":
                return {"incident_id": incident_id, "status": "submitted", "pr_url": self._open_pull(incident_id)}
            case "no_fix":
                return {
                    "incident_id": incident_id,
                    "status": "no_fix",
                    "reason": "the fault is in the service it calls",
                }
        return self._proposal(incident_id)

    def _proposal(self, incident_id: str) -> Answer:
        return {
            "incident_id": incident_id,
            "status": "proposed",
            "diff": self.diff,
            "report": REPORT,
            "base_sha": self.base_sha,
            "proof": {"level": 2, "reasons": ["3 passed"]},
        }

    def _status(self, asked: Asked, incident_id: str) -> Answer:
        key = f"{incident_id}/{asked.payload.get('of')}/{asked.payload.get('attempt')}"
        answer = self._kept.answers.get(key)
        if answer is None:
            return {"incident_id": incident_id, "status": "unknown"}
        if self.script == "slow" and asked.payload.get("of") == "open_issue":
            is_done = incident_id in self._kept.finished
            return self._proposal(incident_id) if is_done else {**answer, "status": "running", "progress": "reading"}
        return answer

    def _confirmed(self, asked: Asked, incident_id: str) -> web.Response:
        other = hashlib.sha256(b"another diff").hexdigest()
        held = other if self.script == "changed" else hashlib.sha256(self.diff.encode()).hexdigest()
        if (asked.payload.get("diff_sha256"), asked.payload.get("base_sha")) != (held, self.base_sha):
            return refused(409, "the diff is not the one that was approved")
        answer: Answer = {"incident_id": incident_id, "status": "published"}
        if self.script != "missing_pull":
            answer["pr_url"] = self._open_pull(incident_id)
        if self.script == "other_diff":
            answer["diff_sha256"] = other
        return self._done(asked, answer)

    def _open_pull(self, incident_id: str) -> str:
        self._kept.pulls.append(incident_id)
        return self._pull_url(len(self._kept.pulls))


def refused(status: int, message: str) -> web.Response:
    """A refusal with its words."""
    return web.json_response({"message": message}, status=status)


def hang_up(request: web.Request) -> None:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
