"""The panel under axe, where axe-core is found: in the file that `AXE_CORE` names, or in a node_modules above."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.records.sighting import Sighting
from tests.factories import NOW, an_incident, awaiting_approval
from tests.stories.browser_lab import open_browser
from tests.unit.web.web_lab import KEY, WebLab, open_web_lab

PLACES = [folder / "node_modules/axe-core/axe.min.js" for folder in Path(__file__).parents]
GRAVE = {"serious", "critical"}
VIEWS = ("workflow", "runs", "patches", "incidents", "health", "incidents/inc_aaaaaaaaaaaa/L1")


def axe() -> str:
    """axe-core's script; skips the test where it is not."""
    places = [Path(os.environ["AXE_CORE"])] if "AXE_CORE" in os.environ else PLACES
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        pytest.skip("axe-core is not installed: npm install axe-core, or name its axe.min.js in AXE_CORE")
    return found.read_text(encoding="utf-8")


@asynccontextmanager
async def open_filled_lab(directory: Path) -> AsyncIterator[WebLab]:
    """A bot that has seen something."""
    async with open_web_lab(directory) as lab:
        await awaiting_approval(lab.lab.client.face.store)
        incident = an_incident(id="inc_aaaaaaaaaaaa")
        seen = Sighting(
            fingerprint="a" * 16, incident_id=incident.id, title="lunch", severity="high", sources=frozenset({"log"}),
            count=3, first_seen=NOW, last_seen=NOW,
        )  # fmt: skip
        await lab.lab.client.face.store.sightings.add([seen], [incident])
        yield lab


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
async def test_no_view_has_a_grave_fault(tmp_path: Path, scheme: Any, width: int) -> None:
    script = axe()
    found: dict[str, list[str]] = {}
    async with open_filled_lab(tmp_path) as web, open_browser() as browser:
        page = await browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
        await page.goto(web.url)
        await page.fill("#key", KEY)
        await page.click("form button")
        for view in VIEWS:
            await page.goto(f"{web.url}/#{view}")
            await page.wait_for_selector(f"#tab-{view.partition('/')[0]}[aria-selected=true]")
            await page.wait_for_selector("#main h2")
            await page.evaluate(script)
            told = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found[view] = [fault["id"] for fault in told["violations"] if fault["impact"] in GRAVE]

    assert {view: faults for view, faults in found.items() if faults} == {}
    assert len(found) == len(VIEWS)
