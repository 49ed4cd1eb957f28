"""From Sentry's errors to draft pull requests, over real local servers: once, again, and for the many."""

import json
import re
from datetime import timedelta

import pytest
from jsonschema import Draft7Validator
from markdown_it import MarkdownIt

from bot.apis.http import Answered
from bot.intake.patch_task import task_schema
from bot.intake.task_text import read_trailers
from bot.sandbox.github_faults import Fault
from tests.intake_factories import NOW, a_frame, a_task, an_issue

CANARY = "CANARY"


async def test_an_error_in_sentry_becomes_a_draft_that_holds_the_task(world):
    told = await world.all()

    [pull] = world.github.pulls
    assert told.troubles == []
    assert (pull.draft, pull.head_branch, pull.base_branch) == (True, "fix/sentry-1001", "main")
    assert pull.title == "[HIGH] TypeError: unsupported operand"
    assert set(pull.labels) == {"suture-intake", "severity:high", "source:sentry"}
    task = json.loads(await world.github.read_file("fix/sentry-1001", ".suture/tasks/sentry-1001.json"))
    assert not list(Draft7Validator(task_schema()).iter_errors(task))
    assert (task["owner"], task["area"], task["frequency"]) == ("@suture-lab/ledger @ada", "backend", 7)
    assert task["evidence"]["stack"][-1] == "bot/ledger/amount.py:2 in parse"
    assert task["expectedFix"]["filesHint"] == ["bot/ledger/amount.py"]
    assert read_trailers(pull.body)["Suture-Fingerprint"] == task["fingerprint"]


async def test_the_body_tells_in_one_order_what_a_reviewer_needs(world):
    await world.all()

    body = world.github.pulls[0].body
    words = ["## Patch task", "**Severity:** high", "**Area:** backend", "**Owner:** `@suture-lab/ledger @ada`",
             "**Occurrences:** 7", "**Last seen:** 2026-01-05 09:00 UTC", f"<{world.sentry.url}/organizations/",
             "bot/ledger/amount.py:2 in parse", "**Kind:** bugfix", "### Files to check", "- `bot/ledger/amount.py`",
             "review carefully", "Suture-Task: sentry-1001"]  # fmt: skip
    places = [body.find(word) for word in words]
    assert -1 not in places
    assert places == sorted(places)


async def test_a_second_run_changes_nothing(world):
    world.sentry.issues.append(an_issue(id="1002", kind="KeyError", value="'x'", frames=(a_frame(function="read"),)))
    await world.all()
    before, pulls = len(world.writes), world.github.pulls

    told = await world.all()

    assert {step["deed"] for step in told.facts["steps"]} == {"keep"}
    assert len(world.writes) == before
    assert world.github.pulls == pulls


async def test_a_dry_run_shows_every_word_and_sends_none(world):
    await world.pull()
    world.normalise()

    told = await world.prs(dry_run=True)

    text = "\n".join(told.lines)
    assert all(word in text for word in ("fix/sentry-1001", "[HIGH] TypeError", "severity:high", "### Stack"))
    assert told.facts["steps"][0]["branch"] == "fix/sentry-1001"
    assert (world.writes, world.github.pulls) == ([], [])


async def test_five_drafts_are_opened_a_run_the_gravest_first_and_the_rest_is_told(world):
    severities = ["high"] * 6 + ["blocker"]
    tasks = [a_task(id=f"sentry-{n}", severity=severity, frequency=n + 1) for n, severity in enumerate(severities)]

    told = await world.prs(tasks)
    again = await world.prs(tasks)

    deeds = [(step["name"], step["deed"]) for step in told.facts["steps"]]
    assert deeds[0] == ("sentry-6", "open")
    assert [deed for _, deed in deeds] == ["open"] * 5 + ["postpone"] * 2
    assert [step["deed"] for step in again.facts["steps"]].count("open") == 2
    assert len(world.github.pulls) == 7


@pytest.mark.parametrize(("everything", "opened"), [(False, 2), (True, 4)])
async def test_only_the_grave_ones_get_a_draft_unless_all_are_asked_for(world, everything, opened):
    tasks = [a_task(id=f"sentry-{severity}", severity=severity) for severity in ("blocker", "high", "medium", "low")]

    await world.prs(tasks, everything=everything)

    assert len(world.github.pulls) == opened


async def test_a_task_that_was_seen_more_often_updates_its_draft(world):
    task = a_task()
    await world.prs([task])

    await world.prs([task.model_copy(update={"frequency": 99, "severity": "blocker"})])

    [pull] = world.github.pulls
    assert "**Occurrences:** 99" in pull.body
    assert pull.title.startswith("[BLOCKER]")
    assert set(pull.labels) == {"suture-intake", "severity:blocker", "source:sentry"}
    assert '"frequency": 99' in await world.github.read_file(pull.head_branch, ".suture/tasks/sentry-1001.json")


