"""The API asked whatever its OpenAPI document allows, and what it does not; `SOAK_REQUESTS` says how often."""

import asyncio
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.web import access
from tests.factories import awaiting_approval
from tests.unit.web.web_lab import KEY, open_web_lab

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "3"))
"""Random ones of each route, beside those at each edge of the document."""
PHASES = "coverage,fuzzing,stateful" if REQUESTS > 100 else "coverage,fuzzing"
PROGRAM = "from schemathesis.cli import schemathesis; schemathesis()"
ENDLESS = "/events/stream"


@pytest.mark.skipif(not find_spec("schemathesis"), reason="schemathesis is not installed: `make soak` brings it")
async def test_every_answer_is_one_that_the_document_tells_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "BURST", 1e9)
    async with open_web_lab(tmp_path) as web:
        await awaiting_approval(web.lab.client.face.store)
        whom = [f"{web.url}/openapi.json", "--url", web.url, "--header", f"Authorization: Bearer {KEY}"]
        how = ["--phases", PHASES, "--max-examples", str(REQUESTS), "--generation-deterministic", "--no-color"]
        asked = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, "run", *whom, *how, "--exclude-path", ENDLESS,
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await asked.communicate()

    assert asked.returncode == 0, told.decode()[-6000:]
    made = re.search(rb"(\d+) generated", told)
    assert made
    assert int(made[1]) > 300
