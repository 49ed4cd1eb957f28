"""Promise: an address out of data leads nowhere inside, and a door leads to the origin that the operator set alone."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from bot.agents.agent import AgentRefused, AgentUnavailable, OutcomeUnknown
from bot.agents.http_endpoint import Endpoint, HttpEndpoint, headers_of
from bot.apis.github import open_github
from bot.apis.http import Answered, Forbidden, Unreachable, open_http
from bot.apis.origins import OneOrigin, OpenInternet, is_public
from bot.records.sql_store import open_store
from tests.factories import Clock, a_fake_api, an_incident, an_order, packed

KEY = "ssrf-" + "k" * 30

INSIDE = {
    "loopback": "http://127.0.0.1:{port}/",
    "loopback over https": "https://127.0.0.1:{port}/",
    "loopback, the usual port": "https://127.0.0.1/",
    "another loopback": "https://127.9.9.9/",
    "short": "https://127.1/",
    "decimal": "https://2130706433/",
    "hexadecimal": "https://0x7f.1/",
    "octal": "https://0177.0.0.1/",
    "nobody's address": "https://0.0.0.0/",
    "cloud metadata": "http://169.254.169.254/latest/meta-data/",
    "cloud metadata over https": "https://169.254.169.254/",
    "a private network": "https://10.0.0.1/",
    "shared by a carrier": "https://100.64.0.1/",
    "IPv6": "http://[::1]:{port}/",
    "IPv6 over https": "https://[::1]/",
    "IPv4 in IPv6": "https://[::ffff:127.0.0.1]/",
    "IPv4 in IPv6, hexadecimal": "https://[::ffff:7f00:1]/",
    "6to4": "https://[2002:7f00:1::]/",
    "NAT64": "https://[64:ff9b::a9fe:a9fe]/",
    "a link's own": "https://[fe80::1]/",
    "a name of loopback": "https://localhost/",
    "a name with a dot at its end": "https://localhost./",
    "capitals": "HTTPS://LOCALHOST/",
    "another port": "https://example.com:{port}/",
    "a user's name": "https://github.com@127.0.0.1:{port}/",
    "a backslash": "https://github.com\\@127.0.0.1:{port}/",
    "a password": "https://user:word@example.com/",
    "a file": "file:///etc/passwd",
    "another scheme": "gopher://127.0.0.1:{port}/",
    "no scheme": "//127.0.0.1:{port}/",
    "full-width digits": "https://１２７.0.0.1/",
    "ideographic dots": "https://127。0。0。1/",
    "circled letters": "https://ⓛocalhost/",
    "a zero byte": "https://localhost%00.example.com/",
}


@asynccontextmanager
async def a_victim() -> AsyncIterator[tuple[int, list[str]]]:
    """A service inside, on both families of loopback: its port, and what it was asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(f"{request.host} {request.path} {request.headers.get('Authorization')}")
        return web.Response(body=packed({"patch.diff": b"inside"}))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = int(runner.addresses[0][1])
    if socket.has_ipv6:
        await web.TCPSite(runner, "::1", port).start()
    try:
        yield port, asked
    finally:
        await runner.cleanup()


@pytest.fixture
async def victim() -> AsyncIterator[tuple[int, list[str]]]:
    async with a_victim() as made:
        yield made


@pytest.mark.parametrize("address", INSIDE.values(), ids=INSIDE.keys())
async def test_an_address_out_of_data_leads_nowhere_inside(victim: tuple[int, list[str]], address: str) -> None:
    port, asked = victim
    async with open_http("", "The store", {"Authorization": KEY}, 5, near="https://api.github.com") as door:
        with pytest.raises(Unreachable):
            await door.send("GET", address.format(port=port))

    assert asked == []


@pytest.mark.parametrize("address", INSIDE.values(), ids=INSIDE.keys())
async def test_a_door_leads_to_its_own_origin_alone(victim: tuple[int, list[str]], address: str) -> None:
    port, asked = victim
    async with a_fake_api() as own, open_http(own.url, "The service", {"Authorization": KEY}, 5) as door:
        with pytest.raises((Forbidden, Unreachable, Answered)):
            await door.send("GET", address.format(port=port))

    assert asked == []
    assert all(request.host == own.url.removeprefix("http://") for request in own.asked)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_an_agent_that_redirects_is_not_followed(
    victim: tuple[int, list[str]], tmp_path: Path, status: int
) -> None:
    port, asked = victim
    async with a_fake_api() as api, open_store(tmp_path) as store:
        api.replies["POST /agent"] = web.Response(status=status, headers={"Location": f"http://127.0.0.1:{port}/"})
        async with open_http(f"{api.url}/agent", "The coding agent", headers_of(KEY)) as door:
            agent = HttpEndpoint(door, Endpoint(f"{api.url}/agent"), store.notes, Clock())
            with pytest.raises((AgentRefused, AgentUnavailable, OutcomeUnknown)):
                await agent.propose(an_order(), an_incident())

    assert asked == []


