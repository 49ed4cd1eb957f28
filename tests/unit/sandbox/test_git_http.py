"""Real git clones from and pushes to the sandbox's GitHub, within what its token may."""

import gzip

import httpx
import pytest

READER = {"contents": "read"}
WORKFLOWS = {"contents": "write", "workflows": "write"}


def as_url(lab, token=None, suffix=".git"):
    return f"{lab.server.url}/suture-lab/suture{suffix}".replace(
        "://", f"://x-access-token:{token or lab.server.bot_token}@"
    )


async def commit(git, clone, path, text, message="change"):
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_text(text)
    await git("add", ".", folder=clone)
    code, output = await git("commit", "--quiet", "-m", message, folder=clone)
    assert code == 0, output


@pytest.mark.parametrize("suffix", [".git", ""])
async def test_git_clones_commits_and_pushes(start_github, git, tmp_path, suffix):
    lab = await start_github()
    clone = tmp_path / "clone"
    events = lab.server.subscribe()

    assert (await git("clone", "--quiet", as_url(lab, suffix=suffix), str(clone)))[0] == 0
    await commit(git, clone, "app.py", "answer = 42\n")
    code, output = await git("push", "origin", "HEAD:refs/heads/suture/inc_1", folder=clone)

    assert code == 0, output
    pushed = await lab.server.read_branch("suture/inc_1")
    assert pushed is not None
    assert (await git("rev-parse", "HEAD", folder=clone))[1].strip() == pushed
    event = events.get_nowait()
    assert (event.kind, event.detail) == ("pushed", f"suture/inc_1 0000000000..{pushed[:10]} by bot")
    assert lab.server.journal[-1].note == f"suture/inc_1 0000000000..{pushed[:10]}"
    assert lab.server.journal[-1].is_write


async def test_branches_are_fetched_moved_by_force_and_deleted(start_github, git, tmp_path):
    lab = await start_github()
    clone = tmp_path / "clone"
    await git("clone", "--quiet", as_url(lab), str(clone))
    await commit(git, clone, "one.py", "1\n")
    await git("push", "--quiet", "origin", "HEAD:refs/heads/x", folder=clone)
    await git("commit", "--quiet", "--amend", "-m", "other", folder=clone)

    refused, _ = await git("push", "--quiet", "origin", "HEAD:refs/heads/x", folder=clone)
    forced, _ = await git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/x", folder=clone)
    fetched, _ = await git("fetch", "--quiet", "origin", "x", folder=clone)
    deleted, _ = await git("push", "--quiet", "origin", ":refs/heads/x", folder=clone)

    assert (refused != 0, forced, fetched, deleted) == (True, 0, 0, 0)
    assert set(await lab.server.list_branches()) == {"main"}


async def test_a_token_that_may_only_read_cannot_push(start_github, git, tmp_path):
    lab = await start_github(bot_permissions=READER)
    clone = tmp_path / "clone"
    assert (await git("clone", "--quiet", as_url(lab), str(clone)))[0] == 0
    await commit(git, clone, "app.py", "answer = 42\n")

    code, output = await git("push", "origin", "HEAD:refs/heads/x", folder=clone)

    assert code != 0
    assert "403" in output
    assert set(await lab.server.list_branches()) == {"main"}
    assert lab.server.journal[-1].status == 403


async def test_a_wrong_token_is_asked_for_another_and_one_without_contents_is_refused(start_github, git, tmp_path):
    stranger = await start_github(directory="stranger")
    nothing = await start_github(directory="nothing", bot_permissions={"actions": "read"})

    code, output = await git("clone", as_url(stranger, token="wrong"), str(tmp_path / "a"))
    other, refusal = await git("clone", as_url(nothing), str(tmp_path / "b"))

    assert (code != 0, other != 0) == (True, True)
    assert "Authentication failed" in output
    assert "403" in refusal
    async with httpx.AsyncClient(trust_env=False, base_url=stranger.server.url) as anyone:
        answer = await anyone.get("/suture-lab/suture.git/info/refs", params={"service": "git-upload-pack"})
        dumb = await anyone.get("/suture-lab/suture.git/info/refs")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="GitHub"')
    assert dumb.status_code == 403


async def test_a_compressed_request_is_understood(start_github):
    lab = await start_github()
    sha = await lab.server.find_default_commit()
    line = f"want {sha}\n".encode()
    body = f"{len(line) + 4:04x}".encode() + line + b"0000" + b"0009done\n"

    async with httpx.AsyncClient(trust_env=False, auth=("x-access-token", lab.server.bot_token)) as client:
        answer = await client.post(
            f"{lab.server.clone_url}/git-upload-pack",
            content=gzip.compress(body),
            headers={"Content-Encoding": "gzip", "Content-Type": "application/x-git-upload-pack-request"},
        )

    assert answer.status_code == 200
    assert b"PACK" in answer.content


async def test_a_large_push_arrives_whole(start_github, git, tmp_path):
    import random

    lab = await start_github()
    clone = tmp_path / "clone"
    await git("clone", "--quiet", as_url(lab), str(clone))
    (clone / "big.bin").write_bytes(random.Random(1).randbytes(5 * 1024 * 1024))
    await commit(git, clone, "note.txt", "big\n")

    code, output = await git("push", "origin", "HEAD:refs/heads/big", folder=clone)

    assert code == 0, output
    assert await lab.server._site.repository.git("cat-file", "-s", "big:big.bin") == str(5 * 1024 * 1024)


@pytest.mark.parametrize(("permissions", "may"), [(None, False), (WORKFLOWS, True)])
async def test_only_the_workflows_permission_changes_workflows(start_github, git, tmp_path, permissions, may):
    lab = await start_github(**({"bot_permissions": permissions} if permissions else {}))
    clone = tmp_path / "clone"
    await git("clone", "--quiet", as_url(lab), str(clone))
    await commit(git, clone, ".github/workflows/evil.yml", "on: push\n")
    await commit(git, clone, "later.py", "1\n")

    code, output = await git("push", "origin", "HEAD:refs/heads/x", folder=clone)

    assert (code == 0) is may, output
    assert ("x" in await lab.server.list_branches()) is may
    assert ("without `workflows` permission" in output) is not may
