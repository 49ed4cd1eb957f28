"""Discord, GitHub and a model as they answer for a bot that is set up well; a test makes one answer ill."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.doctor.discord_account import MESSAGE_CONTENT_LIMITED
from bot.doctor.discord_server import NEEDED
from bot.doctor.patient import Patient

BOT, GUILD, OPS, LEDGER, ADMIN, ROLE = 900, 2001, 3001, 3002, 1001, 2500
WORKFLOW = "run-name: suture x\non:\n  repository_dispatch:\n    types: [codex_autofix]\n"
COMMANDS = {"debug_logs": "Show lines lines:4:False", "debug_status": "Show state"}
REPO = "/repos/octo/bot"


def registered() -> list[dict[str, Any]]:
    return [
        {"id": "1", "name": "debug_logs", "description": "Show lines", "options": [{"name": "lines", "type": 4}]},
        {"id": "2", "name": "debug_status", "description": "Show state"},
    ]


def a_channel(channel: int, **changes: Any) -> dict[str, Any]:
    fields = {"id": str(channel), "guild_id": str(GUILD), "type": 0, "name": "ops", "permission_overwrites": []}
    return fields | changes


def a_file(text: str) -> dict[str, str]:
    return {"content": base64.b64encode(text.encode()).decode()}


def healthy() -> dict[str, Any]:
    """What is answered to each path."""
    every = sum(NEEDED.values())
    return {
        "/users/@me": {"id": str(BOT), "bot": True},
        "/applications/@me": {"id": str(BOT), "flags": MESSAGE_CONTENT_LIMITED, "bot_public": False},
        "/users/@me/guilds": [{"id": str(GUILD)}],
        "/gateway": {"url": "wss://gateway.test"},
        f"/guilds/{GUILD}/channels": [a_channel(OPS), a_channel(LEDGER, name="lunch")],
        f"/guilds/{GUILD}/members/{ADMIN}": {"user": {"id": str(ADMIN)}},
        f"/guilds/{GUILD}/members/{BOT}": {"roles": [str(ROLE)]},
        f"/guilds/{GUILD}/roles": [
            {"id": str(GUILD), "permissions": "0"},
            {"id": str(ROLE), "permissions": str(every)},
        ],
        f"/channels/{OPS}": a_channel(OPS),
        f"/channels/{LEDGER}": a_channel(LEDGER),
        f"/applications/{BOT}/guilds/{GUILD}/commands": registered(),
        f"/applications/{BOT}/commands": [],
        f"/applications/{BOT}/guilds/{GUILD}/commands/permissions": [],
        REPO: {"full_name": "octo/bot", "default_branch": "main", "permissions": {"push": True, "admin": False}},
        f"{REPO}/contents/.github/workflows/codex-autofix.yml": a_file(WORKFLOW),
        f"{REPO}/actions/workflows/codex-autofix.yml": {"state": "active"},
        f"{REPO}/actions/permissions": {"enabled": True},
        f"{REPO}/actions/permissions/workflow": {
            "default_workflow_permissions": "read",
            "can_approve_pull_request_reviews": True,
        },
        f"{REPO}/actions/secrets": {"secrets": [{"name": "OPENAI_API_KEY"}]},
        f"{REPO}/environments/autofix/secrets": {"secrets": []},
        f"{REPO}/branches/main": {"protected": True},
        f"{REPO}/rules/branches/main": [],
        "/v1/models": {"data": [{"id": "tiny"}]},
        "/api/webhooks/1/x": {"id": "1"},
    }


@dataclass
class Hospital:
    """The server; `answers` maps a path to its JSON, to a status, or to both with headers."""

    answers: dict[str, Any] = field(default_factory=healthy)
    headers: dict[str, str] = field(default_factory=dict)
    date: datetime | None = None
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """One read."""
        told = self.answers.get(request.path, 404)
        status = told if isinstance(told, int) else 200
        body = {"message": f"it is {status}"} if isinstance(told, int) else told
        response = web.json_response(body, status=status, headers=self.headers)
        response.headers["Date"] = format_datetime(self.date or datetime.now(UTC), usegmt=True)
        return response

    def patient(self, folder: Path, **changes: Any) -> Patient:
        """A bot that is set up well on this server."""
        fields: dict[str, Any] = {
            "discord_token": "a.b.c", "discord_api_url": self.url, "admins": frozenset({ADMIN}),
            "debug_channel_id": OPS, "ledger_channel": LEDGER, "commands": COMMANDS,
            "github_token": "github_pat_" + "a", "github_api_url": self.url, "repository": "octo/bot",
            "state_dir": folder, "build": "c" * 40, "port": 8000,
            "model_key": "k", "model_url": f"{self.url}/v1", "model": "tiny",
            "webhooks": {"DISCORD_WEBHOOK_URL": f"{self.url}/api/webhooks/1/x"},
        }  # fmt: skip
        return Patient(**(fields | changes))


@asynccontextmanager
async def a_hospital() -> AsyncIterator[Hospital]:
    """A server of its own."""
    hospital, app = Hospital(), web.Application()
    app.router.add_get("/{path:.*}", hospital.answer)
    async with TestServer(app) as server:
        hospital.url = str(server.make_url("")).rstrip("/")
        yield hospital
