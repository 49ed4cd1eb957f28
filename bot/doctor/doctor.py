"""All checks, side by side, each bounded in time: what cannot be reached hides nothing else."""

import asyncio
from collections.abc import Awaitable, Sequence

from bot.apis.http import ApiError, Http, open_http
from bot.doctor.discord_account import check_account
from bot.doctor.discord_commands import check_commands
from bot.doctor.discord_server import check_admins, check_channels, check_home
from bot.doctor.findings import Finding, State, unknown, wrong
from bot.doctor.github import check_github
from bot.doctor.patient import Patient
from bot.doctor.platform import check_clock, check_machine, check_railway
from bot.doctor.services import check_agent, check_model, check_sheet, check_store, check_webhooks

SECONDS = 20.0
"""For one area; the whole takes no longer, since all are looked at side by side."""
SERVICE_SECONDS = 5.0
ORDER: tuple[State, ...] = ("wrong", "warning", "unknown", "ok")


async def examine(patient: Patient) -> list[Finding]:
    """Everything that was found, what is wrong first."""
    found = [*check_machine(patient), *check_railway(patient)]
    areas: Sequence[tuple[str, Awaitable[list[Finding]]]] = (
        ("discord", discord(patient)),
        ("github", github(patient)),
        ("store", check_store(patient)),
        ("model", check_model(patient)),
        ("sheet", check_sheet(patient)),
        ("alerts", check_webhooks(patient)),
        ("agent", check_agent(patient)),
    )
    for several in await asyncio.gather(*(bounded(area, work) for area, work in areas)):
        found += several
    return sorted(found, key=lambda one: ORDER.index(one.state))


async def bounded(area: str, work: Awaitable[list[Finding]]) -> list[Finding]:
    """One area's findings; when it cannot be reached, that is the finding."""
    try:
        async with asyncio.timeout(SECONDS):
            return await work
    except TimeoutError:
        return [unknown(f"{area}-reachable", f"{area} did not answer within {SECONDS:g} s.", "try again later")]
    except ApiError as error:
        return [wrong(f"{area}-reachable", f"{error}", "check the network, and the address if you set one")]


async def discord(patient: Patient) -> list[Finding]:
    """Discord as a whole. Raises ApiError."""
    headers = {"Authorization": f"Bot {patient.discord_token}"}
    if not patient.discord_token.isascii() or not patient.discord_token.isprintable():
        return [wrong("discord-token", "DISCORD_TOKEN contains characters that no token has.", "copy it again")]
    async with open_http(patient.discord_api_url, "Discord", headers, SERVICE_SECONDS) as http:
        found, bot_id = await check_account(http, patient.discord_token)
        found += await check_clock(http)
        return found if bot_id is None else [*found, *await at_home(http, patient, bot_id)]


async def at_home(http: Http, patient: Patient, bot_id: int) -> list[Finding]:
    """What depends on the home server. Raises ApiError."""
    found, guild = await check_home(http, patient, bot_id)
    if guild is None:
        return found
    found += await check_admins(http, patient, guild)
    found += await check_channels(http, patient, guild, bot_id)
    return [*found, *await check_commands(http, patient, guild, bot_id)]


async def github(patient: Patient) -> list[Finding]:
    """GitHub as a whole. Raises ApiError."""
    headers = {"Accept": "application/vnd.github+json"}
    if patient.github_token:
        headers["Authorization"] = f"Bearer {patient.github_token}"
    async with open_http(patient.github_api_url, "GitHub", headers, SERVICE_SECONDS) as http:
        return await check_github(http, patient)
