"""Discord: the slash commands as they are registered, against those of this build, and who may use them."""

from collections.abc import Mapping

from bot.apis.http import Http
from bot.doctor.findings import Finding, unknown, warning, well, wrong
from bot.doctor.looking import Seen, look
from bot.doctor.patient import Patient

RESTART = "restart the bot: it registers them when they changed"


async def check_commands(http: Http, patient: Patient, guild: int, bot_id: int) -> list[Finding]:
    """Scope, drift, and permissions that keep an admin away. Raises Unreachable."""
    here = await look(http, f"/applications/{bot_id}/guilds/{guild}/commands")
    if here.status == 403:
        sentence = "The bot was invited without the scope applications.commands: it can register no command here."
        return [wrong("discord-scope", sentence, "invite it again with the scopes bot and applications.commands")]
    everywhere = await look(http, f"/applications/{bot_id}/commands")
    if not here.is_there or not everywhere.is_there:
        return [unknown("discord-commands", f"The registered commands cannot be read ({here.status}).")]
    rows = here.rows() + everywhere.rows()
    registered = {str(row.get("name")): shape(row) for row in rows}
    found = drift(registered, patient.commands)
    twice = sorted({str(row.get("name")) for row in here.rows()} & {str(row.get("name")) for row in everywhere.rows()})
    if twice:
        sentence = f"Registered both for the server and for everywhere, so shown twice: {listed(twice)}."
        found.append(warning("discord-commands-twice", sentence, "delete one of both sets"))
    allowed = await look(http, f"/applications/{bot_id}/guilds/{guild}/commands/permissions")
    names = {str(row.get("id")): str(row.get("name")) for row in rows}
    return found + barred(allowed, names, patient)


def shape(row: Mapping[str, object]) -> str:
    """What matters of a command to its users: its words, and its options' names, kinds and duty."""
    options = row.get("options") or []
    rows = options if isinstance(options, list) else []
    parts = [f"{each.get('name')}:{each.get('type')}:{bool(each.get('required'))}" for each in rows]
    return " ".join([str(row.get("description", "")), *parts])


def drift(registered: Mapping[str, str], expected: Mapping[str, str]) -> list[Finding]:
    """How what is registered departs from this build."""
    missing = sorted(set(expected) - set(registered))
    changed = sorted(name for name in set(expected) & set(registered) if registered[name] != expected[name])
    extra = sorted(set(registered) - set(expected))
    found = []
    if missing:
        found.append(wrong("discord-commands", f"Discord does not know {listed(missing)}.", RESTART))
    if changed:
        found.append(wrong("discord-commands", f"Discord knows an older form of {listed(changed)}.", RESTART))
    if extra:
        sentence = f"Registered, but not of this build: {listed(extra)}."
        found.append(
            warning(
                "discord-commands-extra", sentence, "another bot's code, or an older build, shares this application"
            )
        )
    return found or [well("discord-commands", f"Discord knows all {len(expected)} commands as they are.")]


def barred(allowed: Seen, names: Mapping[str, str], patient: Patient) -> list[Finding]:
    """Why an admin might not see a command: permissions that were set in the server's Integrations page."""
    closed = []
    for row in allowed.rows():
        entries = row.get("permissions")
        rules = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
        denied = {str(each.get("id")) for each in rules if each.get("permission") is False}
        if denied & ({str(admin) for admin in patient.admins} | {str(patient.guild_id)}):
            closed.append(names.get(str(row.get("id")), "all of them"))
    if not closed:
        return []
    sentence = f"The server's settings keep admins from {listed(sorted(set(closed)))}."
    return [wrong("discord-command-permissions", sentence, "Server Settings, Integrations, this bot: allow the admins")]


def listed(names: list[str]) -> str:
    """Names of commands as people type them, the first few."""
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(f"/{name}" for name in names[:8]) + more
