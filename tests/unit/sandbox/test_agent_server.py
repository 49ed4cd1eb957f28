"""The sandbox's coding agent: a repeated request is the same work, also after a restart."""

from pathlib import Path

import httpx

from bot.sandbox.agent_server import AgentServer

OPEN = {"action": "open_issue", "payload": {"incident_id": "inc_0123456789ab"}}


async def post(server: AgentServer, body: object, key: str | None = None) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(server.endpoint, json=body, headers={"Idempotency-Key": key} if key else {})


async def test_a_repeated_request_gets_its_first_answer_also_after_a_restart(tmp_path: Path) -> None:
    first = AgentServer(tmp_path, script="early_pull")
    await first.start()
    before = await post(first, OPEN, "one")
    await first.stop()
    second = AgentServer(tmp_path)
    await second.start(int(first.url.rsplit(":", 1)[1]))

    after = await post(second, OPEN, "one")
    await second.stop()

    assert before.json() == after.json()
    assert (second.work, second.pulls) == (["one"], [before.json()["pr_url"]])
    assert [asked.is_repeated for asked in second.journal] == [False, True]


async def test_an_agent_that_knows_no_keys_does_the_work_each_time(tmp_path: Path) -> None:
    server = AgentServer(tmp_path, script="early_pull")
    await server.start()

    for _ in range(2):
        await post(server, OPEN)
    await server.stop()

    assert len(server.pulls) == 2


async def test_what_is_no_request_of_the_contract_is_refused(tmp_path: Path) -> None:
    server = AgentServer(tmp_path, api_key="k" * 9)
    await server.start()

    broken = await post(server, ["open_issue"])
    stranger = await post(server, OPEN)
    server.api_key = None
    unknown = await post(server, {"action": "dance", "payload": {}})
    await server.stop()

    assert (broken.status_code, stranger.status_code, unknown.status_code) == (400, 401, 422)
    assert server.work == []
