"""Promise: what the bot can mend without code it mends by itself, in plain sight, and an admin holds the switch."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.events.catalog import HealingTriggered
from bot.healing.playbook import Playbook
from bot.incident.payload import new_incident_id
from bot.records.playbook_run import PlaybookRun, RunStatus
from bot.records.work_order import Status, advance
from bot.sandbox.discord_view import Message
from bot.sandbox.sheet_server import SheetServer, fault
from tests.factories import NOW, an_incident, an_order
from tests.stories.lab import Lab, open_lab


@asynccontextmanager
async def a_lab_with_a_sheet(folder: Path) -> AsyncIterator[tuple[Lab, SheetServer]]:
    server = SheetServer(folder / "google")
    server.add_spreadsheet("ledger")
    await server.start()
    sheet = {
        "GOOGLE_SERVICE_ACCOUNT_JSON": server.key_file,
        "GOOGLE_SHEET_ID": "ledger",
        "GOOGLE_SHEETS_API_URL": server.url,
    }
    try:
        async with open_lab(folder, **sheet) as lab:
            yield lab, server
    finally:
        await server.stop()


async def card_that_says(lab: Lab, words: str) -> dict[str, object]:
    """The embed of a run's message, once it says this."""

    def look() -> dict[str, object] | None:
        embeds = [embed for message in lab.person("ada").sees("ops") for embed in message.embeds]
        return next((embed for embed in embeds if words in str(embed)), None)

    return await lab.discord.world.events.wait_for(look, f"a message with {words!r}")


async def test_a_lost_write_is_healed_before_everybodys_eyes(tmp_path: Path) -> None:
    async with a_lab_with_a_sheet(tmp_path) as (lab, server):
        server.faults.add(fault(500, path="append"))

        await lab.person("bob").say("ledger", "lunch 12.50")

        embed = await card_that_says(lab, "watching whether the fault stays away")
        assert str(embed["title"]).startswith("inc_")
        assert "Fault detected" in str(embed)
        assert "Playbook running" in str(embed)
        assert [row[3] for row in server.rows("ledger")] == ["Item", "lunch"]
        reply = await lab.use(lab.person("ada"), "healing_runs")
        assert "ingestion_replay" in reply.content
        [run_id] = re.findall(r"ingestion_replay · `(run_\w+)`", str(embed))
        assert len([message for message in lab.person("ada").sees("ops") if run_id in str(message.embeds)]) == 1
        shown = await lab.use(lab.person("ada"), "healing_run", run=run_id)
        assert "retry_ingestion" in str(shown.messages[0].embeds)


STAGES: tuple[tuple[RunStatus, Status | None, str], ...] = (
    ("running", None, "Playbook running"),
    ("awaiting_patch", None, "Needs code: a patch was asked for"),
    ("awaiting_patch", "dispatched", "The coding agent is analysing, usually"),
    ("patch_applied", None, "Patch applied, verifying"),
    ("verified", None, "trust restored"),
)
"""What a run and its order come to, one after the other, and what the card says then."""


