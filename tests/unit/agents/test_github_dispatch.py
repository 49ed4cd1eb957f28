"""The coding agent in GitHub Actions: what is sent, how each answer is understood, and whose run is whose."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import web

from bot.agents.agent import (
    AgentRefused,
    AgentUnavailable,
    Failed,
    NoFix,
    NotSeen,
    OutcomeUnknown,
    Patched,
    Published,
    PullSeen,
    Sighting,
    Working,
)
from bot.agents.github_dispatch import CLOCK_SKEW, GithubDispatch
from bot.agents.github_request import MAX_INPUT_CHARACTERS
from bot.agents.run_failures import PRUNED
from bot.apis import http
from bot.apis.github import open_github
from bot.incident.payload import MAX_PAYLOAD_BYTES, Context
from bot.records.proposal import MAX_DIFF_BYTES
from bot.records.work_order import WorkOrder, advance
from tests.factories import (
    BASE_SHA,
    NOW,
    FakeApi,
    a_diff,
    a_fake_api,
    a_proof,
    a_report,
    an_incident,
    an_order,
    packed,
)

TOKEN = "ghp_" + "a" * 36
WIDE = "\N{PILE OF POO}"
REPO = "/repos/octo/bot"
RUNS = f"GET {REPO}/actions/workflows/codex-autofix.yml/runs"
PULLS = f"GET {REPO}/pulls"
DISPATCH = f"POST {REPO}/dispatches"
START = f"POST {REPO}/actions/workflows/codex-autofix.yml/dispatches"
REPO_FACTS = f"GET {REPO}"
BRANCH = f"GET {REPO}/branches/suture/inc_0123456789ab"
TOLD = f"GET {REPO}/actions/runs/7"


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without their pauses."""
    monkeypatch.setattr(http, "wait_as_asked", lambda state: 0.0)


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with a_fake_api() as fake:
        fake.replies[DISPATCH] = web.Response(status=204)
        fake.says(PULLS, [])
        yield fake


@pytest.fixture
async def agent(api: FakeApi) -> AsyncIterator[GithubDispatch]:
    async with open_github(api.url, TOKEN, "octo/bot") as github:
        yield GithubDispatch(github, "codex_autofix")


def a_run(number: int = 7, **changes: Any) -> dict[str, Any]:
    fields = {
        "id": number,
        "display_title": "suture inc_0123456789ab propose 1",
        "status": "completed",
        "conclusion": "success",
        "html_url": f"https://github.test/octo/bot/actions/runs/{number}",
        "head_sha": BASE_SHA,
        "event": "repository_dispatch",
        "path": ".github/workflows/codex-autofix.yml@main",
        "created_at": "2026-01-05T12:00:03Z",
    }
    return fields | changes


def runs(api: FakeApi, *found: dict[str, Any]) -> None:
    api.says(RUNS, {"total_count": len(found), "workflow_runs": list(found)})


def artifacts(api: FakeApi, contents: dict[str, dict[str, bytes]], run_id: int = 7, **changes: Any) -> None:
    """Artifacts of a run by name."""
    listed = []
    for number, (name, files) in enumerate(contents.items(), 1):
        listed.append({"id": number, "name": name, "size_in_bytes": 300, "expired": False, **changes})
        api.replies[f"GET {REPO}/actions/artifacts/{number}/zip"] = web.Response(body=packed(files))
    api.says(f"GET {REPO}/actions/runs/{run_id}/artifacts", {"total_count": len(listed), "artifacts": listed})


def patch_files(diff: bytes, **report: Any) -> dict[str, dict[str, bytes]]:
    return {
        "suture-patch": {"patch.diff": diff, "report.json": a_report(**report).model_dump_json().encode()},
        "suture-proof": {"proof.json": a_proof(diff_sha256=sha256(diff).hexdigest()).model_dump_json().encode()},
    }


def sent_order(**changes: Any) -> WorkOrder:
    return an_order(sent_at=NOW, sends=1, **changes)


def publishing_order() -> WorkOrder:
    facts: dict[str, Any] = {"run_id": 7, "base_sha": BASE_SHA, "diff_sha256": "d" * 64}
    waiting = advance(sent_order(), "awaiting_approval", NOW, None, **facts)
    return advance(waiting, "publishing", NOW + timedelta(hours=1), sent_at=NOW)


