"""Promise: the card is the door to a review, so it is always somewhere, and it shows what the approval is bound to."""

import asyncio
from datetime import timedelta
from itertools import pairwise

from bot.cogs import installation
from bot.cogs.card import Cards
from bot.incident.payload import new_incident_id
from bot.records.sql_store import open_store
from bot.records.store import StoreUnavailable
from bot.records.work_order import advance
from bot.repair.endings import BASE_MOVED
from bot.sandbox.codex_stand_in import mended, stand_in
from bot.sandbox.discord_records import ChannelKind
from bot.sandbox.workflow_actions import CodexAnswer, CodexRequest
from tests.factories import NOW, an_incident, an_order
from tests.stories.github_lab import open_loop, token_in
from tests.stories.lab import Lab, open_bot, open_discord, open_lab


async def card_in(lab: Lab, channel: str):
    """The newest card in a channel."""

    def look():
        return next((m for m in reversed(lab.person("ada").sees(channel)) if m.embeds and not m.ephemeral), None)

    return await lab.discord.world.events.wait_for(look, f"a card in #{channel}", 20)


async def test_a_card_whose_channel_is_wrong_goes_to_the_commands_channel_and_the_status_says_so(tmp_path):
    async with open_lab(tmp_path, DEBUG_CHANNEL_ID="123456789012345678") as lab:
        await lab.use(lab.person("ada"), "debug_open_issue", channel="general", summary="it hurts")

        assert await card_in(lab, "general")
        status = await lab.use(lab.person("ada"), "debug_status")
        assert "DEBUG" in status.messages[0].embeds[0]["description"]


async def test_a_deleted_card_of_an_open_order_comes_back(tmp_path):
    async with open_lab(tmp_path) as lab:
        lab.client.installation.cards.pause = 0.05
        await lab.use(lab.person("ada"), "debug_open_issue", summary="it hurts")
        first = await card_in(lab, "ops")

        stored = lab.discord.state.messages.get(first.id)
        assert stored is not None
        lab.discord.world.messages.delete(stored)
        second = await card_in(lab, "ops")

        assert second.id != first.id


async def test_a_card_that_could_not_be_written_is_written_later(tmp_path):
    async with open_lab(tmp_path) as lab:
        lab.client.installation.cards.pause = 0.05
        for _ in range(6):
            lab.discord.faults.answer_next(
                "POST", r"/channels/\d+/messages", 403, {"code": 50013, "message": "Missing"}
            )
        await lab.use(lab.person("ada"), "debug_open_issue", summary="it hurts")

        assert await card_in(lab, "ops")


async def test_a_cards_first_edit_may_follow_its_post_at_once(tmp_path):
    async with open_lab(tmp_path) as lab:
        lab.client.installation.cards.pause = 60.0
        await lab.use(lab.person("ada"), "debug_open_issue", summary="it hurts")
        await card_in(lab, "ops")

        (order,) = await lab.client.face.store.orders.newest()
        await lab.client.installation.cards.show(order.evolve(progress="reading the code"))

        def look():
            return next((m for m in lab.person("ada").sees("ops") if "reading the code" in str(m.embeds)), None)

        assert await lab.discord.world.events.wait_for(look, "the card's first edit", 20)


async def test_a_loud_report_and_many_files_hide_neither_token_nor_digest_nor_the_count(tmp_path):
    async def shouting(request: CodexRequest) -> CodexAnswer:
        await stand_in(request)
        for number in range(14):
            (request.working_directory / f"aaa_{number:02}.txt").write_text("decoy\n")
        loud = mended().model_copy(update={"root_cause": "*" * 500, "fix": "*" * 500, "risk": "*" * 500})
        return CodexAnswer(final_message=loud.model_dump_json())

    async with open_loop(tmp_path, model=shouting) as loop:
        review = await loop.open_issue()

        assert token_in(review).startswith("sut-")
        assert "sha256" in review.content
        assert "patch.diff" in review.content
        assert "and 6 more, 16 in all" in review.content


