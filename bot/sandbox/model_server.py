"""A model behind the Responses API on a loopback port: a script that reads the incident, mends one fault, reports."""

import json
import shlex
import sys
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import JsonValue

from bot.records.proposal import Report
from bot.sandbox.codex_stand_in import DATA_FILE, mended, no_fix
from bot.sandbox.loopback_site import LoopbackSite
from bot.sandbox.planted_fault import BEFORE, FILE, PIECE, REGRESSION_TEST, TEST

Item = dict[str, JsonValue]
SHELLS = ("exec_command", "shell_command", "shell")
"""The names under which the Codex CLI offers its shell, newest first; the last takes an argv."""

MEND = f"""
from pathlib import Path
file = Path({FILE!r})
file.write_text(file.read_text().replace({BEFORE!r}, {BEFORE + PIECE!r}, 1))
Path({TEST!r}).write_text({REGRESSION_TEST!r})
"""


@dataclass
class ModelServer:
    """The model; `asked` holds every request that it got."""

    asked: list[dict[str, JsonValue]] = field(default_factory=list)
    _site: LoopbackSite = field(default_factory=LoopbackSite)

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL would be."""
        return f"{self._site.url}/v1"

    async def start(self, port: int = 0) -> None:
        """Serve on 127.0.0.1."""
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/v1/responses", self._respond)
        await self._site.serve(app, port)

    async def stop(self) -> None:
        """Serve no more."""
        await self._site.close()

    async def _respond(self, request: web.Request) -> web.Response:
        body: dict[str, JsonValue] = await request.json()
        self.asked.append(body)
        number = len(self.asked)
        done: Item = {"id": f"resp_{number}", "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}}
        events: list[Item] = [
            {"type": "response.created", "response": {"id": f"resp_{number}"}},
            {"type": "response.output_item.done", "output_index": 0, "item": next_item(body, number)},
            {"type": "response.completed", "response": done},
        ]
        text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        return web.Response(text=text, content_type="text/event-stream")


def next_item(body: dict[str, JsonValue], number: int) -> Item:
    """What the model does next: read the data, mend, report."""
    said = texts_of(body)
    outputs = outputs_of(body)
    if not outputs:
        named = DATA_FILE.search("\n".join(said))
        return command(body, number, f"cat {shlex.quote(named[1])}") if named else message(no_fix("I saw no data."))
    if len(outputs) == 1:
        if "read_amount" not in outputs[0]:
            return message(no_fix("the data is not about the fault that I know."))
        return command(body, number, f"{shlex.quote(sys.executable)} -I -c {shlex.quote(MEND)} && git diff --stat")
    return message(mended() if FILE in outputs[-1] else no_fix("the file could not be changed."))


def command(body: dict[str, JsonValue], number: int, line: str) -> Item:
    """A call of the shell that the client offers."""
    tools = body.get("tools")
    offered = {str(tool.get("name")) for tool in tools if isinstance(tool, dict)} if isinstance(tools, list) else set()
    name = next((shell for shell in SHELLS if shell in offered), SHELLS[0])
    arguments: dict[str, JsonValue] = (
        {"command": ["sh", "-c", line]} if name == "shell" else {"cmd" if name == SHELLS[0] else "command": line}
    )
    return {
        "type": "function_call",
        "id": f"fc_{number}",
        "call_id": f"call_{number}",
        "name": name,
        "arguments": json.dumps(arguments),
    }


def message(report: Report) -> Item:
    """The last word: a report as JSON."""
    content: list[JsonValue] = [{"type": "output_text", "text": report.model_dump_json(), "annotations": []}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}


def texts_of(body: dict[str, JsonValue]) -> list[str]:
    """Every text that was said to the model."""
    items = body.get("input")
    contents = [item.get("content") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return [str(part["text"]) for part in parts if isinstance(part, dict) and "text" in part]


def outputs_of(body: dict[str, JsonValue]) -> list[str]:
    """What the commands printed so far, in order."""
    items = body.get("input")
    found = items if isinstance(items, list) else []
    return [
        json.dumps(item.get("output"))
        for item in found
        if isinstance(item, dict) and item.get("type") == "function_call_output"
    ]