async def test_proposing_sends_exactly_what_the_request_shows(api: FakeApi, agent: GithubDispatch) -> None:
    order, incident = an_order(attempt=2), an_incident()

    await agent.propose(order, incident)

    (body,) = api.bodies
    assert body == agent.request(order, incident)
    sent = json.loads(body)
    assert sent["event_type"] == "codex_autofix"
    assert sent["client_payload"]["incident"] == incident.model_dump(mode="json")
    assert {key: sent["client_payload"][key] for key in ("phase", "attempt", "order_id", "summary")} == {
        "phase": "propose",
        "attempt": "2",
        "order_id": "wo_20260105_0001",
        "summary": "lunch is not counted",
    }


def test_the_worst_incident_still_fits_githubs_limits(agent: GithubDispatch) -> None:
    worst = an_incident(
        summary=WIDE * 4000,
        context=Context.of(dict.fromkeys(("user", "user_id", "channel", "intent", "entities"), WIDE * 5000)),
        stack_trace=WIDE * 50_000,
        logs=[WIDE * 9000] * 2000,
        build=WIDE * 500,
        env=WIDE * 500,
    )

    body = agent.request(an_order(), worst)

    payload = json.loads(body)["client_payload"]
    assert len(body) < 64 * 1024
    assert len(payload) <= 10
    assert len(json.dumps(payload["incident"])) <= MAX_PAYLOAD_BYTES + 2000  # json.dumps puts spaces in
    assert payload["incident"]["logs"]


@pytest.fixture
async def starting(api: FakeApi) -> AsyncIterator[GithubDispatch]:
    """The agent that starts the workflow by name."""
    api.says(REPO_FACTS, {"full_name": "octo/bot", "default_branch": "trunk"})
    api.says(START, {"workflow_run_id": 7, "run_url": "https://api.test/7", "html_url": "https://github.test/7"})
    async with open_github(api.url, TOKEN, "octo/bot") as github:
        yield GithubDispatch(github, "codex_autofix", "workflow_dispatch")


async def test_a_start_sends_the_same_payload_as_inputs_and_tells_its_run(
    api: FakeApi, starting: GithubDispatch
) -> None:
    hostile = an_incident(summary='"}] ${{ secrets.KEY }} `id` $(id) \n::set-output name=go::true')

    told = await starting.propose(an_order(), hostile)
    published = await starting.publish(publishing_order())

    first, second = (json.loads(body) for body in api.bodies if body)
    payload = json.loads(first["inputs"].pop("payload"))
    assert (told, published) == (7, 7)
    assert first == {
        "ref": "trunk",
        "inputs": {"incident_id": "inc_0123456789ab", "phase": "propose", "attempt": "1"},
        "return_run_details": True,
    }
    assert payload["incident"]["summary"] == hostile.summary
    assert {key: second["inputs"][key] for key in ("incident_id", "phase", "attempt")} == {
        "incident_id": "inc_0123456789ab",
        "phase": "publish",
        "attempt": "1",
    }


@pytest.mark.parametrize("filler", [WIDE, '"', "\\", "\x00", '\\"', "x"])
def test_the_worst_incident_still_fits_the_limit_of_inputs(starting: GithubDispatch, filler: str) -> None:
    worst = an_incident(
        summary=filler * 4000,
        context=Context.of(dict.fromkeys(("user", "user_id", "channel", "intent", "entities"), filler * 5000)),
        stack_trace=filler * 50_000,
        logs=[filler * 9000] * 2000,
        build=filler * 500,
        env=filler * 500,
    )

    body = json.loads(starting.request(an_order(), worst))

    assert len(json.dumps(body["inputs"])) <= MAX_INPUT_CHARACTERS
    assert json.loads(body["inputs"]["payload"])["incident"]["logs"]


async def test_the_run_that_the_answer_named_is_looked_at_at_once(api: FakeApi, starting: GithubDispatch) -> None:
    api.says(TOLD, a_run(7, status="queued", conclusion=None, event="workflow_dispatch"))
    api.says(f"GET {REPO}/actions/runs/7/jobs", {"jobs": []})

    seen = await starting.look(sent_order(asked_run_id=7))

    assert isinstance(seen, Working)
    assert seen.run_id == 7
    assert f"{REPO}/actions/workflows/codex-autofix.yml/runs" not in [each.path for each in api.asked]