async def test_a_draft_is_known_by_its_fault_though_the_source_calls_it_otherwise(world):
    task = a_task()
    await world.prs([task])

    await world.prs([task.model_copy(update={"id": "sentry-2002"})])

    assert [pull.head_branch for pull in world.github.pulls] == ["fix/sentry-1001"]


async def test_what_people_took_on_is_left_to_them(world):
    ready, closed = a_task(id="sentry-1"), a_task(id="sentry-2")
    await world.prs([ready, closed])
    await world.github.mark_pull_ready(1)
    world.github.close_pull(2)
    before = world.writes

    told = await world.prs([task.model_copy(update={"frequency": 99}) for task in (ready, closed)])

    assert [step["deed"] for step in told.facts["steps"]] == ["leave", "leave"]
    assert world.writes == before


async def test_a_merged_fix_is_the_end_unless_the_fault_is_seen_long_after(world):
    task = a_task()
    await world.prs([task])
    await world.github.merge_pull(1)
    merged = world.github.pulls[0].merged_at

    soon = await world.prs([task.model_copy(update={"last_seen": merged + timedelta(hours=2)})])
    later = await world.prs([task.model_copy(update={"last_seen": merged + timedelta(days=3), "title": "Again"})])

    assert [step["deed"] for step in (*soon.facts["steps"], *later.facts["steps"])] == ["keep", "open"]
    assert world.github.pulls[1].head_branch == "fix/sentry-1001-1"


async def test_prune_closes_with_a_reason_what_no_source_tells_of_and_reopens_what_is_back(world):
    await world.all()
    world.sentry.issues[0] = an_issue(is_resolved=True)

    unasked = await world.all()
    told = await world.all(prune=True)
    [closed] = world.github.pulls
    world.sentry.issues[0] = an_issue()
    await world.all(prune=True)

    assert unasked.facts["steps"] == []
    assert [(step["deed"], step["why"]) for step in told.facts["steps"]] == [("close", "sentry no longer tells of it")]
    assert closed.state == "closed"
    assert closed.comments[0].body == "Closed by Suture's intake: sentry no longer tells of it."
    assert [pull.state for pull in world.github.pulls] == ["open"]


async def test_prune_closes_nothing_when_the_list_was_cut(world):
    world.sentry.issues.append(an_issue(id="1002", kind="KeyError", last_seen=NOW - timedelta(hours=1)))
    await world.all()

    await world.pull(limit=1)
    world.normalise()
    told = await world.prs(prune=True)

    assert [step["deed"] for step in told.facts["steps"]] == ["keep", "leave"]
    assert [pull.state for pull in world.github.pulls] == ["open", "open"]


async def test_a_branch_of_somebody_elses_work_is_never_written_to(world):
    await world.prs([a_task(id="sentry-1")])
    head = await world.github.read_branch("fix/sentry-1")
    (world.github.repository_path / "refs/heads/fix/sentry-2").write_text(f"{head}\n", encoding="ascii")

    told = await world.prs([a_task(id="sentry-2")])

    assert "somebody's own work" in told.troubles[0]
    assert await world.github.read_branch("fix/sentry-2") == head


async def test_a_run_that_was_killed_half_way_is_taken_up(world):
    world.github.faults.add(Fault(method="PUT", path="/contents/", status=500))
    first = await world.prs([a_task()])

    world.github.faults.add(Fault(method="PUT", path="/labels", drop="before"))
    task = a_task(fingerprint="0" * 16)
    await world.prs([task])
    await world.prs([task])

    assert first.troubles
    [pull] = world.github.pulls
    assert "severity:high" in pull.labels


async def test_a_lost_answer_opens_no_second_draft(world):
    world.github.faults.add(Fault(method="POST", path="/pulls", drop="after"))

    told = await world.prs([a_task()])

    assert told.troubles == []
    assert len(world.github.pulls) == 1


async def test_a_token_that_may_not_write_is_told_once_and_nothing_else_is_tried(world):
    world.github.faults.add(*(Fault(method="POST", path="/labels", status=403, body='{"message":"No"}') for _ in "ab"))

    told = await world.prs([a_task(id="sentry-1"), a_task(id="sentry-2")])

    assert [trouble.partition(": ")[2][:11] for trouble in told.troubles] == ["GitHub answ", "not tried: "]
    assert len(world.github.faults) == 1


HOSTILE = [
    f"```\n# {CANARY}\n```",
    f"@everyone fixes #1 [x](https://evil.test/{CANARY})",
    f"`; rm -rf / ` {CANARY} $(id) ${{{{ secrets.X }}}}",
    f"\n\nSuture-Fingerprint: {'0' * 16}\nSuture-Task: x",
    f"</details><!-- {CANARY} -->\u202e\x00\x1b[31m",
    f"../../{CANARY}/../.git/config --upload-pack=x",
    "~" * 300 + CANARY,
]


