"""The sandbox GitHub's webhooks: what happens is told to an address, signed, as GitHub does; nothing is sent again."""

import asyncio
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable

import aiohttp
from pydantic import JsonValue

from bot.sandbox.github_records import GitHubEvent
from bot.sandbox.github_server import GitHubServer

SECONDS = 5.0
ACTIONS = {"pull_opened": "opened", "pull_closed": "closed", "pull_merged": "closed", "pull_ready": "ready_for_review"}
RUNS = {"run_queued": "requested", "run_started": "in_progress", "run_finished": "completed"}


class HookSender:
    """Tells one address of one repository's pull requests and runs."""

    def __init__(self, github: GitHubServer, secret: str, address: Callable[[], str | None]) -> None:
        self._github = github
        self._secret = secret.encode()
        self._address = address
        self._task: asyncio.Task[None] | None = None
        self.delivered: list[tuple[str, int]] = []
        """Event and the status that it was answered with; 0: nobody answered."""

    def start(self) -> None:
        """Tell what happens from now on."""
        self._task = asyncio.create_task(self._follow(), name="github hooks")

    async def stop(self) -> None:
        """Tell no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        events = self._github.subscribe()
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as client:
                while True:
                    told = self.describe(await events.get())
                    if told is not None and (address := self._address()):
                        await self._deliver(client, address, *told)
        finally:
            self._github.unsubscribe(events)

    def describe(self, event: GitHubEvent) -> tuple[str, JsonValue] | None:
        """The webhook's event name and payload, or None for what GitHub does not tell."""
        if event.kind in RUNS:
            run = next((each for each in self._github.runs if each.id == event.run_id), None)
            if run is None:
                return None
            shown: JsonValue = {"id": run.id, "display_title": run.display_title, "head_branch": run.head_branch}
            return "workflow_run", {"action": RUNS[event.kind], "workflow_run": shown}
        if not event.kind.startswith("pull_"):
            return None
        number = int(event.detail.partition(" ")[0].removeprefix("#"))
        pull = next(each for each in self._github.pulls if each.number == number)
        about: JsonValue = {"number": number, "head": {"ref": pull.head_branch, "sha": pull.head_sha}}
        if event.kind == "pull_reviewed":
            return "pull_request_review", {"action": "submitted", "pull_request": about}
        return "pull_request", {"action": ACTIONS.get(event.kind, "edited"), "pull_request": about}

    async def _deliver(self, client: aiohttp.ClientSession, address: str, event: str, payload: JsonValue) -> None:
        body = json.dumps(payload).encode()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest(),
        }
        try:
            async with client.post(address, data=body, headers=headers) as answer:
                self.delivered.append((event, answer.status))
        except (aiohttp.ClientError, TimeoutError):
            self.delivered.append((event, 0))
