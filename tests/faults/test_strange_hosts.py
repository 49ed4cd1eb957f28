"""Promise: whoever poses as Discord or GitHub, with a certificate of its own or by a redirect, gets no token."""

import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import discord
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.apis.http import Unreachable, open_http
from bot.client import point_discord_at
from bot.cogs.connection import told_of


@pytest.fixture(autouse=True)
def _discord_again(monkeypatch):
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)


def self_signed(directory):
    """A server's TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = directory / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@asynccontextmanager
async def serving(answer, tls=None):
    """A server on loopback: its address, and the headers of all that it was sent."""
    seen = []

    async def take(request):
        seen.append(dict(request.headers))
        return answer()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    yield f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}", seen
    await runner.cleanup()


async def refused_login():
    """What a login as the bot ends in."""
    client = discord.Client(intents=discord.Intents.none())
    try:
        with pytest.raises((discord.DiscordException, OSError)) as caught:
            await client.login("a-token-of-the-test")
    finally:
        await client.close()
    return caught.value


async def test_discord_behind_an_unknown_certificate_gets_no_token_and_a_plain_line(tmp_path):
    async with serving(web.Response, self_signed(tmp_path)) as (address, seen):
        point_discord_at(address, None)

        error = await refused_login()

    assert seen == []
    assert "certificate verify failed" in told_of(error)


async def test_github_behind_an_unknown_certificate_gets_no_token_and_a_plain_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.apis.http.TRIES", 1)
    async with (
        serving(web.Response, self_signed(tmp_path)) as (address, seen),
        open_http(address, "GitHub", {"Authorization": "Bearer of-the-test"}) as door,
    ):
        with pytest.raises(Unreachable) as caught:
            await door.get("/repos/suture")

    assert seen == []
    assert "no secure connection (TLS)" in str(caught.value)


async def test_a_redirect_of_discord_takes_the_token_to_no_other_host():
    def away():
        return web.Response(status=302, headers={"Location": f"{other}/here"})

    async with (
        serving(lambda: web.json_response({"message": "no"}, status=401)) as (other, seen),
        serving(away) as (address, asked),
    ):
        point_discord_at(address, None)

        await refused_login()

    assert asked[0]["Authorization"].endswith("a-token-of-the-test")
    assert seen
    assert all("Authorization" not in headers for headers in seen)
