"""Artifacts are fetched as from GitHub: by a link that signs itself, lives a minute and takes no token."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import httpx
import pytest

WORKFLOW = """
on: {repository_dispatch: {types: [go]}}
jobs:
  one:
    runs-on: x
    steps:
      - run: echo diff > patch.diff
      - {uses: actions/upload-artifact@v4, with: {name: patch, path: patch.diff, retention-days: 2}}
      - {uses: actions/upload-artifact@v4, with: {name: other, path: patch.diff}}
"""


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def lab(start_github, clock):
    lab = await start_github(workflow=WORKFLOW, clock=clock)
    await lab.run()
    return lab


@pytest.fixture
async def anyone():
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def test_a_run_lists_its_artifacts_newest_first(lab):
    listed = (await lab.client.get("/actions/runs/1/artifacts")).json()
    named = (await lab.client.get("/actions/runs/1/artifacts", params={"name": "patch"})).json()

    assert (listed["total_count"], named["total_count"]) == (2, 1)
    assert [artifact["name"] for artifact in listed["artifacts"]] == ["other", "patch"]
    [patch] = named["artifacts"]
    assert (patch["expired"], patch["expires_at"]) == (False, "2026-03-03T12:00:00Z")
    assert patch["workflow_run"]["id"] == 1
    assert patch["digest"] == f"sha256:{lab.server.artifacts(1)[1].digest}"
    assert (await lab.client.get(f"/actions/artifacts/{patch['id']}")).json() == patch


async def test_the_link_gives_the_zip_without_a_token_and_refuses_one(lab, anyone):
    redirect = await lab.client.get("/actions/artifacts/1/zip")
    link = redirect.headers["Location"]

    zipped = await anyone.get(link)
    with_token = await anyone.get(link, headers={"Authorization": f"token {lab.server.bot_token}"})
    forged = await anyone.get(link.replace("/1/", "/2/"))

    assert redirect.status_code == 302
    assert not link.startswith(lab.server.api_url)
    assert zipfile.ZipFile(io.BytesIO(zipped.content)).read("patch.diff") == b"diff\n"
    assert (with_token.status_code, forged.status_code) == (400, 403)


async def test_the_link_lives_a_minute(lab, anyone, clock):
    link = (await lab.client.get("/actions/artifacts/1/zip")).headers["Location"]

    clock.now += timedelta(seconds=60)
    in_time = await anyone.get(link)
    clock.now += timedelta(seconds=1)
    too_late = await anyone.get(link)

    assert (in_time.status_code, too_late.status_code) == (200, 403)


async def test_an_expired_artifact_is_gone(lab, clock):
    clock.now += timedelta(days=2)

    listed = (await lab.client.get("/actions/runs/1/artifacts")).json()["artifacts"]
    gone = await lab.client.get("/actions/artifacts/1/zip")

    assert [artifact["expired"] for artifact in listed] == [False, True]
    assert gone.status_code == 410


async def test_the_logs_of_a_run_come_as_a_zip(lab):
    answer = await lab.client.get("/actions/runs/1/logs")

    logs = zipfile.ZipFile(io.BytesIO(answer.content))
    assert logs.namelist() == ["0_one.txt"]
    assert b"## Run echo diff > patch.diff" in logs.read("0_one.txt")


async def test_what_is_not_there_is_not_found(lab):
    paths = ["/actions/artifacts/9", "/actions/artifacts/9/zip", "/actions/runs/9/artifacts", "/actions/runs/9/logs"]

    assert [(await lab.client.get(path)).status_code for path in paths] == [404] * 4
    assert (await lab.client.get("/actions/artifacts")).json()["total_count"] == 2


async def test_a_tampered_file_is_what_is_served(lab, anyone):
    before = lab.server.artifacts(1)[1]

    lab.server.replace_artifact_file(1, "patch.diff", b"forged")

    link = (await lab.client.get("/actions/artifacts/1/zip")).headers["Location"]
    content = (await anyone.get(link)).content
    after = lab.server.artifacts(1)[1]
    assert zipfile.ZipFile(io.BytesIO(content)).read("patch.diff") == b"forged"
    assert after.digest != before.digest
    lab.server.replace_artifact_file(1, "patch.diff", b"again", keep_digest=True)
    assert lab.server.artifacts(1)[1] == after