async def test_of_a_doubled_start_the_first_run_counts_though_the_answer_named_the_second(
    api: FakeApi, starting: GithubDispatch
) -> None:
    begun: dict[str, Any] = {"event": "workflow_dispatch", "head_branch": "trunk"}
    api.says(TOLD.replace("/7", "/8"), a_run(8, **begun))
    runs(api, a_run(8, **begun), a_run(7, status="in_progress", conclusion=None, **begun))
    api.says(f"GET {REPO}/actions/runs/7/jobs", {"jobs": []})

    seen = await starting.look(sent_order(asked_run_id=8))

    assert isinstance(seen, Working)
    assert seen.run_id == 7


async def test_a_named_run_that_ended_is_not_believed_before_github_lists_it(
    api: FakeApi, starting: GithubDispatch
) -> None:
    api.says(TOLD, a_run(7, event="workflow_dispatch", head_branch="trunk"))
    runs(api)

    seen = await starting.look(sent_order(asked_run_id=7))

    assert isinstance(seen, Working)
    assert "does not list it yet" in seen.progress


@pytest.mark.parametrize("named", [404, "suture inc_0123456789zz propose 1"])
async def test_a_named_run_that_is_not_there_or_is_anothers_is_looked_for_by_the_incidents_id(
    api: FakeApi, starting: GithubDispatch, named: int | str
) -> None:
    answer = ({"message": "Not Found"}, named) if isinstance(named, int) else (a_run(7, display_title=named), 200)
    api.says(TOLD, *answer)
    runs(api, a_run(9, status="in_progress", conclusion=None, event="workflow_dispatch", head_branch="trunk"))
    api.says(f"GET {REPO}/actions/runs/9/jobs", {"jobs": []})

    seen = await starting.look(sent_order(asked_run_id=7))

    assert isinstance(seen, Working)
    assert seen.run_id == 9


@pytest.mark.parametrize(
    "foreign", [{"event": "workflow_dispatch", "head_branch": "somebodys"}, {"event": "pull_request"}]
)
async def test_a_run_of_that_name_on_another_branch_is_nobodys(
    api: FakeApi, starting: GithubDispatch, foreign: dict[str, Any]
) -> None:
    runs(api, a_run(3, **foreign))

    assert await starting.look(sent_order()) == NotSeen()


@pytest.mark.parametrize(("status", "says"), [(403, "Actions write"), (422, "trigger workflow_dispatch")])
async def test_a_refused_start_tells_its_own_remedy(
    api: FakeApi, starting: GithubDispatch, status: int, says: str
) -> None:
    api.says(START, {"message": "no"}, status)

    with pytest.raises(AgentRefused, match=says):
        await starting.propose(an_order(), an_incident())


@pytest.mark.parametrize(("status", "lacks"), [(422, None), (403, "Actions write"), (404, "workflow file is missing")])
async def test_looking_around_starts_nothing(
    api: FakeApi, starting: GithubDispatch, status: int, lacks: str | None
) -> None:
    api.says(START, {"message": "No ref found for: suture..none"}, status)

    if lacks is None:
        assert "takes dispatches" in await starting.look_around()
    else:
        with pytest.raises(AgentRefused, match=lacks):
            await starting.look_around()

    assert json.loads(api.bodies[-1]) == {"ref": "suture..none"}