def test_two_edits_of_one_card_are_five_seconds_apart():
    assert Cards.pause == 5.0


async def kept(lab: Lab, **facts: object):
    """An order of the bot's own, in its store, with its incident; its card is on its way."""
    face = lab.client.face
    incident = an_incident(id=new_incident_id())
    await face.store.incidents.add(incident)
    order = an_order(
        incident_id=incident.id,
        guild_id=lab.discord.guild().id,
        channel_id=lab.discord.channel("ops").id,
        requested_by=lab.person("ada").id,
        **facts,
    )
    return await face.repairs.book.create(order)


async def shown(lab: Lab, *words: str) -> str:
    """The newest card's text, once it holds all these words."""

    def look():
        cards = [str(message.embeds) for message in lab.person("ada").sees("ops") if message.embeds]
        return next((card for card in reversed(cards) if all(word in card for word in words)), None)

    return await lab.discord.world.events.wait_for(look, f"a card with {words}", 20)


async def test_a_writer_that_breaks_and_a_store_that_is_away_at_the_start_leave_no_card_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(installation, "CATCH_UP_PAUSE", 0.05)
    async with open_lab(tmp_path) as lab:
        cards, face = lab.client.installation.cards, lab.client.face
        cards.pause = 0.02
        write, breaks = cards._write, [ZeroDivisionError()]

        async def sometimes(order):
            if breaks:
                raise breaks.pop()
            return await write(order)

        monkeypatch.setattr(cards, "_write", sometimes)
        order = await kept(lab)
        for _ in range(200):
            if not (breaks or cards._writers):
                break
            await asyncio.sleep(0.01)
        await face.repairs.book.save(order.evolve(progress="reading the code"))
        assert await shown(lab, "reading the code")

        newest, away = face.store.orders.newest, [StoreUnavailable("locked")] * 2

        async def sometimes_away(**wanted):
            if away:
                raise away.pop()
            return await newest(**wanted)

        monkeypatch.setattr(face.store.orders, "newest", sometimes_away)
        saved = await face.store.orders.get(order.id)
        await face.store.orders.save(saved.evolve(progress="by another process"))
        await lab.client.installation._catch_up()
        assert await shown(lab, "by another process")


async def test_the_card_tells_proof_approval_and_who_is_asked_now(tmp_path):
    async with open_lab(tmp_path) as lab:
        lab.client.installation.cards.pause = 0.02
        book, ada = lab.client.face.repairs.book, lab.person("ada")
        order = await kept(lab)
        ends = NOW + timedelta(minutes=10)
        order = await book.save(advance(order, "proposing", NOW, progress="Propose: Prove (5/8)"))
        await shown(lab, "Propose: Prove (5/8)")

        facts = {"proof_level": 2, "diff_sha256": "d" * 64, "base_sha": "b" * 40, "token_until": ends}
        order = await book.save(advance(order, "awaiting_approval", NOW, None, **facts))
        waits = await shown(lab, "**tested** (level 2 of 4", f"<t:{int(ends.timestamp())}:R>", "press **Review**")
        assert "approved the diff" not in waits
        order = await book.save(advance(order, "publishing", NOW, approved_by=ada.id, approved_at=NOW))
        await shown(lab, f"<@{ada.id}> approved the diff `{'d' * 16}…` on `{'b' * 12}`")

        order = await book.save(advance(order, "failed", NOW, f"Publishing was refused: {BASE_MOVED}"))
        await shown(lab, "the default branch moved on", "press **Propose again**")
        (card,) = [message for message in ada.sees("ops") if message.embeds]
        assert [button.label for button in card.buttons] == ["Propose again"]
        assert card.pinged == ()


