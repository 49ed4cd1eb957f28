"""The content of `/debug_status`: only what was looked at, and what is off with its reason."""

import math

import discord

from bot.cogs.face import Face
from bot.cogs.replies import as_text
from bot.cogs.review import stamp
from bot.records.store import StoreUnavailable


async def storage_health(face: Face) -> str:
    """The store's state in a few words; it is really read."""
    try:
        await face.store.notes.read("health")
    except StoreUnavailable as error:
        return f"❌ degraded: {as_text(str(error), 200)}"
    return "✅ reads and answers"


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


def uptime_text(seconds: float) -> str:
    """A span as people say it."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "0 s"


def latency_text(client: discord.Client) -> str:
    """The gateway's last heartbeat in milliseconds, when there was one."""
    latency = client.latency
    return f"{latency * 1000:.0f} ms" if math.isfinite(latency) else "not measured yet"


async def status_embed(face: Face, client: discord.Client) -> discord.Embed:
    """Uptime, build, environment, health and errors as one embed."""
    facts, agent = face.facts, face.repairs.agent
    counts = face.handler.counts
    up = (face.clock() - facts.started_at).total_seconds()
    embed = discord.Embed(title="Suture status", colour=discord.Colour.blurple())
    fields = {
        "Uptime": f"{uptime_text(up)} (since {stamp(facts.started_at.timestamp())})",
        "Build": f"`{as_text(facts.build, 60)}`",
        "Environment": as_text(facts.env, 60),
        "Gateway": latency_text(client),
        "Autofix": f"❌ {as_text(agent.off, 300)}" if agent.off else f"✅ dispatch configured ({agent.name})",
        "Storage": await storage_health(face),
        "Log lines": ", ".join(f"{level} {count}" for level, count in counts.by_level.items() if count) or "none",
        "Last error": stamp(counts.last_error_at.timestamp()) if counts.last_error_at else "none",
        "Lines dropped": ", ".join(f"{why} {count}" for why, count in counts.dropped.items()) or "none",
        "Orders": await order_counts(face),
        "Off": "\n".join(f"• {as_text(reason, 200)}" for reason in facts.off) or "nothing",
    }
    for name, value in fields.items():
        embed.add_field(name=name, value=value[:1024], inline=name in {"Build", "Environment", "Gateway"})
    return embed
