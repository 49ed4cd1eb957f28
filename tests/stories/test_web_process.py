"""Promise: a real bot process answers the documented curl commands, and its health check whoever holds connections."""

import asyncio
import json
import re
import resource
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stories.lab import open_discord, wait_until_synced
from tests.stories.test_process import ROOT, environment, started

KEY = "admin-" + "k" * 24
FEW = 96


def documented() -> list[str]:
    """The curl commands of docs/api.md."""
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(curl .*?)```", text, re.DOTALL)
    return [command for block in blocks for command in block.strip().split("\n\n")]


async def run(command: str, port: int, **variables: str) -> dict[str, Any]:
    """What a command of the documents answers."""
    here = command.replace("curl ", "curl -sS --fail-with-body ", 1).replace("localhost:8000", f"127.0.0.1:{port}")
    asked = await asyncio.create_subprocess_exec(
        "sh", "-ec", here,
        env={"PATH": "/usr/bin:/bin", **variables}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asked.communicate()
    assert asked.returncode == 0, (command, out, err)
    told: dict[str, Any] = json.loads(out)
    return told


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: apt install curl")
async def test_the_documented_commands_run_as_written(tmp_path: Path, unused_tcp_port: int) -> None:
    port = unused_tcp_port
    async with open_discord(tmp_path) as discord:
        env = environment(discord, tmp_path, WEB_ENABLED="true", WEB_ADMIN_KEY=KEY, PORT=str(port))
        async with started(tmp_path, env):
            await wait_until_synced(discord)
            heals, escalates, lists, completes = documented()

            healed = await run(heals, port, KEY=KEY)
            escalated = await run(escalates, port, KEY=KEY)
            order = str(escalated["work_order_id"])
            listed = await run(lists, port, KEY=KEY)
            completed = await run(completes, port, KEY=KEY, ORDER=order)

    assert (healed["success"], healed["escalated_to_coding"], healed["work_order_id"]) == (True, False, None)
    assert (escalated["success"], escalated["escalated_to_coding"]) == (True, True)
    assert re.fullmatch(r"wo_\d{8}_\d{4}", order)
    assert [each["work_order_id"] for each in listed["work_orders"]] == [order]
    assert (completed["success"], completed["self_healing_resumed"]) == (False, False)
    assert order in str(completed["message"])


@pytest.mark.parametrize("served", [{"WEB_ENABLED": "true", "WEB_ADMIN_KEY": KEY}, {}], ids=["web", "health alone"])
async def test_five_hundred_idle_connections_leave_room_for_a_health_check(
    tmp_path: Path, unused_tcp_port: int, served: dict[str, str]
) -> None:
    port = unused_tcp_port
    async with open_discord(tmp_path) as discord:
        env = environment(discord, tmp_path, PORT=str(port), **served)
        async with started(tmp_path, env) as process, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await wait_until_synced(discord)
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (FEW, FEW))
            slow = "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"
            held = [await holding(port, ("", "GET /heal", slow)[number % 3]) for number in range(500)]
            told = [(await client.get("/healthz", headers={"Connection": "close"})).status_code for _ in range(5)]
            asked = await client.get("/patches/stats", headers={"X-API-Key": KEY})
            for writer in held:
                writer.transport.abort()

    assert told == [200] * 5
    assert asked.status_code == (200 if served else 404)


async def holding(port: int, words: str) -> asyncio.StreamWriter:
    """A connection that says this and nothing more."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words.encode())
    return writer