async def test_another_attempt_goes_on_in_the_same_card_and_the_earlier_one_is_silent(tmp_path):
    async with open_lab(tmp_path) as lab:
        lab.client.installation.cards.pause = 0.02
        book = lab.client.face.repairs.book
        first = await book.save(advance(await kept(lab), "failed", NOW, "the model is away"))
        await shown(lab, "the model is away")

        await book.create(first.evolve(id="wo_new", attempt=2, history=(("failed", NOW),)))
        await shown(lab, "attempt 2")
        await book.save(first.evolve(reason="a late word on the first"))
        await lab.client.installation.cards.close()

        (card,) = [message for message in lab.person("ada").sees("ops") if message.embeds]
        assert "attempt 2" in str(card.embeds)
        assert "a late word" not in str(card.embeds)


async def test_a_storm_of_changes_is_one_message_edited_with_pauses_and_ends_with_the_truth(tmp_path):
    async with open_lab(tmp_path) as lab:
        pause = lab.client.installation.cards.pause = 0.5
        order = await kept(lab)
        for number in range(200):
            order = await lab.client.face.repairs.book.save(order.evolve(progress=f"step {number} of 200"))
        await shown(lab, "step 199 of 200")

        (card,) = [message for message in lab.person("ada").sees("ops") if message.embeds]
        edits = [each.when for each in lab.discord.requests if each.method == "PATCH" and str(card.id) in each.path]
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(edits)]
        assert all(gap >= pause - 0.05 for gap in gaps), gaps


async def test_each_card_gets_one_thread_also_after_a_restart(tmp_path):
    async with open_discord(tmp_path) as discord:
        async with open_bot(discord, tmp_path) as lab:
            await lab.use(lab.person("ada"), "debug_open_issue", summary="it hurts")
            await lab.discord.world.events.wait_for(lambda: threads_in(lab) or None, "a thread", 20)
        async with open_bot(discord, tmp_path) as lab:
            lab.client.installation.cards.pause = 0.02
            (order,) = await lab.client.face.store.orders.newest()
            await lab.client.face.repairs.book.save(order.evolve(progress="after the restart"))
            await shown(lab, "after the restart")

            (card,) = [message for message in lab.person("ada").sees("ops") if message.embeds]
            assert threads_in(lab) == [(card.id, f"Talk about {order.incident_id}")]


async def test_after_a_start_the_card_of_an_order_under_way_is_written_whatever_was_noticed_since(tmp_path):
    async with open_discord(tmp_path) as discord:
        async with open_store(tmp_path / "state") as store:
            open_one = await store.orders.create(an_order(status="awaiting_approval", summary="under way"))
            for _ in range(51):
                await store.orders.create(an_order(status="staged", incident_id=new_incident_id()))

        async with open_bot(discord, tmp_path) as lab:
            assert open_one.id in await shown(lab, "under way")


def threads_in(lab: Lab) -> list[tuple[int, str]]:
    """Every thread of the home guild: the message it is on, and its name."""
    found = lab.discord.state.list_channels(lab.discord.guild().id, ChannelKind.THREAD)
    return [(thread.id, thread.name) for thread in found]


async def test_where_threads_may_not_be_opened_the_card_lives_without_and_that_is_said_once(tmp_path):
    async with open_lab(tmp_path) as lab:
        lab.client.installation.cards.pause = 0.02
        refused = {"code": 50013, "message": "Missing Permissions"}
        for _ in range(2):
            lab.discord.faults.answer_next("POST", r"/threads", 403, refused)
        for number in (1, 2):
            order = await kept(lab)
            await lab.client.face.repairs.book.save(order.evolve(progress=f"going on {number}"))
            await shown(lab, f"going on {number}")

        assert threads_in(lab) == []
        status = await lab.use(lab.person("ada"), "debug_status")
        assert "Create Public Threads" in status.messages[0].embeds[0]["description"]
        said = [line for line in lab.handler.lines() if "no_threads" in line]
        assert len(said) == 1