async def test_publishing_names_run_diff_and_base_and_carries_no_text(api: FakeApi, agent: GithubDispatch) -> None:
    await agent.publish(publishing_order())

    assert json.loads(api.bodies[0]) == {
        "event_type": "codex_autofix",
        "client_payload": {
            "phase": "publish",
            "attempt": "1",
            "order_id": "wo_20260105_0001",
            "incident": {"id": "inc_0123456789ab"},
            "run_id": "7",
            "diff_sha256": "d" * 64,
            "base_sha": BASE_SHA,
        },
    }


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "GITHUB_DISPATCH_TOKEN is wrong or expired"),
        (403, "Contents write"),
        (404, "GITHUB_REPO is wrong"),
        (422, "answered 422: no such event"),
        (307, "GITHUB_REPO"),
        (200, "answered 200"),
    ],
)
async def test_a_refusal_tells_the_status_githubs_words_and_the_remedy(
    api: FakeApi, agent: GithubDispatch, status: int, says: str
) -> None:
    api.says(DISPATCH, {"message": "no such event"}, status)

    with pytest.raises(AgentRefused, match=says) as refused:
        await agent.propose(an_order(), an_incident())

    assert str(status) in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait"),
    [
        (429, {"Retry-After": "120"}, "slow", 120),
        (429, {}, "slow", 60),
        (403, {"Retry-After": "30"}, "secondary", 30),
        (403, {}, "You have exceeded a secondary rate limit", 60),
        (503, {"Retry-After": "45"}, "maintenance", 45),
    ],
)
async def test_a_limit_or_maintenance_is_waited_out(
    api: FakeApi, agent: GithubDispatch, status: int, headers: dict[str, str], message: str, wait: float
) -> None:
    api.says(DISPATCH, {"message": message}, status, **headers)

    with pytest.raises(AgentUnavailable, match=str(status)) as waiting:
        await agent.propose(an_order(), an_incident())

    assert waiting.value.retry_after == wait
    assert len(api.asked) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_after_a_write_may_have_taken_effect(
    api: FakeApi, agent: GithubDispatch, status: int
) -> None:
    api.says(DISPATCH, {"message": "oops"}, status)

    with pytest.raises(OutcomeUnknown, match=str(status)):
        await agent.publish(publishing_order())

    assert len(api.asked) == 1


async def test_github_out_of_reach_is_unavailable_for_writes_and_looks() -> None:
    async with open_github("http://127.0.0.1:9", TOKEN, "octo/bot") as github:
        agent = GithubDispatch(github, "codex_autofix")
        with pytest.raises(AgentUnavailable, match="GitHub could not be reached"):
            await agent.propose(an_order(), an_incident())
        with pytest.raises(AgentUnavailable):
            await agent.look(sent_order())


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AgentRefused),
        (404, AgentRefused),
        (500, AgentUnavailable),
        (502, AgentUnavailable),
        (429, AgentUnavailable),
    ],
)
async def test_a_look_that_fails_says_whether_it_may_pass(
    api: FakeApi, agent: GithubDispatch, status: int, error: type[Exception]
) -> None:
    api.says(RUNS, {"message": "x"}, status)

    with pytest.raises(error):
        await agent.look(sent_order())


async def test_runs_are_looked_for_from_a_little_before_the_order(api: FakeApi, agent: GithubDispatch) -> None:
    runs(api)

    assert await agent.look(sent_order()) == NotSeen()

    assert api.asked[0].query["created"] == f">={NOW - CLOCK_SKEW:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    "title",
    [
        "suture inc_0123456789ab propose 12",
        "suture inc_0123456789ab propose 2",
        "suture inc_0123456789ab publish 1",
        "suture inc_0123456789ac propose 1",
        "suture inc_0123456789ab propose 1 ",
        "x suture inc_0123456789ab propose 1",
        "Suture inc_0123456789ab propose 1",
        "Codex Autofix",
    ],
)
async def test_a_run_of_another_name_is_not_ours(api: FakeApi, agent: GithubDispatch, title: str) -> None:
    runs(api, a_run(display_title=title))

    assert await agent.look(sent_order()) == NotSeen()


async def test_of_a_doubled_dispatch_the_first_run_counts(api: FakeApi, agent: GithubDispatch) -> None:
    runs(api, a_run(9, conclusion="success"), a_run(7, status="in_progress", conclusion=None))
    api.says(f"GET {REPO}/actions/runs/7/jobs", {"jobs": []})

    seen = await agent.look(sent_order())

    assert seen == Working(7, "https://github.test/octo/bot/actions/runs/7", "waiting for a runner")


async def test_progress_is_the_current_job_and_step(api: FakeApi, agent: GithubDispatch) -> None:
    runs(api, a_run(status="in_progress", conclusion=None))
    steps = [
        {"name": "Check out", "number": 1, "status": "completed", "conclusion": "success"},
        {"name": "Write the patch", "number": 2, "status": "in_progress"},
        {"name": "Keep the patch", "number": 3, "status": "queued"},
    ]
    jobs = [
        {"id": 1, "name": "Earlier", "status": "completed", "conclusion": "success", "steps": []},
        {"id": 2, "name": "Propose", "status": "in_progress", "steps": steps},
    ]
    api.says(f"GET {REPO}/actions/runs/7/jobs", {"jobs": jobs})

    seen = await agent.look(sent_order())

    assert isinstance(seen, Working)
    assert seen.progress == "Propose: Write the patch (2/3)"


