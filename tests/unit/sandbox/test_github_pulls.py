"""Pull requests are opened, found and merged by GitHub's rules."""

import asyncio

import httpx
import pytest

from bot.sandbox.github_hands import CannotDo, act_on_pull, obey_words
from bot.sandbox.github_hooks import HookSender
from bot.sandbox.github_repository import GitFailedError
from bot.web.github_hook import GithubHook
from bot.web.health import open_health

PERMISSIONS = {"contents": "write", "actions": "read", "pull_requests": "write"}


@pytest.fixture
async def lab(start_github, git, tmp_path):
    lab = await start_github(bot_permissions=PERMISSIONS)
    clone = tmp_path / "clone"
    url = lab.server.clone_url.replace("://", f"://x-access-token:{lab.server.bot_token}@")
    await git("clone", "--quiet", url, str(clone))
    for branch, line in (("suture/one", "answer = 42"), ("suture/two", "answer = 43")):
        await git("switch", "--quiet", "-c", branch, "origin/main", folder=clone)
        (clone / "app.py").write_text(line + "\n")
        await git("commit", "--quiet", "-am", branch, folder=clone)
        code, output = await git("push", "--quiet", "origin", branch, folder=clone)
        assert code == 0, output
    await git("push", "--quiet", "origin", "origin/main:refs/heads/empty", folder=clone)
    return lab


def wish(head="suture/one", **more):
    return {"title": "A fix", "head": head, "base": "main", "body": "Text", "draft": True} | more


async def test_a_draft_is_opened_and_told(lab):
    events = lab.server.subscribe()

    response = await lab.client.post("/pulls", json=wish())

    pull = response.json()
    assert response.status_code == 201
    assert response.headers["Location"].endswith("/pulls/1")
    assert (pull["number"], pull["state"], pull["draft"], pull["title"], pull["body"]) == (
        1,
        "open",
        True,
        "A fix",
        "Text",
    )
    assert (pull["head"]["ref"], pull["base"]["ref"]) == ("suture/one", "main")
    assert (pull["commits"], pull["changed_files"], pull["additions"], pull["deletions"]) == (1, 1, 1, 1)
    assert events.get_nowait().kind == "pull_opened"
    assert lab.server.pulls[0].head_sha == pull["head"]["sha"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (wish(title=" "), {"resource": "PullRequest", "field": "title", "code": "missing_field"}),
        (wish(head="none"), {"resource": "PullRequest", "field": "head", "code": "invalid"}),
        (wish(base="none"), {"resource": "PullRequest", "field": "base", "code": "invalid"}),
        (
            wish(head="empty"),
            {"resource": "PullRequest", "code": "custom", "message": "No commits between main and empty"},
        ),
    ],
)
async def test_what_github_would_not_open_is_refused(lab, body, error):
    response = await lab.client.post("/pulls", json=body)

    assert response.status_code == 422
    assert response.json()["errors"] == [error]
    assert lab.server.pulls == []


async def test_a_branch_has_one_open_pull_request_at_most(lab):
    await lab.client.post("/pulls", json=wish())

    second = await lab.client.post("/pulls", json=wish("suture-lab:suture/one"))
    await lab.client.patch("/pulls/1", json={"state": "closed"})
    third = await lab.client.post("/pulls", json=wish())

    assert second.json()["errors"][0]["message"] == "A pull request already exists for suture-lab:suture/one."
    assert third.json()["number"] == 2


async def test_pull_requests_are_found_by_head_only_with_its_owner(lab):
    await lab.client.post("/pulls", json=wish("suture/one"))
    await lab.client.post("/pulls", json=wish("suture/two"))
    await lab.client.patch("/pulls/2", json={"state": "closed"})

    async def find(**params):
        return [pull["number"] for pull in (await lab.client.get("/pulls", params=params)).json()]

    assert await find() == [1]
    assert await find(state="closed") == [2]
    assert await find(state="all") == [2, 1]
    assert await find(state="all", direction="asc") == [1, 2]
    assert await find(state="all", sort="updated", direction="desc", per_page=1) == [2]
    assert await find(state="all", head="suture-lab:suture/one") == [1]
    assert await find(state="all", head="suture/one") == [2, 1]
    assert await find(state="all", head="other:suture/one") == []
    assert await find(state="all", base="none") == []


