"""Promise: the card is the door to a review, so it is always somewhere, and it shows what the approval is bound to."""

from bot.cogs.card import Cards
from bot.sandbox.codex_stand_in import mended, stand_in
from bot.sandbox.workflow_actions import CodexAnswer, CodexRequest
from tests.stories.github_lab import open_loop, token_in
from tests.stories.lab import Lab, open_lab


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