async def test_a_successful_run_gives_its_patch_to_the_byte(api: FakeApi, agent: GithubDispatch) -> None:
    diff = a_diff(new="x") + b"\xff\r\n\x00"
    runs(api, a_run())
    artifacts(api, patch_files(diff))

    seen = await agent.look(sent_order())

    assert isinstance(seen, Patched)
    assert (seen.diff, seen.base_sha, seen.run_id) == (diff, BASE_SHA, 7)
    assert (seen.report, seen.proof.level) == (a_report(), 2)


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (
            {"no_fix_reason": "the sheet is down."},
            "No fix: the sheet is down. It looked at bot/ledger/amount.py.",
        ),
        ({}, "No fix: it changed no file and did not say why. It looked at bot/ledger/amount.py."),
        ({"files_examined": ()}, "No fix: it changed no file, looked at none and did not say why, as when"),
        ({"commands_ran": False, "no_fix_reason": "x"}, "No fix: the coding agent could not run its commands"),
    ],
)
async def test_an_empty_diff_is_no_fix_with_the_agents_reason(
    api: FakeApi, agent: GithubDispatch, report: dict[str, Any], why: str
) -> None:
    runs(api, a_run())
    artifacts(api, patch_files(b"\n", **report))

    seen = await agent.look(sent_order())
    assert isinstance(seen, NoFix)
    assert seen.reason.startswith(why)


async def seen_with(api: FakeApi, agent: GithubDispatch, contents: dict[str, dict[str, bytes]], **kw: Any) -> Sighting:
    runs(api, a_run())
    artifacts(api, contents, **kw)
    return await agent.look(sent_order())


GOOD = patch_files(a_diff())


def patch_with(more: dict[str, Any], without: str = "") -> dict[str, bytes]:
    """The patch's files with another report."""
    report = {name: value for name, value in a_report().model_dump(mode="json").items() if name != without}
    return {"patch.diff": a_diff(), "report.json": json.dumps(report | more).encode()}


SPOILED: dict[str, dict[str, dict[str, bytes]]] = {
    "no artifacts": {},
    "no proof": {"suture-patch": GOOD["suture-patch"]},
    "no report": {**GOOD, "suture-patch": {"patch.diff": a_diff()}},
    "no diff": {**GOOD, "suture-patch": {"report.json": b"{}"}},
    "a report that is no JSON": {**GOOD, "suture-patch": {"patch.diff": a_diff(), "report.json": b"Sorry, I cannot"}},
    "a report of another form": {**GOOD, "suture-patch": {"patch.diff": a_diff(), "report.json": b"[]"}},
    "a report without end": {**GOOD, "suture-patch": {"patch.diff": a_diff(), "report.json": b"[" * 200_000}},
    "an empty report": {**GOOD, "suture-patch": {"patch.diff": a_diff(), "report.json": b"\n"}},
    "a report with a field too many": {**GOOD, "suture-patch": patch_with({"approved": True})},
    "a report that lacks a field": {**GOOD, "suture-patch": patch_with({}, "risk")},
    "a proof of level 7": {**GOOD, "suture-proof": {"proof.json": b'{"level": 7}'}},
    "a proof that is no JSON": {**GOOD, "suture-proof": {"proof.json": b"\xff"}},
    "a diff that is too large": patch_files(b"x" * (MAX_DIFF_BYTES + 1)),
    "a zip with a path": {**GOOD, "suture-patch": {"../patch.diff": a_diff()}},
}


WHY = {
    "a report that is no JSON": "The model's report is not of the form",
    "a report of another form": "The model's report is not of the form",
    "a report without end": "nested too deeply",
    "an empty report": "The model ended without a report",
    "a report with a field too many": "one too many: 'approved'",
    "a report that lacks a field": "lacks a field, or has one too many: 'risk'",
    "a diff that is too large": "The patch is larger than 256 KiB",
}


