"""Promise: admins read logs and state in Discord, and a fault is answered with an id that finds it in the log."""

import json
import logging
import sqlite3

import pytest

from tests.stories.lab import open_lab


async def test_logs_come_as_a_preview_and_a_file_for_the_admin_alone(tmp_path):
    async with open_lab(tmp_path) as lab:
        reply = await lab.use(lab.person("ada"), "debug_logs", lines=50)

        (message,) = reply.messages
        assert message.ephemeral
        assert len(message.content) <= 2000
        (file,) = message.attachments
        assert file.filename == "logs.txt"
        lines = file.read().decode().splitlines()
        assert lines
        assert all({"ts", "level", "logger", "msg"} <= json.loads(line).keys() for line in lines)


async def test_an_error_in_the_ledger_is_answered_with_an_id_that_finds_its_log_lines(tmp_path, monkeypatch):
    def break_down(text):
        raise RuntimeError("the sheet fell apart")

    monkeypatch.setattr("bot.ledger.sheet.parse", break_down)
    async with open_lab(tmp_path) as lab:
        await lab.person("bob").say("ledger", "lunch 12.50")
        answer = await lab.discord.world.events.wait_for(
            lambda: next((m for m in lab.person("ada").sees("ledger") if "inc_" in m.content), None), "an answer"
        )
        incident_id = answer.content.split("`")[1]
        assert "/debug" not in answer.content

        reply = await lab.use(lab.person("ada"), "debug_logs", contains=incident_id)

        (line,) = reply.messages[0].attachments[0].read().decode().splitlines()
        told = json.loads(line)
        assert told["incident_id"] == incident_id
        assert told["user"] == "bob"
        assert told["user_id"] == lab.person("bob").id
        assert "the sheet fell apart" in told["exception"]


async def test_status_tells_build_environment_what_was_looked_at_and_what_is_off(tmp_path):
    async with open_lab(tmp_path, GIT_SHA="a" * 40, BOT_ENV="trial") as lab:
        reply = await lab.use(lab.person("ada"), "debug_status")

        (message,) = reply.messages
        (embed,) = message.embeds
        told = {field["name"]: field["value"] for field in embed["fields"]}
        assert "a" * 40 in told["Build"]
        assert told["Environment"] == "trial"
        assert "**Store** 🟢" in embed["description"]
        assert "DISPATCH" in embed["description"]
        assert "OPENAI" in embed["description"]
        (chart,) = message.attachments
        assert chart.read().startswith(b"\x89PNG")
        assert "Log lines per minute" in (chart.description or "")

        details = await (await lab.person("ada").click(message, "Details")).done()
        assert "Orders" in str(details.messages[0].embeds)
        assert details.ephemeral


async def test_a_store_that_fails_is_a_red_light_and_the_status_still_comes(tmp_path):
    async with open_lab(tmp_path) as lab:
        other = sqlite3.connect(tmp_path / "state" / "suture.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")

        reply = await lab.use(lab.person("ada"), "debug_status")

        other.close()
        assert "**Store** 🔴" in reply.messages[0].embeds[0]["description"]


async def test_the_log_is_turned_page_by_page_and_filtered_by_level(tmp_path):
    async with open_lab(tmp_path) as lab:
        for number in range(60):
            logging.getLogger("bot.trial").warning("line %03d %s", number, "." * 100)
        ada = lab.person("ada")
        reply = await lab.use(ada, "debug_logs", contains="bot.trial")
        (message,) = reply.messages
        assert "line 059" in message.content
        assert "page 1 of" in message.content

        await (await ada.click(message, "Older")).first()
        (older,) = reply.messages
        assert "page 2 of" in older.content
        assert "line 059" not in older.content
        levels = older.components[-1].custom_id or ""

        await (await ada.select(older, levels, "ERROR")).first()
        assert "No logs available" in reply.messages[0].content

        await (await ada.select(reply.messages[0], levels, "WARNING")).first()
        everything = await (await ada.click(reply.messages[0], "All of it")).done()
        assert len(everything.messages[0].attachments[0].read().decode().splitlines()) == 60


