"""The sandbox's REST API answers as GitHub's does."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

WORKFLOW = """
name: Go
run-name: run ${{ github.event.client_payload.id }}
on: {repository_dispatch: {types: [go]}}
jobs:
  one:
    name: The job
    runs-on: x
    steps: [{name: say, run: echo hi}, {name: end, run: "${{ github.event.client_payload.do }}"}]
"""


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self):
        return self.now


def message(response):
    return response.json()["message"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"event_type": ""}, '"event_type" wasn\'t supplied'),
        ({}, '"event_type" wasn\'t supplied'),
        ({"event_type": "x" * 101}, "maximum is 100 characters"),
        ({"event_type": "go", "client_payload": {str(n): n for n in range(11)}}, "11 were supplied"),
        ({"event_type": "go", "client_payload": {"a": "é" * 33_000}}, "client_payload is too large"),
        ({"event_type": "go", "client_payload": [1]}, "is not an object"),
        ({"event_type": "go", "extra": 1}, '"extra" is not a permitted key'),
    ],
)
async def test_a_dispatch_that_github_would_not_take_is_refused(start_github, body, words):
    lab = await start_github(workflow=WORKFLOW)

    response = await lab.client.post("/dispatches", json=body)

    assert response.status_code == 422
    assert words in message(response)
    assert lab.server.runs == []


async def test_a_dispatch_at_the_limits_is_taken(start_github):
    lab = await start_github(workflow=WORKFLOW)
    payload = {str(n): "x" for n in range(9)} | {"id": "y" * 65_000}

    response = await lab.client.post("/dispatches", json={"event_type": "go", "client_payload": payload})

    assert (response.status_code, response.content) == (204, b"")
    assert len(lab.server.runs) == 1


async def test_a_body_that_is_no_json_object_is_refused(start_github):
    lab = await start_github()

    assert (await lab.client.post("/dispatches", content=b"{")).status_code == 400
    assert (await lab.client.post("/dispatches", json=[1])).status_code == 400
    assert (await lab.client.post("/dispatches", content=b'{"event_type": "\\ud800"}')).status_code == 400


@pytest.mark.parametrize(
    ("authorization", "status", "words"),
    [
        ("token wrong", 401, "Bad credentials"),
        ("Basic !", 401, "Bad credentials"),
        ("", 401, "Requires authentication"),
    ],
)
async def test_without_a_good_token_there_is_no_answer(start_github, authorization, status, words):
    lab = await start_github()

    response = await lab.client.get(lab.root, headers={"Authorization": authorization})

    assert (response.status_code, message(response)) == (status, words)


async def test_both_forms_of_authorization_are_taken(start_github):
    lab = await start_github()
    token = lab.server.bot_token

    answers = [
        await lab.client.get(lab.root, headers={"Authorization": f"{kind} {token}"}) for kind in ("token", "Bearer")
    ]

    assert [answer.json()["full_name"] for answer in answers] == ["suture-lab/suture"] * 2


async def test_a_token_reaches_only_what_it_was_given(start_github):
    lab = await start_github(bot_permissions={"contents": "read"})
    body = {"event_type": "go"}

    dispatch = await lab.client.post("/dispatches", json=body)
    runs = await lab.client.get("/actions/runs")
    pulls = await lab.client.get("/pulls")
    branch = await lab.client.get("/branches/main")

    assert dispatch.status_code == 404
    assert (runs.status_code, pulls.status_code, branch.status_code) == (403, 403, 200)
    assert message(runs) == "Resource not accessible by personal access token"


async def test_another_repository_is_not_found(start_github):
    lab = await start_github()

    response = await lab.client.get(f"{lab.server.api_url}/repos/suture-lab/other")

    assert (response.status_code, message(response)) == (404, "Not Found")


async def test_branches_and_refs_tell_their_commit(start_github):
    lab = await start_github()
    sha = await lab.server.find_default_commit()

    branch = (await lab.client.get("/branches/main")).json()
    ref = (await lab.client.get("/git/ref/heads/main")).json()
    commit = (await lab.client.get("/commits/main")).json()

    assert branch["commit"]["sha"] == ref["object"]["sha"] == commit["sha"] == sha
    assert branch["commit"]["commit"]["message"] == "Start"
    assert (await lab.client.get("/branches/none")).status_code == 404
    assert (await lab.client.get("/git/ref/heads/none")).status_code == 404
    assert (await lab.client.get("/commits/none")).status_code == 422


async def test_an_answer_that_did_not_change_costs_nothing(start_github):
    lab = await start_github(workflow=WORKFLOW)
    first = await lab.client.get("/actions/runs")

    same = await lab.client.get("/actions/runs", headers={"If-None-Match": first.headers["etag"]})
    await lab.run(id="a")
    changed = await lab.client.get("/actions/runs", headers={"If-None-Match": first.headers["etag"]})

    assert (first.status_code, same.status_code, changed.status_code) == (200, 304, 200)
    assert same.content == b""
    assert same.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"] == "4999"
    assert re.fullmatch("[0-9A-F]{20}", first.headers["x-github-request-id"])


async def test_an_hour_has_so_many_requests_and_no_more(start_github):
    clock = Clock()
    lab = await start_github(clock=clock, requests_per_hour=3)

    answers = [await lab.client.get(path) for path in (lab.root, "/nowhere", lab.root)]
    refused = await lab.client.get(lab.root)
    clock.now = datetime.fromtimestamp(int(refused.headers["x-ratelimit-reset"]), UTC)
    admitted = await lab.client.get(lab.root)

    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0"]
    assert (refused.status_code, admitted.status_code) == (403, 200)
    assert "rate limit exceeded" in message(refused)


async def test_runs_are_listed_newest_first_in_pages_with_links(start_github):
    lab = await start_github(workflow=WORKFLOW)
    for number in range(5):
        await lab.dispatch(id=str(number))

    page = await lab.client.get("/actions/workflows/go.yml/runs", params={"per_page": 2, "page": 2})
    following = await lab.client.get(page.links["next"]["url"])

    assert page.json()["total_count"] == 5
    assert [run["display_title"] for run in page.json()["workflow_runs"]] == ["run 2", "run 1"]
    assert [run["display_title"] for run in following.json()["workflow_runs"]] == ["run 0"]
    assert set(page.links) == {"prev", "next", "last", "first"}


async def test_runs_are_filtered_as_at_github(start_github):
    clock = Clock()
    lab = await start_github(workflow=WORKFLOW, clock=clock)
    await lab.run(id="old")
    clock.now += timedelta(hours=1, microseconds=7)
    await lab.run(id="new", do="exit 1")

    async def find(**params):
        answer = await lab.client.get("/actions/workflows/go.yml/runs", params=params)
        assert answer.status_code == 200, answer.text
        return [run["display_title"].removeprefix("run ") for run in answer.json()["workflow_runs"]]

    assert await find(event="repository_dispatch") == ["new", "old"]
    assert await find(event="push") == []
    assert await find(created=">=2026-03-01T13:00:00Z") == ["new"]
    assert await find(created=">2026-03-01T13:00:00Z") == []
    assert await find(created="<2026-03-01T13:00:00+00:00") == ["old"]
    assert await find(created="<=2026-03-01T13:00:00Z") == ["new", "old"]
    assert await find(created="2026-03-01") == ["new", "old"]
    assert await find(created="2026-03-01T12:00:00Z") == ["old"]
    assert await find(created="2026-03-01T12:30:00Z..*") == ["new"]
    assert await find(created="2026-02-01..2026-03-01T12:30:00Z") == ["old"]
    assert await find(status="failure") == ["new"]
    assert await find(status="completed") == ["new", "old"]
    assert await find(status="queued") == []


async def test_a_filter_that_is_no_time_is_refused_by_name(start_github):
    lab = await start_github(workflow=WORKFLOW)

    response = await lab.client.get("/actions/runs", params={"created": ">=yesterday"})

    assert response.status_code == 422
    assert "'yesterday'" in message(response)


async def test_a_run_tells_its_jobs_and_their_steps(start_github):
    lab = await start_github(workflow=WORKFLOW)
    run = await lab.run(id="inc_1", do="exit 1")

    shown = (await lab.client.get(f"/actions/runs/{run.id}")).json()
    jobs = (await lab.client.get(f"/actions/runs/{run.id}/jobs")).json()

    assert (shown["status"], shown["conclusion"], shown["display_title"]) == ("completed", "failure", "run inc_1")
    assert shown["path"] == ".github/workflows/go.yml"
    assert shown["head_sha"] == await lab.server.find_default_commit()
    [job] = jobs["jobs"]
    assert (jobs["total_count"], job["name"], job["conclusion"]) == (1, "The job", "failure")
    steps = [(step["number"], step["name"], step["status"], step["conclusion"]) for step in job["steps"]]
    assert steps == [
        (1, "Set up job", "completed", "success"),
        (2, "say", "completed", "success"),
        (3, "end", "completed", "failure"),
        (4, "Complete job", "completed", "success"),
    ]
    assert job["steps"][1]["started_at"] <= job["steps"][1]["completed_at"]


async def test_an_unknown_workflow_run_or_route_is_not_found(start_github):
    lab = await start_github(workflow=WORKFLOW)

    paths = ["/actions/workflows/none.yml/runs", "/actions/runs/7", "/actions/runs/7/jobs", "/nowhere"]
    answers = [await lab.client.get(path) for path in paths]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await lab.client.put("/pulls")).status_code == 405
    assert (await lab.client.get("/actions/workflows/go.yml/runs")).json() == {"total_count": 0, "workflow_runs": []}


async def test_only_actions_write_cancels(start_github):
    reader = await start_github(workflow=WORKFLOW, directory="reader")
    writer = await start_github(
        workflow=WORKFLOW, directory="writer", bot_permissions={"contents": "write", "actions": "write"}
    )
    await reader.run(id="a")
    await writer.run(id="a")

    assert (await reader.client.post("/actions/runs/1/cancel")).status_code == 403
    assert (await writer.client.post("/actions/runs/1/cancel")).status_code == 409


async def test_pages_show_what_happened_and_escape_it(start_github):
    lab = await start_github(workflow=WORKFLOW)
    await lab.run(id="<b>inc</b>")

    async with httpx.AsyncClient(trust_env=False, base_url=lab.server.url) as browser:
        pages = [
            await browser.get(path)
            for path in (
                "/suture-lab/suture",
                "/suture-lab/suture/actions/runs/1",
                "/suture-lab/suture/actions/workflows/go.yml",
                f"/suture-lab/suture/commit/{await lab.server.find_default_commit()}",
            )
        ]
        missing = await browser.get("/suture-lab/suture/pull/9")

    assert [page.status_code for page in pages] == [200] * 4
    assert all("run &lt;b&gt;inc&lt;/b&gt;" in page.text for page in pages[:3])
    assert "The job: success" in pages[1].text
    assert missing.status_code == 404


BY_HAND = """
name: Go
run-name: run ${{ inputs.id }}
on: {workflow_dispatch: {inputs: {id: {required: true}, deep: {type: boolean}}}}
jobs: {one: {runs-on: x, steps: [{run: echo hi}]}}
"""
STARTS = "/actions/workflows/go.yml/dispatches"
MAY_START = {"contents": "write", "actions": "write"}


async def test_a_start_is_answered_with_its_run_only_where_that_is_asked_for(start_github):
    lab = await start_github(workflow=BY_HAND, bot_permissions=MAY_START)
    body = {"ref": "main", "inputs": {"id": "1", "deep": True}}

    without = await lab.client.post(STARTS, json=body)
    told = await lab.client.post(STARTS, json={**body, "ref": "refs/heads/main", "return_run_details": True})

    first, second = lab.server.runs
    assert (without.status_code, without.content) == (204, b"")
    assert (told.status_code, told.json()["workflow_run_id"]) == (200, second.id)
    assert (await lab.client.get(told.json()["run_url"])).json()["html_url"] == told.json()["html_url"]
    assert (first.event, first.display_title, first.head_branch) == ("workflow_dispatch", "run 1", "main")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, '"ref" wasn\'t supplied'),
        ({"ref": "suture..none"}, "No ref found for: suture..none"),
        ({"ref": "main"}, "Required input 'id' not provided"),
        ({"ref": "main", "inputs": {"id": "1", "other": "2"}}, "Unexpected inputs provided"),
        ({"ref": "main", "inputs": {str(n): "x" for n in range(26)}}, "up to 25"),
        ({"ref": "main", "inputs": {"id": "x" * 65_536}}, "too large"),
        ({"ref": "main", "inputs": [1]}, "is not an object"),
        ({"ref": "main", "extra": 1}, '"extra" is not a permitted key'),
    ],
)
async def test_a_start_that_github_would_not_take_is_refused(start_github, body, words):
    lab = await start_github(workflow=BY_HAND, bot_permissions=MAY_START)

    response = await lab.client.post(STARTS, json=body)

    assert response.status_code == 422
    assert words in message(response)
    assert lab.server.runs == []


async def test_a_start_needs_its_right_its_file_and_its_trigger(start_github):
    reader = await start_github(workflow=BY_HAND, directory="reader")
    deaf = await start_github(workflow=WORKFLOW, directory="deaf", bot_permissions=MAY_START)
    body = {"ref": "main", "inputs": {"id": "1"}}

    assert (await reader.client.post(STARTS, json=body)).status_code == 403
    assert (await deaf.client.post(STARTS.replace("go.yml", "no.yml"), json=body)).status_code == 404
    refused = await deaf.client.post(STARTS, json=body)
    assert (refused.status_code, "workflow_dispatch" in message(refused)) == (422, True)