async def test_all_stages_of_a_heal_are_told_on_the_incidents_one_card(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as lab:
        face, installation = lab.client.face, lab.client.installation
        installation.cards.pause = installation.heal_cards.pause = 0.02
        place = {"guild_id": lab.discord.guild().id, "channel_id": lab.discord.channel("ops").id}
        await an_earlier_patch(lab, place)
        incident = an_incident(id=new_incident_id())
        await face.store.incidents.add(incident)
        order = await face.repairs.book.create(
            an_order(incident_id=incident.id, id="wo_new", status="staged", created_at=face.clock(), **place)
        )
        face.healing.engine._mine.add("run_20260105_abcdef")  # it is this test that drives it
        run = await face.store.runs.create(
            PlaybookRun(
                id="run_20260105_abcdef", playbook="verification_fix", fingerprint=incident.fingerprint,
                error_type="x", summary="it broke", started_at=face.clock(), incident_id=incident.id,
            )
        )  # fmt: skip
        card = await message_that_says(lab, "Fault detected")

        for status, order_status, words in STAGES:
            if order_status:
                order = await face.repairs.book.save(advance(order, order_status, face.clock(), None))
            elif status != run.status:
                run = await face.store.runs.save(run.step_to(status, face.clock()).evolve(work_order_id=order.id))
                await face.bus.publish(HealingTriggered(run_id=run.id, playbook_id=run.playbook, reason="x"))
            assert (await message_that_says(lab, words)).id == card.id

        shown = str((await message_that_says(lab, "trust restored")).embeds)
        told = [shown.index(words) for _, _, words in STAGES]
        assert sorted(told[:-1]) == told[:-1]
        assert "trust 0.50" in shown
        assert len([message for message in lab.person("ada").sees("ops") if incident.id in str(message.embeds)]) == 1
        assert not [m for m in lab.person("ada").sees("ops") if "verification_fix · run_" in str(m.embeds)]


async def an_earlier_patch(lab: Lab, place: dict[str, int]) -> None:
    """Another order took four minutes from the request to its patch: that is what is usual."""
    face = lab.client.face
    incident = an_incident(id=new_incident_id())
    await face.store.incidents.add(incident)
    began = an_order(incident_id=incident.id, id="wo_new", created_at=NOW, **place)
    order = await face.store.orders.create(began)
    await face.store.orders.save(advance(order, "awaiting_approval", NOW + timedelta(minutes=4), None, run_id=7))


async def message_that_says(lab: Lab, words: str) -> Message:
    """The message in the admins' channel whose embeds say this."""

    def look() -> Message | None:
        return next((m for m in lab.person("ada").sees("ops") if words in str(m.embeds)), None)

    return await lab.discord.world.events.wait_for(look, f"a card with {words!r}")


async def test_a_run_without_an_incident_has_one_message_of_its_own(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as lab:
        ada = lab.person("ada")
        rehearsed = await lab.use(ada, "healing_start", playbook="memory_cleanup")

        await (await ada.click(rehearsed.messages[0], "Start")).done()

        shown = await message_that_says(lab, "memory_cleanup · run_")
        assert str(shown.embeds[0]["title"]).startswith("memory_cleanup · run_")


async def test_an_admin_rehearses_starts_pauses_and_resumes(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as lab:
        ada = lab.person("ada")
        own = Playbook(
            id="worker-2", title="Restart the worker", kind="retry", steps=("reload_cog",), errors=("worker",)
        )
        lab.client.face.healing.engine.shelf.add(own)
        offered = await ada.autocomplete("healing_start", "playbook", "worker", channel="ops")
        assert [choice.value for choice in offered] == ["worker-2"]
        of_host = await lab.use(ada, "healing_start", playbook="worker-2", argument="bot.cogs.ledger")
        assert "is **watching**" in (await (await ada.click(of_host.messages[0], "Start")).done()).content
        rehearsed = await lab.use(ada, "healing_start", playbook="database_reconnect")
        assert "Nothing was done yet" in rehearsed.content
        assert len(await lab.client.face.store.runs.newest()) == 1

        started = await (await ada.click(rehearsed.messages[0], "Start")).done()
        assert "is **watching**" in started.content

        assert "No healing starts" in (await lab.use(ada, "healing_pause")).content
        refused = await (await ada.click(rehearsed.messages[0], "Start")).done()
        assert "stopped by ada" in refused.content
        assert "may heal again" in (await lab.use(ada, "healing_resume")).content
        assert "x/y is not paused" in (await lab.use(ada, "healing_resume", pair="x/y")).content

        assert "database_reconnect" in str((await lab.use(ada, "healing_playbooks")).messages[0].embeds)
        assert "Nothing has been verified" in (await lab.use(ada, "healing_trust")).content
        run = (await lab.client.face.store.runs.newest())[0]
        await lab.client.face.healing.engine.trust.succeeded(run)
        chart = await lab.use(ada, "healing_trust")
        assert "0.80 playbook database_reconnect" in chart.content
        assert chart.messages[0].attachments[0].read().startswith(b"\x89PNG")
        audited = [entry.decision.action for entry in await lab.client.face.store.audit.entries()]
        assert {"heal", "pause_healing", "resume_healing"} <= set(audited)


async def test_who_is_no_admin_any_more_is_offered_no_runs(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as lab:
        ada = lab.person("ada")
        rehearsed = await lab.use(ada, "healing_start", playbook="memory_cleanup")
        await (await ada.click(rehearsed.messages[0], "Start")).done()
        assert await ada.autocomplete("healing_run", "run", "memory", channel="ops")

        lab.client.face.gate.admins = frozenset()

        assert await ada.autocomplete("healing_run", "run", "memory", channel="ops") == []
        assert await ada.autocomplete("healing_resume", "pair", "", channel="ops") == []
