"""Discord: the home server, the channels that the settings name, what the bot may do there, and who its admins are."""

from collections.abc import Sequence

from bot.apis.http import Http
from bot.doctor.findings import Finding, unknown, warning, well, wrong
from bot.doctor.looking import Seen, look
from bot.doctor.patient import Patient

ADMINISTRATOR, ALL = 1 << 3, (1 << 53) - 1
NEEDED = {
    "View Channel": 1 << 10,
    "Send Messages": 1 << 11,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Create Public Threads": 1 << 35,
    "Send Messages in Threads": 1 << 38,
}
"""What cards, files and their threads need. Source of the bits: Discord's documentation, Permissions."""
FOR_LEDGER = ("View Channel", "Send Messages", "Read Message History")
TEXT_KINDS = {0, 5}
"""Text and announcement channels: where a message with a thread can stand."""
INVITE = "https://discord.com/oauth2/authorize?client_id={id}&scope=bot+applications.commands&permissions=309237763072"


async def check_home(http: Http, patient: Patient, bot_id: int) -> tuple[list[Finding], int | None]:
    """Which server is home, and its id when that is clear. Raises Unreachable."""
    guilds = [int(str(row["id"])) for row in (await look(http, "/users/@me/guilds")).rows() if "id" in row]
    invite = f"invite it: {INVITE.format(id=bot_id)}"
    if not guilds:
        return [wrong("discord-guild", "The bot is in no server.", invite)], None
    if patient.guild_id is None and len(guilds) > 1:
        sentence = f"The bot is in {len(guilds)} servers and DISCORD_GUILD_ID is not set: every command is refused."
        return [wrong("discord-guild", sentence, "set DISCORD_GUILD_ID to the home server's id")], None
    if patient.guild_id is not None and patient.guild_id not in guilds:
        sentence = f"The bot is not in the server {patient.guild_id} of DISCORD_GUILD_ID."
        return [wrong("discord-guild", sentence, f"correct the id, or {invite}")], None
    return [well("discord-guild", "The bot is in its home server.")], patient.guild_id or guilds[0]


async def check_admins(http: Http, patient: Patient, guild: int) -> list[Finding]:
    """Whether there is anybody who may use the debug commands. Raises Unreachable."""
    if not patient.admins:
        sentence = "DEBUG_ADMINS is empty: nobody may use the debug commands."
        return [wrong("discord-admins", sentence, "set it to your user id (Discord, developer mode, Copy User ID)")]
    members = {admin: await look(http, f"/guilds/{guild}/members/{admin}") for admin in sorted(patient.admins)[:20]}
    missing = [str(admin) for admin, seen in members.items() if seen.status == 404]
    if len(missing) == len(patient.admins):
        sentence = f"Nobody of DEBUG_ADMINS ({', '.join(missing)}) is in the home server: all commands are refused."
        return [wrong("discord-admins", sentence, "a user's id is meant, not a role's or the server's")]
    if missing:
        sentence = f"Of DEBUG_ADMINS, {', '.join(missing)} are not in the home server."
        return [warning("discord-admins", sentence, "take them out, or correct their ids")]
    return [well("discord-admins", f"All {len(patient.admins)} admins are in the home server.")]


async def check_channels(http: Http, patient: Patient, guild: int, bot_id: int) -> list[Finding]:
    """The debug channel and the ledger's, and what the bot may do in them. Raises Unreachable."""
    found = []
    if patient.debug_channel_id is None:
        sentence = "DEBUG_CHANNEL_ID is not set: cards go to the channel of the command, crash reports nowhere."
        found.append(warning("discord-debug-channel", sentence, "set it to a channel that only admins see"))
    else:
        found += await check_channel(http, (patient.debug_channel_id, guild, bot_id), "debug", tuple(NEEDED))
    ledger = patient.ledger_channel
    if isinstance(ledger, str):
        rows = (await look(http, f"/guilds/{guild}/channels")).rows()
        named = [row for row in rows if row.get("name") == ledger.removeprefix("#") and row.get("type") in TEXT_KINDS]
        if len(named) != 1:
            many = "No channel" if not named else f"{len(named)} channels"
            sentence = f"{many} of the home server have the name #{ledger.removeprefix('#')} of CHANNEL_NAME."
            found.append(wrong("discord-ledger-channel", sentence, "set CHANNEL_ID to the channel's id instead"))
            return found
        ledger = int(str(named[0]["id"]))
    if ledger is not None:
        found += await check_channel(http, (ledger, guild, bot_id), "ledger", FOR_LEDGER)
    return found


async def check_channel(http: Http, ids: tuple[int, int, int], kind: str, needed: Sequence[str]) -> list[Finding]:
    """One channel: `ids` are its own, the server's and the bot's. Raises Unreachable."""
    channel, guild, bot_id = ids
    variable = "DEBUG_CHANNEL_ID" if kind == "debug" else "CHANNEL_ID"
    seen = await look(http, f"/channels/{channel}")
    if fault := unfit(seen, guild, f"{channel} ({variable})"):
        return [wrong(f"discord-{kind}-channel", *fault)]
    held = await permissions(http, guild, bot_id, seen.rows("permission_overwrites")) if seen.is_there else None
    if held is None:
        return [
            unknown(f"discord-{kind}-permissions", f"The bot's permissions in {channel} ({variable}) cannot be read.")
        ]
    lacking = [name for name in needed if not held & NEEDED[name]]
    if lacking:
        sentence = f"In the channel {channel} ({variable}) the bot lacks {', '.join(lacking)}."
        remedy = "allow it for the bot's role: channel settings, Permissions"
        return [wrong(f"discord-{kind}-permissions", sentence, remedy)]
    return [well(f"discord-{kind}-channel", f"In {channel} ({variable}) the bot has every permission it needs.")]


def unfit(seen: Seen, guild: int, channel: str) -> tuple[str, str] | None:
    """Why this cannot be the channel, and the remedy."""
    if seen.status == 404:
        return f"There is no channel {channel}.", "copy the channel's id again"
    if seen.status == 403:
        return f"The bot may not see the channel {channel}.", "give its role View Channel there"
    if seen.is_there and seen.number("guild_id") != guild:
        return f"The channel {channel} is in another server.", "choose one of the home server"
    if seen.is_there and seen.number("type") not in TEXT_KINDS:
        return f"The channel {channel} is no text channel.", "choose a text channel"
    return None


async def permissions(http: Http, guild: int, bot_id: int, overwrites: list[dict[str, object]]) -> int | None:
    """The bot's permission bits in a channel; None when they cannot be told. Raises Unreachable."""
    member = await look(http, f"/guilds/{guild}/members/{bot_id}")
    roles = await look(http, f"/guilds/{guild}/roles")
    if not member.is_there or not roles.is_there:
        return None
    listed = member.json.get("roles", []) if isinstance(member.json, dict) else []
    mine = {str(guild), *(str(role) for role in listed)}
    bits = 0
    for role in roles.rows():
        bits |= int(str(role.get("permissions", 0))) if str(role.get("id")) in mine else 0
    if bits & ADMINISTRATOR:
        return ALL
    for ids in ({str(guild)}, mine - {str(guild)}, {str(bot_id)}):  # everyone, then roles, then the member
        those = [each for each in overwrites if str(each.get("id")) in ids]
        for each in those:
            bits &= ~int(str(each.get("deny", 0)))
        for each in those:
            bits |= int(str(each.get("allow", 0)))
    return bits