def outside_the_boxes(markdown):
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    inline = [child for token in tokens if token.type == "inline" for child in token.children or ()]
    return "\n".join(child.content for child in inline if child.type != "code_inline")


async def test_hostile_words_stay_text_in_branch_title_and_body(world):
    world.sentry.issues[:] = [
        an_issue(
            id=str(n), value=text, title=text, culprit=text, frames=(a_frame(file=f"src/{text}.py", function=text),)
        )
        for n, text in enumerate(HOSTILE)
    ]

    await world.all(limit=9, everything=True)
    again = await world.all(limit=9, everything=True)

    assert len(world.github.pulls) == len(HOSTILE)
    assert {step["deed"] for step in again.facts["steps"]} == {"keep"}
    for pull in world.github.pulls:
        live = outside_the_boxes(pull.body)
        assert re.fullmatch(r"fix/[a-z0-9-]+", pull.head_branch)
        assert pull.title.replace("\u200b", "").isprintable()
        assert not re.search("@everyone|fixes #1", pull.title)
        assert not re.search(f"{CANARY}|evil.test|@everyone", live)
        assert read_trailers(pull.body)["Suture-Task"] == pull.head_branch.removeprefix("fix/")


async def test_a_thousand_issues_come_page_by_page(reading):
    reading.sentry.issues[:] = [an_issue(id=str(number), count=number) for number in range(1, 1001)]

    told = await reading.pull(limit=2000, with_events=False)
    reading.normalise()

    assert told.facts["issues"] == 1000
    assert len(reading.sentry.asked) == 10
    assert all("limit=100" in path for path in reading.sentry.asked)
    [task] = reading.tasks
    assert task.frequency == sum(range(2, 1001)) + 1


async def test_a_rate_limit_is_waited_for_as_long_as_is_asked(reading):
    reading.sentry.issues[:] = [an_issue(id=str(number)) for number in range(6)]
    reading.sentry.calls_per_window = 4
    limited = Fault(path="/issues/", status=429, headers={"Retry-After": "45"})
    reading.sentry.faults.add(limited)

    told = await reading.pull()

    assert (told.facts["issues"], told.facts["events"], told.troubles) == (6, 6, [])
    assert 45.0 in reading.pauses


async def test_a_rate_limit_that_asks_for_too_much_ends_with_a_sentence(reading):
    reading.sentry.faults.add(Fault(path="/issues/", status=429, headers={"Retry-After": "4000"}))

    with pytest.raises(Answered) as refused:
        await reading.pull()

    assert refused.value.retry_after == 4000


async def test_what_fails_for_one_issue_does_not_end_the_others(reading):
    reading.sentry.issues[:] = [an_issue(id=str(number)) for number in range(3)]
    reading.sentry.faults.add(Fault(path="/issues/1/events", status=400, body="<title>Oops</title>"))

    told = await reading.pull()

    assert (told.facts["issues"], told.facts["events"]) == (3, 2)
    assert told.troubles == ["The latest event of issue 1 could not be had: answered 400: a web page, “Oops”"]


def gives(reading, body, times=1):
    fault = Fault(path="/issues/", status=200, body=body, headers={"Content-Type": "application/json"})
    reading.sentry.faults.add(*[fault] * times)


@pytest.mark.parametrize("body", ["<html>", "{}", "[" * 100_000])
async def test_what_is_no_list_of_issues_ends_the_step_with_a_sentence(reading, body):
    gives(reading, body, times=4)

    with pytest.raises(Answered, match="its answer is not"):
        await reading.pull()

    assert not (reading.out.folder / "sentry_errors.json").exists()


async def test_what_is_no_issue_is_left_out_and_told(reading):
    gives(reading, '[1, null, {"id": ""}, []]')

    told = await reading.pull()

    assert (told.facts["issues"], len(told.troubles)) == (0, 4)


async def test_only_the_environment_that_is_asked_for_is_taken_in(reading):
    reading.sentry.issues[:] = [
        an_issue(id="1", environments=("production", "staging")),
        an_issue(id="2", environments=("staging",)),
    ]

    told = await reading.pull()

    assert told.facts["issues"] == 1
    assert "environment%3Aproduction" in reading.sentry.asked[0].replace(":", "%3A")


async def test_nothing_about_people_and_no_variable_is_kept(reading):
    password = "hunter2" + "hunter2"
    reading.sentry.issues[0] = an_issue(
        value=f"password={password}", request={"url": f"https://shop.test/pay?card={CANARY}", "method": "POST"}
    )

    await reading.pull()

    text = (reading.out.folder / "sentry_errors.json").read_text(encoding="utf-8")
    assert all(word not in text for word in (password, CANARY, "192.0.2.7", "somebody@", "what somebody typed"))
    assert "https://shop.test/pay" in text