@pytest.mark.parametrize("what", SPOILED)
async def test_a_run_that_left_something_else_failed_and_says_so(
    api: FakeApi, agent: GithubDispatch, what: str
) -> None:
    seen = await seen_with(api, agent, SPOILED[what])

    assert isinstance(seen, Failed)
    assert WHY.get(what, "artifact") in seen.reason
    assert len(seen.reason) < 500


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"level": 2, "diff_sha256": "0" * 64}, "of another one"),
        ({"level": 2}, "of another one"),
    ],
)
async def test_a_proof_is_believed_only_of_this_diff(
    api: FakeApi, agent: GithubDispatch, claims: dict[str, Any], why: str
) -> None:
    contents = {**GOOD, "suture-proof": {"proof.json": a_proof(**claims).model_dump_json().encode()}}

    seen = await seen_with(api, agent, contents)

    assert isinstance(seen, Patched)
    assert seen.proof.level == 0
    assert why in seen.proof.reasons[0]


@pytest.mark.parametrize(
    ("told", "cost"),
    [
        (b'{"usd": 0.42}', "0.420000"),
        (b'{"usd": "1.%s"}' % (b"0" * 9_999), "1.000000"),
        (b'{"usd": -0.0}', "0.000000"),
        (b"", None),
        (b"[]", None),
        (b'{"usd": -1}', None),
        (b'{"usd": "Infinity"}', None),
    ],
    ids=range(7),
)
@pytest.mark.parametrize("diff", [a_diff(), b""], ids=["patch", "none"])
async def test_a_cost_beside_the_patch_is_taken_when_it_is_a_sum(
    api: FakeApi, agent: GithubDispatch, told: bytes, cost: str | None, diff: bytes
) -> None:
    files = patch_files(diff)
    files["suture-patch"]["cost.json"] = told
    runs(api, a_run())
    artifacts(api, files)

    seen = await agent.look(sent_order())

    assert isinstance(seen, Patched | NoFix)
    assert (None if seen.cost_usd is None else str(seen.cost_usd)) == cost


async def test_an_expired_artifact_ends_the_order_instead_of_being_asked_for_ever(
    api: FakeApi, agent: GithubDispatch
) -> None:
    seen = await seen_with(api, agent, GOOD, expired=True)

    assert isinstance(seen, Failed)
    assert seen.reason.startswith(PRUNED)


async def test_an_artifact_that_cannot_be_fetched_just_now_is_asked_for_again(
    api: FakeApi, agent: GithubDispatch
) -> None:
    runs(api, a_run())
    artifacts(api, GOOD)
    api.says(f"GET {REPO}/actions/artifacts/1/zip", {"message": "x"}, 502)

    with pytest.raises(AgentUnavailable):
        await agent.look(sent_order())


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "startup_failure", "skipped", None])
async def test_a_run_that_did_not_succeed_says_where(
    api: FakeApi, agent: GithubDispatch, conclusion: str | None
) -> None:
    runs(api, a_run(conclusion=conclusion))
    step = {"name": "Write the patch", "number": 2, "status": "completed", "conclusion": "failure"}
    jobs = [{"id": 1, "name": "Propose", "status": "completed", "conclusion": "failure", "steps": [step]}]
    api.says(f"GET {REPO}/actions/runs/7/jobs", {"jobs": jobs if conclusion == "failure" else []})

    seen = await agent.look(sent_order())

    assert isinstance(seen, Failed)
    assert ("“Write the patch”" if conclusion == "failure" else str(conclusion)) in seen.reason


async def test_the_pull_request_of_our_branch_is_the_publication(api: FakeApi, agent: GithubDispatch) -> None:
    def pulls_of(request: web.Request) -> web.Response:
        ours = {"number": 3, "html_url": "https://github.test/octo/bot/pull/3", "state": "open"}
        newer = {"number": 99, "html_url": "https://github.test/octo/bot/pull/99", "state": "open"}
        return web.json_response([ours] if request.query.get("head") == "octo:suture/inc_0123456789ab" else [newer])

    runs(api)
    api.replies[PULLS] = pulls_of

    assert await agent.look(publishing_order()) == Published(3, "https://github.test/octo/bot/pull/3")


async def test_while_proposing_no_pull_request_is_looked_at(api: FakeApi, agent: GithubDispatch) -> None:
    runs(api)
    api.says(PULLS, [{"number": 3, "html_url": "https://github.test/octo/bot/pull/3", "state": "open"}])

    assert await agent.look(sent_order()) == NotSeen()