async def test_a_pull_request_shows_its_diff(lab):
    await lab.client.post("/pulls", json=wish())

    diff = await lab.client.get("/pulls/1", headers={"Accept": "application/vnd.github.diff"})
    files = (await lab.client.get("/pulls/1/files")).json()
    async with httpx.AsyncClient(trust_env=False, base_url=lab.server.url) as browser:
        page = await browser.get("/suture-lab/suture/pull/1")

    assert diff.headers["Content-Type"].startswith("application/vnd.github.diff")
    assert "-answer = 41\n+answer = 42\n" in diff.text
    assert files == [{"filename": "app.py", "status": "modified"}]
    assert "draft, open" in page.text
    assert "+answer = 42" in page.text


async def test_its_title_body_and_state_can_be_changed_but_not_its_draft_state(lab):
    await lab.client.post("/pulls", json=wish())

    changed = await lab.client.patch("/pulls/1", json={"title": "New", "body": None, "state": "closed", "draft": False})
    wrong = await lab.client.patch("/pulls/1", json={"state": "gone"})

    pull = changed.json()
    assert (pull["title"], pull["body"], pull["state"], pull["draft"]) == ("New", "", "closed", True)
    assert pull["closed_at"]
    assert wrong.status_code == 422


async def test_a_person_merges_it_into_main(lab):
    await lab.client.post("/pulls", json=wish("suture/one"))
    await lab.client.post("/pulls", json=wish("suture/two"))

    await lab.server.mark_pull_ready(1)
    sha = await lab.server.merge_pull(1)

    pull = (await lab.client.get("/pulls/1")).json()
    assert (pull["merged"], pull["state"], pull["merge_commit_sha"]) == (True, "closed", sha)
    assert await lab.server.find_default_commit() == sha
    assert await lab.server.read_file("main", "app.py") == "answer = 42"
    assert (await lab.client.patch("/pulls/1", json={"state": "open"})).status_code == 422
    with pytest.raises(GitFailedError, match="git merge-tree ended with 1"):
        await lab.server.merge_pull(2)
    with pytest.raises(LookupError, match="no open pull request 1"):
        await lab.server.merge_pull(1)


async def test_a_push_moves_the_head_of_its_open_pull_request(lab, git, tmp_path):
    await lab.client.post("/pulls", json=wish())
    before = lab.server.pulls[0].head_sha
    clone = tmp_path / "clone"

    await git("switch", "--quiet", "suture/one", folder=clone)
    (clone / "more.py").write_text("")
    await git("add", ".", folder=clone)
    await git("commit", "--quiet", "-m", "more", folder=clone)
    await git("push", "--quiet", "origin", "suture/one", folder=clone)

    assert lab.server.pulls[0].head_sha not in {before, ""}
    assert (await lab.client.get("/pulls/1")).json()["commits"] == 2


async def test_what_is_not_there_is_not_found(lab):
    answers = [await lab.client.get("/pulls/9"), await lab.client.patch("/pulls/9", json={})]

    assert [answer.status_code for answer in answers] == [404, 404]


JOB = """
on: {repository_dispatch: {types: [go]}}
jobs:
  one:
    runs-on: x
    permissions: {contents: write, pull-requests: PERMISSION}
    steps:
      - uses: actions/checkout@v4
      - env: {GH_TOKEN: "${{ github.token }}"}
        run: |
          echo 'answer = 42' > app.py
          git -c user.name=a -c user.email=a@example.invalid commit --quiet -am fix
          git push --quiet origin HEAD:refs/heads/suture/x
          curl -sS -H "Authorization: Bearer $GH_TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/pulls" \\
            -d '{"title": "T", "head": "suture/x", "base": "main", "draft": true}'
"""


