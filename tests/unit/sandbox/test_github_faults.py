"""Faults on order meet the next request that matches, once."""

import asyncio

import httpx
import pytest

from bot.sandbox.github_faults import Fault

WORKFLOW = "on: {repository_dispatch: {types: [go]}}\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}"
BODY = {"event_type": "go"}


async def test_a_fault_answers_in_place_of_the_server_once(start_github):
    lab = await start_github(workflow=WORKFLOW)
    lab.server.faults.add(
        Fault(method="POST", path="/dispatches$", status=503, body="busy", headers={"Retry-After": "7"})
    )

    other = await lab.client.get("/pulls")
    refused = await lab.client.post("/dispatches", json=BODY)
    taken = await lab.client.post("/dispatches", json=BODY)

    assert (other.status_code, refused.status_code, taken.status_code) == (200, 503, 204)
    assert (refused.text, refused.headers["Retry-After"]) == ("busy", "7")
    assert [(entry.status, entry.is_write, entry.note) for entry in lab.server.journal[1:]] == [
        (503, False, "fault: not acted on"),
        (204, True, "dispatch go"),
    ]
    assert len(lab.server.runs) == 1


@pytest.mark.parametrize(("drop", "runs"), [("before", 0), ("after", 1)])
async def test_a_dropped_connection_leaves_the_client_in_the_dark(start_github, drop, runs):
    lab = await start_github(workflow=WORKFLOW)
    lab.server.faults.add(Fault(method="*", path="dispatches", drop=drop))

    with pytest.raises(httpx.TransportError):
        await lab.client.post("/dispatches", json=BODY)

    assert len(lab.server.runs) == runs
    assert len(lab.server.faults) == 0


async def test_a_fault_can_wait_for_one_party_and_can_be_forgotten(start_github):
    lab = await start_github(workflow=WORKFLOW)
    lab.server.faults.add(Fault(path="pulls", who="run 1 job a", status=500), Fault(path="branches", status=500))

    assert (await lab.client.get("/pulls")).status_code == 200
    assert len(lab.server.faults) == 2
    lab.server.faults.clear()
    assert (await lab.client.get("/branches/main")).status_code == 200


async def test_a_held_request_is_answered_in_the_end(start_github):
    lab = await start_github(workflow=WORKFLOW)
    lab.server.faults.add(Fault(path="pulls$", hold_seconds=0.05))

    held = asyncio.create_task(lab.client.get("/pulls"))
    quick = await lab.client.get("/branches/main")

    assert (quick.status_code, (await held).status_code) == (200, 200)
    assert [entry.path.rpartition("/")[2] for entry in lab.server.journal] == ["main", "pulls"]