async def test_a_pull_request_that_opens_while_we_look_is_not_taken_for_a_failure(
    api: FakeApi, agent: GithubDispatch
) -> None:
    published = a_run(8, display_title="suture inc_0123456789ab publish 1")

    def run_ends(request: web.Request) -> web.Response:
        api.says(PULLS, [{"number": 3, "html_url": "https://github.test/octo/bot/pull/3", "state": "open"}])
        return web.json_response({"workflow_runs": [published]})

    api.replies[RUNS] = run_ends
    artifacts(api, {}, run_id=8)
    api.says(f"GET {REPO}/actions/runs/8/jobs", {"jobs": []})

    assert await agent.look(publishing_order()) == Published(3, "https://github.test/octo/bot/pull/3")


@pytest.mark.parametrize("branch", ["suture/inc_0123456789ab", "suture/inc_another00000"])
async def test_a_listing_that_is_late_does_not_hide_what_the_run_opened(
    api: FakeApi, agent: GithubDispatch, branch: str
) -> None:
    runs(api, a_run(8, display_title="suture inc_0123456789ab publish 1"))
    api.says(PULLS, [])
    address = "https://github.test/octo/bot/pull/3"
    told = json.dumps({"status": "published", "reason": "opened", "pr_url": address}).encode()
    artifacts(api, {"suture-publication": {"publication.json": told}}, run_id=8)
    api.says(
        f"GET {REPO}/pulls/3", {"number": 3, "html_url": address, "state": "open", "head": {"sha": "d", "ref": branch}}
    )

    seen = await agent.look(publishing_order())

    is_ours = branch == publishing_order().branch
    assert seen == Published(3, address) if is_ours else isinstance(seen, Failed)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b'{"status":"refused","reason":"The branch exists already."}', "The branch exists already."),
        (b'{"status":"refused"}', "failure"),
        (b"[]", "failure"),
        (b"\xff", "failure"),
    ],
)
async def test_a_refused_publication_says_why(api: FakeApi, agent: GithubDispatch, file: bytes, why: str) -> None:
    runs(api, a_run(8, display_title="suture inc_0123456789ab publish 1", conclusion="failure"))
    artifacts(api, {"suture-publication": {"publication.json": file}}, run_id=8)
    api.says(f"GET {REPO}/actions/runs/8/jobs", {"jobs": []})

    seen = await agent.look(publishing_order())

    assert isinstance(seen, Failed)
    assert why in seen.reason


async def test_a_refused_publication_whose_reason_expired_is_still_a_failure(
    api: FakeApi, agent: GithubDispatch
) -> None:
    runs(api, a_run(8, display_title="suture inc_0123456789ab publish 1", conclusion="failure"))
    artifacts(api, {"suture-publication": {"publication.json": b"{}"}}, run_id=8, expired=True)
    api.says(f"GET {REPO}/actions/runs/8/jobs", {"jobs": []})

    assert isinstance(await agent.look(publishing_order()), Failed)


def with_pull() -> WorkOrder:
    return advance(publishing_order(), "pr_open", NOW, pr_number=3, pr_url="https://github.test/octo/bot/pull/3")


def a_pull(number: int = 3, **changes: Any) -> dict[str, Any]:
    fields = {
        "number": number,
        "html_url": f"https://github.test/octo/bot/pull/{number}",
        "state": "open",
        "draft": True,
        "merged_at": None,
        "merge_commit_sha": "e" * 40,  # of an open one: GitHub's trial merge
        "head": {"sha": "f" * 40},
    }
    return fields | changes


def a_check(number: int, path: str, **changes: Any) -> dict[str, Any]:
    return a_run(number, path=path, event="push", **changes)


def followed(api: FakeApi, pull: dict[str, Any], runs: Sequence[Any] = (), reviews: Sequence[Any] = ()) -> None:
    api.says(PULLS, [a_pull(9, state="closed", merged_at="2026-01-05T13:00:00Z"), pull])
    api.says(f"GET {REPO}/actions/runs", {"total_count": len(runs), "workflow_runs": list(runs)})
    api.says(f"GET {REPO}/pulls/3/reviews", list(reviews))


