"""Branches, files, labels and comments over REST, by GitHub's rules."""

import base64

import pytest

PERMISSIONS = {"contents": "write", "pull_requests": "write"}


@pytest.fixture
async def lab(start_github):
    return await start_github(bot_permissions=PERMISSIONS)


async def make_branch(lab, name="fix/one"):
    tip = await lab.server.read_branch("main")
    return await lab.client.post("/git/refs", json={"ref": f"refs/heads/{name}", "sha": tip})


def a_file(text="{}\n", **more):
    told = {"message": "Task", "content": base64.b64encode(text.encode()).decode(), "branch": "fix/one"}
    return told | more


async def test_a_branch_is_made_once(lab):
    first, second = await make_branch(lab), await make_branch(lab)

    assert (first.status_code, first.json()["ref"]) == (201, "refs/heads/fix/one")
    assert (second.status_code, second.json()["message"]) == (422, "Reference already exists")


@pytest.mark.parametrize(
    ("ref", "sha", "message"),
    [
        ("refs/tags/x", None, "Reference name is not valid"),
        ("refs/heads/a..b", None, "Reference name is not valid"),
        ("refs/heads/-x", None, "Reference name is not valid"),
        ("refs/heads/x", "0" * 40, "Object does not exist"),
        ("refs/heads/x", "main", "Object does not exist"),
    ],
)
async def test_a_branch_that_git_would_not_make_is_refused(lab, ref, sha, message):
    body = {"ref": ref, "sha": sha or await lab.server.read_branch("main")}

    response = await lab.client.post("/git/refs", json=body)

    assert (response.status_code, response.json()["message"]) == (422, message)


async def test_a_file_is_a_commit_of_whoever_is_named_and_its_pull_request_follows(lab):
    await make_branch(lab)
    author = {"name": "suture", "email": "suture@example.invalid"}
    made = await lab.client.put("/contents/.suture/a.json", json=a_file(author=author))
    await lab.client.post("/pulls", json={"title": "x", "head": "fix/one", "base": "main", "draft": True})

    sha = (await lab.client.get("/contents/.suture/a.json", params={"ref": "fix/one"})).json()["sha"]
    changed = await lab.client.put("/contents/.suture/a.json", json=a_file("[1]\n\n", sha=sha))

    shown = (await lab.client.get("/contents/.suture/a.json", params={"ref": "fix/one"})).json()
    commit = (await lab.client.get("/commits/fix/one~1")).json()
    assert (made.status_code, changed.status_code) == (201, 200)
    assert base64.b64decode(shown["content"]) == b"[1]\n\n"
    assert commit["commit"]["author"]["name"] == "suture"
    assert lab.server.pulls[0].head_sha == await lab.server.read_branch("fix/one")


@pytest.mark.parametrize(
    ("path", "changes", "status"),
    [
        ("README.md", {}, 422),
        ("README.md", {"sha": "0" * 40}, 409),
        ("new.md", {"content": "no base64!"}, 422),
        ("new.md", {"message": " "}, 422),
        ("new.md", {"branch": "nowhere"}, 404),
        (".github/workflows/x.yml", {}, 403),
        (".git/config", {}, 422),
    ],
)
async def test_a_file_that_github_would_not_take_is_refused(lab, path, changes, status):
    await make_branch(lab)
    before = await lab.server.read_branch("fix/one")

    response = await lab.client.put(f"/contents/{path}", json=a_file(**changes))

    assert response.status_code == status
    assert await lab.server.read_branch("fix/one") == before


async def test_what_is_not_there_is_not_found(lab):
    answers = [await lab.client.get(f"/contents/{path}") for path in ("nothing.md", "README.md/x")]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_a_token_that_only_reads_writes_nothing(start_github):
    lab = await start_github(bot_permissions={"contents": "read", "pull_requests": "read"})

    answers = [
        await make_branch(lab),
        await lab.client.put("/contents/a", json=a_file(branch="main")),
        await lab.client.post("/labels", json={"name": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


async def test_labels_are_made_once_given_and_seen(lab):
    await make_branch(lab)
    await lab.client.put("/contents/a", json=a_file())
    await lab.client.post("/pulls", json={"title": "x", "head": "fix/one", "base": "main"})
    wish = {"name": "severity:high", "color": "d93f0b", "description": "grave"}

    made = [await lab.client.post("/labels", json=wish) for _ in range(2)]
    odd = await lab.client.post("/labels", json={"name": "x", "color": "red"})
    await lab.client.put("/issues/1/labels", json={"labels": ["severity:high", "new"]})

    pull = (await lab.client.get("/pulls/1")).json()
    assert [answer.status_code for answer in (*made, odd)] == [201, 422, 422]
    assert (await lab.client.get("/labels/severity%3Ahigh")).json() == wish
    assert [label["name"] for label in pull["labels"]] == ["severity:high", "new"]
    assert (await lab.client.get("/labels/none")).status_code == 404


async def test_a_comment_stays_below_its_pull_request(lab):
    await make_branch(lab)
    await lab.client.put("/contents/a", json=a_file())
    await lab.client.post("/pulls", json={"title": "x", "head": "fix/one", "base": "main"})

    await lab.client.post("/issues/1/comments", json={"body": "Closed, because."})
    nowhere = await lab.client.post("/issues/9/comments", json={"body": "x"})

    comments = (await lab.client.get("/issues/1/comments")).json()
    assert [comment["body"] for comment in comments] == ["Closed, because."]
    assert nowhere.status_code == 404
