"""The content of `/debug_status`: what was really looked at, lights first, the rest behind a button."""

import asyncio
import math
import os
import platform

import discord

from bot.cogs.chart import counted, drawn, in_words
from bot.cogs.face import Face
from bot.cogs.replies import as_code, as_text, file_of
from bot.cogs.review import stamp
from bot.incident.capture import versions
from bot.records.store import StoreUnavailable

CHART = "log.png"
SLOW_GATEWAY = 1.0
"""Seconds of heartbeat latency from which the gateway's light is not green."""


async def order_counts(face: Face) -> str:
    """How many orders are in which status."""
    try:
        orders = await face.store.orders.newest()
    except StoreUnavailable:
        return "unknown"
    counts: dict[str, int] = {}
    for order in orders:
        counts[order.status] = counts.get(order.status, 0) + 1
    return ", ".join(f"{status} {count}" for status, count in sorted(counts.items())) or "none"


async def budget_text(face: Face) -> str:
    """How much of the budget is spent."""
    budget = face.repairs.reconciler.budget
    try:
        return await budget.so_far(face.store, face.clock()) if budget else "no limits"
    except StoreUnavailable:
        return "unknown"


def uptime_text(seconds: float) -> str:
    """A span as people say it."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "0 s"


def gateway_line(client: discord.Client) -> str:
    """The gateway's last heartbeat in milliseconds, when there was one."""
    if not math.isfinite(client.latency):
        return "🟡 not measured yet"
    return f"{'🟢' if client.latency < SLOW_GATEWAY else '🟡'} heartbeat {client.latency * 1000:.0f} ms"


async def light_lines(face: Face, client: discord.Client) -> list[str]:
    """One line per service, each looked at within the last minute."""
    lines = [f"**Discord** {gateway_line(client)}"]
    lights, age = await face.lights.look()
    lines += [f"**{light.name}** {as_text(light.line, 250)}" for light in lights]
    troubles = [*face.troubles.values(), *face.notifier.troubles(), face.recorder.spool.trouble]
    lines += [f"🔴 {as_text(trouble, 250)}" for trouble in troubles if trouble]
    lines += [f"⚪ {as_text(reason, 250)}" for reason in face.facts.off]
    if age >= 1:
        lines.append(f"-# looked at {age:.0f} s ago")
    return lines


async def status_embed(face: Face, client: discord.Client) -> tuple[discord.Embed, discord.File]:
    """The lights, what this is and since when, and the log's chart as the embed's image."""
    facts, counts = face.facts, face.handler.counts
    up = (face.clock() - facts.started_at).total_seconds()
    lines = await light_lines(face, client)
    embed = discord.Embed(title="Suture status", description="\n".join(lines)[:4000], colour=discord.Colour.blurple())
    errors = sum(counts.by_level.get(level, 0) for level in ("ERROR", "CRITICAL"))
    last = f", last {stamp(counts.last_error_at.timestamp())}" if counts.last_error_at else ""
    fields = {
        "Uptime": f"{uptime_text(up)}\nsince {stamp(facts.started_at.timestamp())}",
        "Build": as_code(facts.build, 60),
        "Environment": as_text(facts.env, 60),
        "Errors": f"{errors}{last}",
    }
    for name, value in fields.items():
        embed.add_field(name=name, value=value, inline=True)
    minutes = await asyncio.to_thread(counted, await face.handler.find(), face.clock())
    picture = await asyncio.to_thread(drawn, minutes)
    embed.set_image(url=f"attachment://{CHART}")
    return embed, file_of(CHART, picture, in_words(minutes))


async def details_embed(face: Face) -> discord.Embed:
    """What is asked for less often: counts, orders, versions, limits."""
    counts = face.handler.counts
    agent = face.repairs.agent
    told = {**versions(), "platform": platform.platform(terse=True), "process": str(os.getpid())}
    fields = {
        "Autofix": as_text(agent.off, 300) if agent.off else f"agent: {agent.name}",
        "Orders": await order_counts(face),
        "Budget": await budget_text(face),
        "Log lines": ", ".join(f"{level} {count}" for level, count in counts.by_level.items() if count) or "none",
        "Flight recorder": as_text(face.recorder.state, 300),
        "Lines not spooled": ", ".join(f"{why} {count}" for why, count in counts.unspooled.items()) or "none",
        "Lines dropped": ", ".join(f"{why} {count}" for why, count in counts.dropped.items()) or "none",
        "Log failures": ", ".join(f"{why} {count}" for why, count in counts.internal_errors.items()) or "none",
        "Lines not written": ", ".join(f"{why} {count}" for why, count in counts.unwritten.items()) or "none",
        "Versions": ", ".join(f"{name} {as_text(version, 60)}" for name, version in told.items()),
        "Admins": str(len(face.gate.admins)),
    }
    embed = discord.Embed(title="Suture status: details", colour=discord.Colour.blurple())
    for name, value in fields.items():
        embed.add_field(name=name, value=value[:1024], inline=False)
    return embed