async def test_an_artifact_that_is_said_to_be_inside_is_not_fetched(victim: tuple[int, list[str]]) -> None:
    port, asked = victim
    listed = {"artifacts": [{"id": 1, "name": "suture-patch", "size_in_bytes": 300, "expired": False}]}
    async with a_fake_api() as api, open_github(api.url, KEY, "octo/bot") as github:
        api.says("GET /repos/octo/bot/actions/runs/7/artifacts", listed)
        for address in (f"http://127.0.0.1:{port}/x", "https://169.254.169.254/x", f"http://x@127.0.0.1:{port}/"):
            api.replies["GET /repos/octo/bot/actions/artifacts/1/zip"] = web.Response(
                status=302, headers={"Location": address}
            )
            with pytest.raises(Answered, match="not fetched"):
                await github.artifact(7, "suture-patch")

    assert asked == []


async def test_what_was_checked_is_what_is_connected_to_though_the_name_then_says_otherwise() -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    sent: list[httpx.Request] = []

    async def resolve(host: str, port: int) -> list[str]:
        return answers.pop(0)

    def wire(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    transport = OpenInternet(httpx.MockTransport(wire), resolve=resolve)
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get("https://rebinding.example.com/x")
        with pytest.raises(httpx.TransportError, match="not public"):
            await client.get("https://rebinding.example.com/x")

    (only,) = sent
    assert (only.url.host, only.headers["Host"]) == ("93.184.216.34", "rebinding.example.com")
    assert only.extensions["sni_hostname"] == "rebinding.example.com"


async def test_one_private_address_among_several_is_enough_to_refuse() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    transport = OpenInternet(httpx.MockTransport(lambda _: httpx.Response(200)), resolve=resolve)
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx.TransportError, match="not public"):
            await client.get("https://both.example.com/")


@pytest.mark.parametrize(
    ("near", "address", "is_taken"),
    [
        ("https://git.corp.test/api/v3", "https://git.corp.test/store", True),
        ("https://git.corp.test/api/v3", "https://media.git.corp.test/store", True),
        ("https://git.corp.test/api/v3", "https://git.corp.test.evil.test/", False),
        ("https://git.corp.test/api/v3", "https://media.git.corp.test:8443/", False),
        ("https://git.corp.test/api/v3", "http://git.corp.test/", False),
        ("http://127.0.0.1:8000/api/v3", "http://127.0.0.1:8000/store", True),
        ("http://127.0.0.1:8000/api/v3", "http://127.0.0.1:8001/store", False),
        ("http://127.0.0.1/api/v3", "http://x.127.0.0.1/store", False),
    ],
)
async def test_a_github_of_ones_own_keeps_artifacts_on_its_own_host(near: str, address: str, is_taken: bool) -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        return ["10.0.0.1"]

    transport = OpenInternet(httpx.MockTransport(lambda _: httpx.Response(200)), near, nowhere)
    async with httpx.AsyncClient(transport=transport) as client:
        if is_taken:
            assert (await client.get(address)).status_code == 200
        else:
            with pytest.raises(httpx.TransportError):
                await client.get(address)


async def test_the_operators_own_origin_may_be_private() -> None:
    transport = OneOrigin(httpx.MockTransport(lambda _: httpx.Response(200)), "http://10.0.0.1:8080/agent")
    async with httpx.AsyncClient(transport=transport) as client:
        assert (await client.get("http://10.0.0.1:8080/agent")).status_code == 200
        with pytest.raises(httpx.TransportError, match="nowhere else"):
            await client.get("http://10.0.0.1:8081/agent")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "localhost", "224.0.1.1", "fec0::1", "::", "2002:7f00:1::", "fd00::1%eth0"])
def test_what_is_no_public_address_is_none(address: str) -> None:
    assert not is_public(address)
