"""A read that changed nothing costs nothing: by its tag the service says so, and the last answer counts."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.apis.github import GitHub, open_github
from tests.factories import FakeApi, a_fake_api

RUNS = "GET /repos/octo/bot/actions/runs"


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with a_fake_api() as fake:
        yield fake


@pytest.fixture
async def github(api: FakeApi) -> AsyncIterator[GitHub]:
    async with open_github(api.url, "ghp_" + "a" * 36, "octo/bot") as opened:
        yield opened


def tagged(api: FakeApi, tag: str, body: object) -> None:
    """Answers with this tag, and 304 to whoever has it."""

    def reply(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.json_response(body, headers={"ETag": tag})

    api.replies[RUNS] = reply


async def test_an_answer_that_did_not_change_is_not_sent_again(api: FakeApi, github: GitHub) -> None:
    run = {"id": 7, "display_title": "x", "status": "queued", "html_url": "u", "head_sha": "f",
           "created_at": "2026-01-05T12:00:03Z"}  # fmt: skip
    tagged(api, '"one"', {"workflow_runs": [run]})

    first = await github.runs_on("f" * 40)
    second = await github.runs_on("f" * 40)
    tagged(api, '"two"', {"workflow_runs": []})
    third = await github.runs_on("f" * 40)

    assert first == second != third == []
    assert [each.headers.get("If-None-Match") for each in api.asked] == [None, '"one"', '"one"']


async def test_each_question_has_its_own_answer(api: FakeApi, github: GitHub) -> None:
    tagged(api, '"one"', {"workflow_runs": []})

    await github.runs_on("e" * 40)
    await github.runs_on("f" * 40)

    assert [each.headers.get("If-None-Match") for each in api.asked] == [None, None]


async def test_the_memory_of_answers_is_bounded(api: FakeApi, github: GitHub) -> None:
    tagged(api, '"one"', {"workflow_runs": []})

    for number in range(300):
        await github.runs_on(f"{number:040}")
    await github.runs_on(f"{0:040}")

    assert api.asked[-1].headers.get("If-None-Match") is None