def a_review(login: str, state: str) -> dict[str, Any]:
    return {"id": 1, "user": {"login": login}, "state": state}


@pytest.mark.parametrize(
    ("runs", "checks"),
    [
        ([], "none"),
        ([a_run(1, event="repository_dispatch")], "none"),
        ([a_run(1, event="workflow_dispatch", conclusion="skipped")], "none"),
        ([a_run(1, path="ci", event="workflow_dispatch", conclusion="failure")], "failed"),
        (
            [
                a_check(1, "ci"),
                a_check(2, "docs", status="queued", conclusion=None),
            ],
            "running",
        ),
        (
            [a_check(1, "ci"), a_check(2, "docs", conclusion="skipped")],
            "passed",
        ),
        (
            [a_check(1, "ci", conclusion="failure"), a_check(2, "docs")],
            "failed",
        ),
        (
            [
                a_check(1, "ci", conclusion="failure"),
                a_check(2, "ci"),
            ],
            "passed",
        ),
        ([a_check(1, "ci", conclusion="cancelled")], "failed"),
        ([a_check(1, "ci", conclusion="action_required")], "failed"),
    ],
)
async def test_checks_on_the_head_of_a_pull_request_are_summed_up(
    api: FakeApi, agent: GithubDispatch, runs: list[dict[str, Any]], checks: str
) -> None:
    followed(api, a_pull(), runs)

    seen = await agent.look(with_pull())

    assert isinstance(seen, PullSeen)
    assert (seen.state, seen.draft, seen.merge_sha) == ("open", True, None)
    assert seen.checks == checks
    assert {dict(each.query).get("head_sha") for each in api.asked if each.path.endswith("/actions/runs")} == {"f" * 40}


@pytest.mark.parametrize(
    ("reviews", "verdict"),
    [
        ([], "none"),
        ([a_review("bea", "COMMENTED")], "none"),
        ([a_review("bea", "APPROVED"), a_review("bea", "COMMENTED")], "approved"),
        ([a_review("bea", "CHANGES_REQUESTED"), a_review("bea", "APPROVED")], "approved"),
        ([a_review("bea", "CHANGES_REQUESTED"), a_review("carl", "APPROVED")], "changes requested"),
        ([a_review("bea", "APPROVED"), a_review("bea", "DISMISSED")], "none"),
        ([{"id": 1, "user": None, "state": "APPROVED"}], "approved"),
    ],
)
async def test_of_each_reviewer_the_last_verdict_counts(
    api: FakeApi, agent: GithubDispatch, reviews: list[dict[str, Any]], verdict: str
) -> None:
    followed(api, a_pull(), [], reviews)

    seen = await agent.look(with_pull())

    assert isinstance(seen, PullSeen)
    assert seen.review == verdict


async def test_a_merged_pull_request_gives_its_merge_commit(api: FakeApi, agent: GithubDispatch) -> None:
    followed(api, a_pull(state="closed", merged_at="2026-01-05T13:00:00Z"))

    assert await agent.look(with_pull()) == PullSeen("merged", True, "none", "none", "e" * 40)


async def test_a_pull_request_that_was_closed_unmerged_is_closed(api: FakeApi, agent: GithubDispatch) -> None:
    followed(api, a_pull(state="closed"))
    api.says(BRANCH, {"name": with_pull().branch})

    assert await agent.look(with_pull()) == PullSeen("closed", True, "none", "none")


async def test_a_closed_pull_request_whose_branch_is_gone_is_told_as_that(api: FakeApi, agent: GithubDispatch) -> None:
    followed(api, a_pull(state="closed"))
    api.says(BRANCH, {"message": "Branch not found"}, 404)

    assert await agent.look(with_pull()) == PullSeen("closed", True, "none", "none", branch_gone=True)


async def test_another_pull_request_from_the_same_branch_is_never_taken_for_ours(
    api: FakeApi, agent: GithubDispatch
) -> None:
    followed(api, a_pull())

    seen = await agent.look(with_pull())

    assert isinstance(seen, PullSeen)
    assert seen.state == "open"


async def test_a_pull_request_that_is_nowhere_was_not_seen(api: FakeApi, agent: GithubDispatch) -> None:
    followed(api, a_pull(10))

    assert await agent.look(with_pull()) == NotSeen()
