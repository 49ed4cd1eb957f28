"""Promise: hostile arguments and log lines stay text: matched literally, a line each, in their fence, no ping."""

import json
import logging

import pytest

from bot.sandbox.discord_view import Message
from tests.stories.lab import Lab, open_lab

trial = logging.getLogger("bot.trial")
ZALGO = "Z" + "\u0351\u036b\u0343\u0369" * 20 + "a"
HOSTILE = {
    "regex": r".*[(a+)+$\d{1,",
    "NUL": "a\x00b",
    "RTL override": "abc\u202egpj.exe",
    "zalgo": ZALGO,
    "everyone": "@everyone @here",
    "mentions": "<@1> <@&2> <#3> </x:4>",
    "fence": "```\n@everyone\n```js",
    "backticks": "`" * 199,
    "two hundred": "ä" * 200,
    "escapes": "\x1b[31mred\x07\r\nnext",
    "a forged line": '"}\n{"ts":"2026","level":"ERROR","msg":"forged',
    "separators": "one\u2028two\u2029three\x85four\x0bfive",
    "quotes": 'C:\\temp\\"x"',
    "surrogate pair": "\U0001f9f5 needle",
}
LOGGED = {
    **HOSTILE,
    "two lines": "first\nsecond",
    "carriage return": "good\rbad",
    "DEL": "a\x7f\x9bb",
    "long": "x" * 9000,
}


def by_bot(lab: Lab) -> list[Message]:
    """Everything that the bot wrote, as its reader sees it."""
    places = ("ops", "general", "ledger", lab.person("ada").dm)
    return [message for place in places for message in lab.person("ada").sees(place) if message.author.bot]


def nobody_was_pinged(lab: Lab) -> bool:
    written = by_bot(lab)
    return bool(written) and not [message for message in written if message.pinged]


def found(message: Message) -> list[dict[str, object]]:
    """The log lines of an answer's file, one JSON document per line."""
    files = {file.filename: file.read().decode() for file in message.attachments}
    assert set(files) <= {"logs.txt"}
    return [json.loads(line) for line in files.get("logs.txt", "").splitlines()]


@pytest.mark.parametrize("case", HOSTILE)
async def test_contains_is_matched_literally_and_stays_text(tmp_path, case):
    async with open_lab(tmp_path) as lab:
        trial.info("here: %s", HOSTILE[case])
        trial.info("here: abc gpj exe forged next 1234567890")

        reply = await lab.use(lab.person("ada"), "debug_logs", contains=HOSTILE[case])

        (message,) = reply.messages
        assert [line["msg"] for line in found(message)] == [f"here: {HOSTILE[case]}"]
        assert message.content.count("```") == 2
        assert message.content.endswith("\n```")
        assert len(message.content) <= 2000
        assert message.ephemeral
        assert nobody_was_pinged(lab)


@pytest.mark.parametrize("contains", [".", "a.c", "[0-9]", "^", "$", "(?i)ABC", "%", "_", "*"])
async def test_a_pattern_is_no_pattern(tmp_path, contains):
    async with open_lab(tmp_path) as lab:
        trial.info("abc 1")

        reply = await lab.use(lab.person("ada"), "debug_logs", contains=contains)

        for line in found(reply.messages[0]):
            assert contains.casefold() in json.dumps(line, ensure_ascii=False).casefold()


@pytest.mark.parametrize(
    "options",
    [
        {"lines": -1},
        {"lines": 0},
        {"lines": 10**9},
        {"lines": 2**53},
        {"level": "LOUD"},
        {"level": "@everyone"},
        {"level": ""},
        {"contains": ""},
        {"contains": "x" * 4000},
    ],
    ids=str,
)
async def test_what_no_honest_client_sends_is_answered_within_bounds(tmp_path, options):
    async with open_lab(tmp_path) as lab:
        for number in range(2100):
            trial.info("%d", number)

        reply = await lab.person("ada").slash("debug_logs", channel="ops", force=True, options=options)
        await reply.done()

        (message,) = reply.messages
        assert message.ephemeral
        assert "💥" not in message.content
        assert len(found(message)) <= 2000
        assert nobody_was_pinged(lab)
        again = await lab.use(lab.person("ada"), "debug_logs", lines=1)
        assert len(found(again.messages[0])) == 1


@pytest.mark.parametrize("case", LOGGED)
async def test_a_record_is_one_line_in_the_file_and_on_the_page(tmp_path, case):
    async with open_lab(tmp_path) as lab:
        trial.warning("marked %s", LOGGED[case], extra={"action": "trial", "text": LOGGED[case]})
        trial.warning("after it")

        reply = await lab.use(lab.person("ada"), "debug_logs", contains="bot.trial")

        (message,) = reply.messages
        lines = found(message)
        assert [line["logger"] for line in lines] == ["bot.trial", "bot.trial"]
        assert str(lines[0]["msg"]).startswith("marked ")
        (raw,) = [file.read() for file in message.attachments]
        assert not [byte for byte in raw if byte < 32 and byte != 10]
        page = message.content.split("```")[1].splitlines()[1:]
        assert len(page) == 2
        assert [line.startswith("{") for line in page] == [True, True]
        assert nobody_was_pinged(lab)


async def test_hostile_words_of_a_member_ping_nobody_and_leave_no_fence(tmp_path):
    async with open_lab(tmp_path) as lab:
        for words in HOSTILE.values():
            await lab.person("bob").say("ledger", f"{words} 12.50"[:2000])
        await lab.person("bob").say("ledger", "@everyone lunch 12.50 EUR ```")
        await lab.discord.world.events.wait_for(
            lambda: len(by_bot(lab)) > len(HOSTILE) or None, "An answer to each", 20
        )

        assert nobody_was_pinged(lab)


@pytest.mark.parametrize("case", HOSTILE)
async def test_a_hostile_summary_is_text_on_the_card_and_in_the_answer(tmp_path, case):
    async with open_lab(tmp_path) as lab:
        ada = lab.person("ada")
        reply = await lab.use(ada, "debug_open_issue", summary=HOSTILE[case])
        card = await lab.discord.world.events.wait_for(
            lambda: next((m for m in ada.sees("ops") if m.author.bot and not m.ephemeral and m.embeds), None),
            "The card",
        )
        dry = await lab.use(ada, "debug_open_issue", summary=HOSTILE[case], dry_run=True)

        (order,) = await lab.client.face.store.orders.newest()
        description = card.embeds[0]["description"]
        assert "@everyone" not in description
        assert "```" not in description
        assert description.count("\n") == 2
        assert "Staged only" in reply.content
        assert order.summary
        assert [file.filename for file in dry.messages[0].attachments] == ["payload.json"]
        assert nobody_was_pinged(lab)
