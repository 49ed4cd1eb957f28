"""Promise: after a bad end the admins' channel is told once, with the last lines; a bot that stands still says so."""

import asyncio
import logging
import signal
import time

from bot.alerting import tell_webhook
from bot.logging.loop_watch import watched_loop
from bot.sandbox.discord_records import StoredMessage
from bot.settings import Settings
from tests.stories.lab import LONG, TOKEN, by_field, open_bot, open_discord, wait_until_synced
from tests.stories.test_process import environment, started
from tests.unit.apis.test_webhooks import Receiver

NOTICE = "The last run ended badly"


def notices(discord) -> list[StoredMessage]:
    return [message for message in discord.state.messages if NOTICE in message.content]


async def test_a_killed_bot_is_told_once_with_its_last_lines(tmp_path):
    async with open_discord(tmp_path) as discord:
        env = environment(discord, tmp_path, DEBUG_CHANNEL_ID=str(discord.channel("ops").id), GIT_SHA="abc1234")
        async with started(tmp_path, env) as process:
            await wait_until_synced(discord)
            await asyncio.to_thread(spooled, tmp_path, b'"action":"ready"')
            process.send_signal(signal.SIGKILL)
            await process.communicate()

        async with open_bot(discord, tmp_path) as lab:
            (notice,) = await discord.world.events.wait_for(lambda: notices(discord) or None, "the crash report", LONG)
            assert lab.client.face.recorder.report is None or await settled(lab)
        async with open_bot(discord, tmp_path) as lab:
            assert lab.client.face.recorder.report is None

        assert len(notices(discord)) == 1
        assert "abc1234" in notice.content
        assert notice.channel_id == discord.channel("ops").id
        assert [file.filename for file in notice.attachments] == ["last-lines.txt"]


def spooled(directory, wanted: bytes) -> None:
    """Wait until some line is on the disk."""
    for _ in range(600):
        if any(wanted in path.read_bytes() for path in (directory / "state" / "spool").glob("*.0*")):
            return
        time.sleep(0.05)
    raise AssertionError("nothing was spooled")


async def settled(lab) -> bool:
    for _ in range(100):
        if lab.client.face.recorder.report is None:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_without_a_channel_the_status_says_it(tmp_path):
    async with open_discord(tmp_path) as discord:
        async with started(tmp_path, environment(discord, tmp_path)) as process:
            await wait_until_synced(discord)
            await asyncio.to_thread(spooled, tmp_path, b'"action":"ready"')
            process.kill()
            await process.communicate()

        async with open_bot(discord, tmp_path, DEBUG_CHANNEL_ID=None) as lab:
            assert await settled(lab)

            assert "DEBUG_CHANNEL_ID" in lab.client.face.troubles["crash"]
            assert notices(discord) == []


async def test_a_blocked_loop_is_told_through_the_webhook_while_it_is_blocked(tmp_path):
    with Receiver() as receiver:
        serving = asyncio.create_task(asyncio.to_thread(receiver.serve_forever))
        told: dict[str, object] = {"DISCORD_TOKEN": TOKEN, "DISCORD_WEBHOOK_URL": receiver.url}
        settings = Settings.model_validate(by_field(told))

        async with watched_loop(lambda sentence: tell_webhook(settings, sentence), threshold=0.3):
            await asyncio.sleep(0)
            deadline = time.monotonic() + 20
            while not receiver.bodies and time.monotonic() < deadline:
                time.sleep(0.01)  # noqa: ASYNC251 - the loop is to stand still
        receiver.shutdown()
        await serving

    assert "event loop has been blocked" in str(receiver.bodies[0]["content"])


async def test_a_webhook_that_is_gone_is_a_log_line(caplog):
    told: dict[str, object] = {"DISCORD_TOKEN": TOKEN, "DISCORD_WEBHOOK_URL": "http://127.0.0.1:9/webhooks/1/gone"}

    with caplog.at_level(logging.WARNING):
        tell_webhook(Settings.model_validate(by_field(told)), "blocked")

    assert "DISCORD_WEBHOOK_URL does not answer" in caplog.text
    assert "gone" not in caplog.text.replace("when it is gone", "")
