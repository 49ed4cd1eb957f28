"""What the sandbox GitHub knows outlives its process, and its journal tells every request."""

import httpx

WORKFLOW = """
on: {repository_dispatch: {types: [go]}}
permissions: {contents: read}
jobs:
  one:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
      - {uses: actions/upload-artifact@v4, with: {path: app.py}}
"""


async def test_everything_is_there_again_on_the_same_directory(start_github):
    first = await start_github(workflow=WORKFLOW)
    run = await first.run(id="inc_1")
    await first.server.stop()

    second = await start_github()

    assert second.server.runs == [run]
    assert second.server.artifacts(1) == first.server.artifacts(1)
    assert second.server.read_artifact(1) == {"app.py": b"answer = 41\n"}
    assert second.server.journal == first.server.journal
    assert second.server.read_log(1) == first.server.read_log(1)
    assert await second.server.find_default_commit() == run.head_sha
    again = await second.run(id="inc_2")
    assert (again.id, again.run_number) == (2, 2)
    assert again.jobs[0].id > run.jobs[0].id


async def test_the_journal_names_who_did_what(start_github):
    lab = await start_github(workflow=WORKFLOW)
    await lab.run(id="inc_1", phase="propose")
    await lab.client.get("/pulls", params={"state": "all"})
    await lab.client.get(lab.root, headers={"Authorization": "token wrong"})

    entries = [(entry.who, entry.method, entry.path, entry.status, entry.is_write) for entry in lab.server.journal]

    api, repo = "/api/v3/repos/suture-lab/suture", "/suture-lab/suture"
    assert entries == [
        ("bot", "POST", f"{api}/dispatches", 204, True),
        ("run 1 job one", "GET", f"{repo}/info/refs?service=git-upload-pack", 200, False),
        ("run 1 job one", "POST", f"{repo}/git-upload-pack", 200, False),
        ("bot", "GET", f"{api}/pulls?state=all", 200, False),
        ("nobody", "GET", f"{api}", 401, False),
    ]
    assert lab.server.journal[0].note == "dispatch go id=inc_1 phase=propose"


async def test_a_line_that_a_kill_cut_short_is_dropped_and_the_journal_goes_on(start_github):
    first = await start_github()
    await first.client.get("/pulls")
    await first.server.stop()
    journal = first.server.directory / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"at": "2026')

    second = await start_github()
    await second.client.get("/branches/main")
    await second.server.stop()
    third = await start_github()

    assert [entry.path.rpartition("/")[2] for entry in third.server.journal] == ["pulls", "main"]


async def test_tokens_of_jobs_end_with_their_job(start_github):
    workflow = WORKFLOW.replace(
        "      - uses: actions/checkout@v4\n",
        '      - run: echo "${{ github.token }}" | tr a-z A-Z | rev > app.py\n',
    )
    lab = await start_github(workflow=workflow)
    await lab.run()
    scrambled = lab.server.read_artifact(1)["app.py"].decode().strip()
    token = scrambled[::-1].lower()

    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": f"token {token}"}) as job:
        answer = await job.get(f"{lab.server.api_url}/repos/suture-lab/suture")

    assert token.startswith("ghs_")
    assert answer.status_code == 401


async def test_the_same_tree_gives_the_same_commit_whoever_imports_it(start_github, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.autocrlf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    one = await start_github(directory="one")
    monkeypatch.undo()
    two = await start_github(directory="two")

    assert await one.server.find_default_commit() == await two.server.find_default_commit()


async def test_an_import_heeds_what_the_tree_ignores_and_builds_on_what_is_there(start_github, make_tree):
    lab = await start_github({".gitignore": "*.log\n", "a.log": "x"})
    first = await lab.server.find_default_commit()
    tree = make_tree({".gitignore": "*.log\n", "new.py": "1\n"}, "second")

    second = await lab.server.import_tree(tree, "Second")

    commit = (await lab.client.get(f"/commits/{second}")).json()
    assert [parent["sha"] for parent in commit["parents"]] == [first]
    listed = await lab.server._site.repository.git("ls-tree", "-r", "--name-only", second)
    assert listed.split() == [".gitignore", "new.py"]
    assert "a.log" not in await lab.server._site.repository.git("ls-tree", "-r", "--name-only", first)