async def test_without_a_summary_a_form_comes_that_knows_the_newest_error(tmp_path):
    async with open_lab(tmp_path) as lab:
        try:
            raise RuntimeError("the sheet fell apart")
        except RuntimeError:
            logging.getLogger("bot.trial").exception("it broke")
        ada = lab.person("ada")

        form = (await (await ada.slash("debug_open_issue", channel="ops")).first()).modal
        assert form is not None
        assert "the sheet fell apart" in form.inputs[0].value
        opened = await (await ada.submit(form, {"What went wrong?": "the sheet, again"})).done()

        assert "Staged only" in opened.content
        (order,) = await lab.client.face.store.orders.newest()
        assert order.summary == "the sheet, again"


async def test_without_an_agent_an_issue_is_only_staged_and_says_so(tmp_path):
    async with open_lab(tmp_path) as lab:
        reply = await lab.use(lab.person("ada"), "debug_open_issue", summary="it hurts")

        assert "Staged only" in reply.messages[0].content
        (order,) = await lab.client.face.store.orders.newest()
        assert order.status == "staged"
        assert "GITHUB_DISPATCH_TOKEN" in (order.reason or "")


async def test_a_dry_run_attaches_the_bytes_and_keeps_nothing(tmp_path):
    async with open_lab(tmp_path) as lab:
        reply = await lab.use(lab.person("ada"), "debug_open_issue", summary="it hurts", dry_run=True)

        (file,) = reply.messages[0].attachments
        assert json.loads(file.read())["incident"]["summary"] == "it hurts"
        assert await lab.client.face.store.orders.newest() == []


async def test_a_lunch_becomes_a_row(tmp_path):
    async with open_lab(tmp_path) as lab:
        await lab.person("bob").say("ledger", "lunch 12,50")
        await lab.discord.world.events.wait_for(
            lambda: next((m for m in lab.person("ada").sees("ledger") if "12.50 EUR" in m.content), None), "a row"
        )

        (row,) = await lab.client.face.store.ledger.newest()
        assert (row.item, str(row.amount), row.user_id) == ("lunch", "12.50", lab.person("bob").id)


@pytest.mark.parametrize("level", ["WARN", "warning", "ERROR"])
async def test_levels_are_a_minimum_in_any_spelling(tmp_path, level):
    async with open_lab(tmp_path) as lab:
        reply = await lab.person("ada").slash("debug_logs", channel="ops", level=level, force=True)
        await reply.done()

        for file in reply.messages[0].attachments:
            levels = {json.loads(line)["level"] for line in file.read().decode().splitlines()}
            assert levels <= {"WARNING", "ERROR", "CRITICAL"}
        assert reply.messages[0].content


async def test_a_log_full_of_backticks_is_turned_page_by_page_and_stays_in_its_block(tmp_path):
    async with open_lab(tmp_path) as lab:
        for _ in range(20):
            logging.getLogger("bot.trial").warning("`" * 330)
        ada = lab.person("ada")
        reply = await lab.use(ada, "debug_logs", contains="bot.trial")

        for _ in range(3):
            content = reply.messages[0].content
            assert len(content) <= 2000
            assert content.endswith("```")
            assert content.count("```") == 2
            await (await ada.click(reply.messages[0], "Older")).first()


async def test_a_blank_summary_opens_the_form_and_a_blank_form_opens_nothing(tmp_path):
    async with open_lab(tmp_path) as lab:
        ada = lab.person("ada")
        form = (await (await ada.slash("debug_open_issue", channel="ops", summary="   ")).first()).modal
        assert form is not None

        reply = await (await ada.submit(form, {"What went wrong?": "   "})).done()

        assert "nothing was opened" in reply.content
        assert await lab.client.face.store.orders.newest() == []


async def test_the_doctor_names_what_is_wrong_here_and_its_remedy(tmp_path):
    async with open_lab(tmp_path) as lab:
        reply = await lab.use(lab.person("ada"), "debug_doctor")

        (message,) = reply.messages
        assert message.ephemeral
        assert "GITHUB_DISPATCH_TOKEN is not set" in message.content
        findings = json.loads(message.attachments[0].read())
        checks = {each["check"]: each["state"] for each in findings}
        assert checks["discord-token"] == checks["discord-commands"] == checks["store-open"] == "ok"
