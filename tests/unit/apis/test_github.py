"""GitHub's REST API as we use it, against a small server that answers as GitHub does, and as it should not."""

import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.apis import http
from bot.apis.github import MAX_ARTIFACT_BYTES, MAX_ARTIFACT_FILES, GitHub, git_address, open_github, unpacked
from bot.apis.http import Answered, OutcomeUnknown, Unreachable
from tests.factories import FakeApi, a_fake_api, packed

TOKEN = "ghp_" + "a" * 36
RUN = {
    "id": 7,
    "display_title": "suture inc_0123456789ab propose 1",
    "status": "completed",
    "conclusion": "success",
    "html_url": "https://github.test/octo/bot/actions/runs/7",
    "head_sha": "b" * 40,
    "event": "repository_dispatch",
    "path": ".github/workflows/codex-autofix.yml@main",
    "created_at": "2026-01-05T12:00:03Z",
    "unknown_field": {"x": 1},
}
PULL = {"number": 3, "html_url": "https://github.test/octo/bot/pull/3", "state": "open", "draft": True, "title": "x"}


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with a_fake_api() as fake:
        yield fake


@pytest.fixture
async def github(api: FakeApi) -> AsyncIterator[GitHub]:
    async with open_github(api.url, TOKEN, "octo/bot") as opened:
        yield opened


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without their pauses."""
    monkeypatch.setattr(http, "wait_as_asked", lambda state: 0.0)


async def test_a_dispatch_is_sent_as_documented_to_the_byte(api: FakeApi, github: GitHub) -> None:
    api.replies["POST /repos/octo/bot/dispatches"] = web.Response(status=204)
    body = b'{"event_type":"codex_autofix","client_payload":{"a":"\\u00e4"}}'

    await github.dispatch(body)

    (request,) = api.asked
    assert api.bodies == [body]
    assert request.headers["Authorization"] == f"token {TOKEN}"
    assert request.headers["Accept"] == "application/vnd.github+json"
    assert request.headers["User-Agent"] == "codex-autofix-dispatch-bot"
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [200, 201, 301, 302, 307, 308, 400, 401, 403, 404, 422, 429, 500, 502, 503])
async def test_whatever_is_not_204_is_no_dispatch_and_is_not_sent_again(
    api: FakeApi, github: GitHub, status: int
) -> None:
    api.says("POST /repos/octo/bot/dispatches", {"message": "Moved"}, status, Location=f"{api.url}/repositories/1")

    with pytest.raises(Answered) as failed:
        await github.dispatch(b"{}")

    assert failed.value.status == status
    assert len(api.asked) == 1


async def test_a_page_instead_of_an_answer_is_no_dispatch(api: FakeApi, github: GitHub) -> None:
    api.replies["POST /repos/octo/bot/dispatches"] = web.Response(text="<html>Sign in</html>", content_type="text/html")

    with pytest.raises(Answered, match="200"):
        await github.dispatch(b"{}")

    assert len(api.asked) == 1


START = "POST /repos/octo/bot/actions/workflows/codex-autofix.yml/dispatches"


async def test_starting_a_workflow_tells_its_runs_id_where_github_does(api: FakeApi, github: GitHub) -> None:
    body = b'{"ref":"main","inputs":{"a":"b"},"return_run_details":true}'
    api.says(START, {"workflow_run_id": 7, "run_url": "https://api.test/7", "html_url": "https://github.test/7"})

    told = await github.start("codex-autofix.yml", body)
    api.replies[START] = web.Response(status=204)
    untold = await github.start("codex-autofix.yml", body)

    assert (told, untold) == (7, None)
    assert api.bodies == [body, body]


@pytest.mark.parametrize("answer", [{}, {"workflow_run_id": "seven"}, {"workflow_run_id": 0}, [], "<html>"])
async def test_a_start_that_was_answered_unreadably_may_have_taken_effect(
    api: FakeApi, github: GitHub, answer: object
) -> None:
    api.says(START, answer)

    with pytest.raises(OutcomeUnknown, match="Begun"):
        await github.start("codex-autofix.yml", b"{}")

    assert len(api.asked) == 1


@pytest.mark.parametrize("status", [201, 307, 403, 404, 422, 500])
async def test_a_refused_start_is_not_sent_again(api: FakeApi, github: GitHub, status: int) -> None:
    api.says(START, {"message": "no"}, status)

    with pytest.raises(Answered) as failed:
        await github.start("codex-autofix.yml", b"{}")

    assert (failed.value.status, len(api.asked)) == (status, 1)


@pytest.mark.parametrize(
    ("event", "branch", "counts"),
    [
        ("repository_dispatch", "trunk", True),
        ("workflow_dispatch", "trunk", True),
        ("workflow_dispatch", "somebodys", False),
        ("workflow_dispatch", None, False),
        ("pull_request", "trunk", False),
        ("push", "trunk", False),
    ],
)
async def test_only_a_dispatch_on_the_default_branch_counts(
    api: FakeApi, github: GitHub, event: str, branch: str | None, counts: bool
) -> None:
    api.says("GET /repos/octo/bot", {"full_name": "octo/bot", "default_branch": "trunk"})
    api.says("GET /repos/octo/bot/actions/runs/7", RUN | {"event": event, "head_branch": branch})

    assert await github.is_dispatched(await github.run(7)) is counts


async def test_a_dispatch_whose_answer_is_cut_off_has_an_unknown_outcome() -> None:
    asked: list[web.Request] = []

    class CutOff(web.Response):
        async def prepare(self, request: web.BaseRequest) -> Any:
            assert request.transport is not None
            request.transport.close()
            return await super().prepare(request)

    async def cut(request: web.Request) -> web.Response:
        asked.append(request)
        return CutOff()

    app = web.Application()
    app.router.add_post("/repos/octo/bot/dispatches", cut)
    async with TestServer(app) as running, open_github(str(running.make_url("/")), TOKEN, "octo/bot") as github:
        with pytest.raises(OutcomeUnknown):
            await github.dispatch(b"{}")

    assert len(asked) == 1


async def test_runs_are_asked_for_by_time_in_utc_whatever_began_them(api: FakeApi, github: GitHub) -> None:
    api.says("GET /repos/octo/bot/actions/workflows/codex-autofix.yml/runs", {"total_count": 1, "workflow_runs": [RUN]})
    since = datetime(2026, 1, 5, 14, 0, tzinfo=timezone(timedelta(hours=2)))

    (run,) = await github.runs("codex-autofix.yml", since)

    assert dict(api.asked[0].query) == {"created": ">=2026-01-05T12:00:00Z", "per_page": "100"}
    assert (run.id, run.display_title, run.conclusion) == (7, "suture inc_0123456789ab propose 1", "success")
    assert run.created_at == datetime(2026, 1, 5, 12, 0, 3, tzinfo=UTC)


async def test_a_run_its_jobs_and_the_repository_are_read(api: FakeApi, github: GitHub) -> None:
    step = {"name": "Write the patch", "number": 5, "status": "in_progress", "conclusion": None}
    job = {"id": 1, "name": "Propose", "status": "in_progress", "conclusion": None, "steps": [step]}
    api.says("GET /repos/octo/bot/actions/runs/7", RUN)
    api.says("GET /repos/octo/bot/actions/runs/7/jobs", {"total_count": 1, "jobs": [job]})
    api.says("GET /repos/octo/bot", {"full_name": "octo/bot", "default_branch": "trunk"})

    run, (read_job,), facts = await github.run(7), await github.jobs(7), await github.repository_facts()

    assert (run.path, run.head_sha) == (".github/workflows/codex-autofix.yml@main", "b" * 40)
    assert (read_job.name, read_job.steps[0].name) == ("Propose", "Write the patch")
    assert facts.default_branch == "trunk"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"workflow_runs": None},
        {"workflow_runs": [{"id": "x"}]},
        {"workflow_runs": [[]]},
        b"<html>",
    ],
)
async def test_an_answer_of_another_shape_is_said_to_be_one(api: FakeApi, github: GitHub, body: object) -> None:
    api.says("GET /repos/octo/bot/actions/workflows/codex-autofix.yml/runs", body)

    with pytest.raises(Answered, match="not a Runs as documented"):
        await github.runs("codex-autofix.yml", datetime(2026, 1, 5, tzinfo=UTC))


@pytest.mark.parametrize("body", [None, {}, "x", b"<html>", {"message": "x"}])
async def test_an_answer_that_is_no_list_of_pulls_is_not_taken_for_an_empty_one(
    api: FakeApi, github: GitHub, body: object
) -> None:
    api.says("GET /repos/octo/bot/pulls", body)

    with pytest.raises(Answered):
        await github.pull_of("suture/inc_0123456789ab")

    assert api.asked


async def test_the_newest_pull_of_exactly_this_branch_in_any_state_is_found(api: FakeApi, github: GitHub) -> None:
    api.says("GET /repos/octo/bot/pulls", [{**PULL, "number": 3, "state": "closed"}, {**PULL, "number": 9}, PULL])

    pull = await github.pull_of("suture/inc_0123456789ab")

    assert pull is not None
    assert pull.number == 9
    assert api.asked[0].query["head"] == "octo:suture/inc_0123456789ab"
    assert api.asked[0].query["state"] == "all"


async def test_no_pull_is_no_pull(api: FakeApi, github: GitHub) -> None:
    api.says("GET /repos/octo/bot/pulls", [])

    assert await github.pull_of("suture/inc_0123456789ab") is None


async def test_a_pull_request_is_always_opened_as_a_draft_and_once(api: FakeApi, github: GitHub) -> None:
    api.says("POST /repos/octo/bot/pulls", PULL, 201)

    pull = await github.open_draft({"title": "t", "body": "b", "head": "h", "base": "main"})

    assert pull.number == 3
    assert json.loads(api.bodies[0]) == {"title": "t", "body": "b", "head": "h", "base": "main", "draft": True}
    assert len(api.asked) == 1


@pytest.mark.parametrize(("status", "body"), [(201, {"number": "x"}), (422, {"message": "exists"}), (307, None)])
async def test_a_pull_request_that_was_not_opened_is_an_error(
    api: FakeApi, github: GitHub, status: int, body: object
) -> None:
    api.says("POST /repos/octo/bot/pulls", body, status)

    with pytest.raises(Answered):
        await github.open_draft({"title": "t", "body": "b", "head": "h", "base": "main"})

    assert len(api.asked) == 1


def with_artifacts(api: FakeApi, *artifacts: dict[str, object]) -> None:
    api.says("GET /repos/octo/bot/actions/runs/7/artifacts", {"total_count": len(artifacts), "artifacts": artifacts})


def artifact(number: int = 1, **changes: Any) -> dict[str, object]:
    return {"id": number, "name": "suture-patch", "size_in_bytes": 300, "expired": False, **changes}


async def test_an_artifact_is_fetched_without_our_token(api: FakeApi, github: GitHub) -> None:
    with_artifacts(api, artifact(1), artifact(4), artifact(9, name="suture-proof"))
    api.says("GET /repos/octo/bot/actions/artifacts/4/zip", None, 302, Location=f"{api.url}/blob?sig=x%2Fy")
    api.replies["GET /blob"] = web.Response(body=packed({"patch.diff": b"diff", "report.json": b"{}"}))

    files = await github.artifact(7, "suture-patch")

    assert files == {"patch.diff": b"diff", "report.json": b"{}"}
    assert api.asked[-1].query["sig"] == "x/y"
    assert "Authorization" not in api.asked[-1].headers
    assert TOKEN not in str(api.asked[-1].headers)


async def test_an_artifact_that_comes_at_once_is_taken(api: FakeApi, github: GitHub) -> None:
    with_artifacts(api, artifact())
    api.replies["GET /repos/octo/bot/actions/artifacts/1/zip"] = web.Response(body=packed({"a": b"b"}))

    assert await github.artifact(7, "suture-patch") == {"a": b"b"}


async def test_an_artifact_that_is_not_there_is_none(api: FakeApi, github: GitHub) -> None:
    with_artifacts(api, artifact(name="suture-patch-2"))

    assert await github.artifact(7, "suture-patch") is None


@pytest.mark.parametrize(
    ("changes", "why", "status"),
    [({"expired": True}, "expired", 410), ({"size_in_bytes": MAX_ARTIFACT_BYTES + 1}, "too large", 413)],
)
async def test_an_artifact_that_cannot_be_had_says_why(
    api: FakeApi, github: GitHub, changes: dict[str, Any], why: str, status: int
) -> None:
    with_artifacts(api, artifact(**changes))

    with pytest.raises(Answered, match=why) as failed:
        await github.artifact(7, "suture-patch")

    assert (failed.value.status, failed.value.may_pass) == (status, False)
    assert len(api.asked) == 1


async def test_an_artifact_whose_address_is_nonsense_is_an_error_of_ours(api: FakeApi, github: GitHub) -> None:
    with_artifacts(api, artifact())
    api.says("GET /repos/octo/bot/actions/artifacts/1/zip", None, 302, Location="http://[::1")

    with pytest.raises(Unreachable):
        await github.artifact(7, "suture-patch")


def encrypted() -> bytes:
    """A zip whose only file says that it needs a password."""
    data = bytearray(packed({"patch.diff": b"diff"}, zipfile.ZIP_STORED))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def of_method(number: int) -> bytes:
    """A zip with a file of this compression method."""
    data = bytearray(packed({"patch.diff": b"diff"}, zipfile.ZIP_STORED))
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = data.index(signature) + offset
        data[at : at + 2] = number.to_bytes(2, "little")
    return bytes(data)


def lying(size: int) -> bytes:
    """A zip bomb that says it holds little."""
    data = bytearray(packed({"patch.diff": b"0" * 30_000_000}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = size.to_bytes(4, "little")
    return bytes(data)


FOREIGN = {
    "empty": b"",
    "no zip": b"no zip",
    "cut off": packed({"a": b"b"})[:-10],
    "the folder above": packed({"../evil": b"x"}),
    "an absolute path": packed({"/etc/passwd": b"x"}),
    "the folder above, elsewhere": packed({"..\\evil": b"x"}),
    "a folder": packed({"folder/": b""}),
    "many files": packed({f"f{number}": b"" for number in range(MAX_ARTIFACT_FILES + 1)}),
    "a bomb": packed({"bomb": b"0" * (MAX_ARTIFACT_BYTES + 1)}),
    "a bomb that lies": lying(10),
    "a password": encrypted(),
    "an unknown method": of_method(99),
    "no bzip2": of_method(zipfile.ZIP_BZIP2),
    "no lzma": of_method(zipfile.ZIP_LZMA),
    "no deflate": of_method(zipfile.ZIP_DEFLATED),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_zip_that_we_would_not_write_is_refused(what: str) -> None:
    with pytest.raises(Answered, match="the artifact"):
        unpacked(FOREIGN[what])


WHOLE = packed({"patch.diff": b"diff --git " * 50, "report.json": b"{}"})


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_a_spoiled_zip_is_either_read_or_refused(at: int, byte: int, too: int, other: int) -> None:
    data = bytearray(WHOLE)
    data[at], data[too] = byte, other
    try:
        files = unpacked(bytes(data))
    except Answered:
        files = {}

    assert sum(len(content) for content in files.values()) <= MAX_ARTIFACT_BYTES
    assert not any("/" in name or "\\" in name for name in files)


@pytest.mark.parametrize(
    ("api", "address"),
    [
        ("https://api.github.com", "https://github.com/octo/bot.git"),
        ("https://git.example.test/api/v3/", "https://git.example.test/octo/bot.git"),
        ("http://127.0.0.1:8000/api/v3", "http://127.0.0.1:8000/octo/bot.git"),
    ],
)
def test_git_finds_a_repository_where_its_api_is(api: str, address: str) -> None:
    assert git_address(api, "octo/bot") == address
