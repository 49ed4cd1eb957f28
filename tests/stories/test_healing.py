"""Promise: what the bot can mend without code it mends by itself, in plain sight, and an admin holds the switch."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.healing.playbook import Playbook
from bot.sandbox.sheet_server import SheetServer, fault
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
        assert str(embed["title"]).startswith("ingestion_replay · run_")
        assert "Fault detected" in str(embed)
        assert "Playbook runs" in str(embed)
        assert [row[3] for row in server.rows("ledger")] == ["Item", "lunch"]
        reply = await lab.use(lab.person("ada"), "healing_runs")
        assert "ingestion_replay" in reply.content
        run_id = str(embed["title"]).split()[-1]
        shown = await lab.use(lab.person("ada"), "healing_run", run=run_id)
        assert "retry_ingestion" in str(shown.messages[0].embeds)


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

        assert "No heal begins" in (await lab.use(ada, "healing_pause")).content
        refused = await (await ada.click(rehearsed.messages[0], "Start")).done()
        assert "stopped by ada" in refused.content
        assert "may heal again" in (await lab.use(ada, "healing_resume")).content
        assert "No pause is on" in (await lab.use(ada, "healing_resume", pair="x/y")).content

        assert "database_reconnect" in str((await lab.use(ada, "healing_playbooks")).messages[0].embeds)
        assert "Nothing was verified" in (await lab.use(ada, "healing_trust")).content
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