@pytest.mark.parametrize(
    ("permission", "may_open", "words"),
    [
        ("write", True, '"user": {"login": "github-actions[bot]"'),
        ("write", False, "GitHub Actions is not permitted to create or approve pull requests."),
        ("read", True, "Resource not accessible by integration"),
    ],
)
async def test_a_job_opens_one_when_its_permissions_and_the_setting_allow_it(start_github, permission, may_open, words):
    lab = await start_github(
        workflow=JOB.replace("PERMISSION", permission),
        actions_may_open_pull_requests=may_open,
    )

    run = await lab.run()

    assert words in lab.server.read_log(run.id)
    assert [pull.head_branch for pull in lab.server.pulls] == (["suture/x"] if words.startswith('"user"') else [])
    writes = [
        (entry.who, entry.status) for entry in lab.server.journal if entry.is_write and entry.path.endswith("pulls")
    ]
    assert writes == [("run 1 job one", 201 if lab.server.pulls else 403)]


async def test_reviews_and_checks_of_a_pull_request_are_to_be_read(lab):
    pull = (await lab.client.post("/pulls", json=wish())).json()
    lab.server.review_pull(1, "bea", "APPROVED")
    lab.server.add_check(1, "success")

    reviews = (await lab.client.get("/pulls/1/reviews")).json()
    runs = (await lab.client.get("/actions/runs", params={"head_sha": pull["head"]["sha"]})).json()

    assert [(each["user"]["login"], each["state"]) for each in reviews] == [("bea", "APPROVED")]
    assert [(each["event"], each["conclusion"]) for each in runs["workflow_runs"]] == [("pull_request", "success")]


async def test_two_commits_are_compared(lab):
    before = await lab.server.find_default_commit()
    await lab.client.post("/pulls", json=wish())
    merge = await lab.server.merge_pull(1)

    async def status(base, head):
        return (await lab.client.get(f"/compare/{base}...{head}")).json()["status"]

    assert await status(before, merge) == "ahead"
    assert await status(merge, before) == "behind"
    assert await status(merge, merge) == "identical"
    assert await status("suture/two", merge) == "diverged"
    assert (await lab.client.get(f"/compare/{merge}...{'0' * 40}")).status_code == 404


async def test_a_person_approves_marks_ready_and_merges_in_that_order_alone(lab):
    await lab.client.post("/pulls", json=wish())

    with pytest.raises(CannotDo, match="mark it ready first"):
        await act_on_pull(lab.server, 1, "merge", "ada")
    assert "approved" in await obey_words(lab.server, "approve", "ada")
    assert "ready" in await obey_words(lab.server, "ready 1", "ada")
    with pytest.raises(CannotDo, match="no draft any more"):
        await obey_words(lab.server, "ready", "ada")
    assert "merged" in await obey_words(lab.server, "merge", "ada")

    assert await lab.server.read_file("main", "app.py") == "answer = 42"
    for words in ("merge", "merge 7", "dance", ""):
        with pytest.raises(CannotDo):
            await obey_words(lab.server, words, "ada")


async def test_what_happens_to_a_pull_request_is_told_to_the_hook_signed(lab, git, tmp_path, unused_tcp_port):
    heard = []

    async def hear(incident_id):
        heard.append(incident_id)

    async def ready():
        return None

    secret, branch = "hook-" + "h" * 20, "suture/inc_0123456789ab"
    clone = tmp_path / "clone"
    await git("push", "--quiet", "origin", f"suture/one:refs/heads/{branch}", folder=clone)
    sender = HookSender(lab.server, secret, lambda: f"http://127.0.0.1:{unused_tcp_port}/hooks/github")
    sender.start()
    await asyncio.sleep(0)
    async with open_health(unused_tcp_port, ready, "1", GithubHook(secret, hear)):
        await lab.client.post("/pulls", json=wish(branch))
        await act_on_pull(lab.server, 1, "ready", "ada")
        await act_on_pull(lab.server, 1, "approve", "ada")
        await act_on_pull(lab.server, 1, "merge", "ada")
        async with asyncio.timeout(20):
            while len(sender.delivered) < 4:
                await asyncio.sleep(0.02)
    await sender.stop()

    assert [event for event, _ in sender.delivered] == [
        "pull_request", "pull_request", "pull_request_review", "pull_request",
    ]  # fmt: skip
    assert {status for _, status in sender.delivered} == {202}
    assert heard == ["inc_0123456789ab"] * 4
