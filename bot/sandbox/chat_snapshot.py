"""What one open chat page shows, whole: a page that missed something is right again with the next snapshot."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.sandbox.chat_github import show_github
from bot.sandbox.chat_messages import show_message, show_user
from bot.sandbox.chat_seat import DIRECT, Seat, is_admin, list_people, list_places, place_name
from bot.sandbox.discord_permissions import SEND_MESSAGES, VIEW_CHANNEL, may
from bot.sandbox.discord_records import Channel, Command, JsonObject
from bot.sandbox.github_server import GitHubServer

PINGS = 20
TYPING_LASTS = timedelta(seconds=9)
SUB_COMMAND, GROUP = 1, 2

Typing = Mapping[int, datetime]
"""When the bot was last seen typing, by channel."""


def show_all(seat: Seat, github: GitHubServer, typing: Typing, shown: int) -> dict[str, JsonObject]:
    """The sections of a page; a page is told only those that changed."""
    return {
        "place": _show_place(seat),
        "talk": _show_talk(seat, typing, shown),
        "commands": {"list": [form for command in seat.person.commands(seat.channel) for form in _forms(command)]},
        "github": show_github(github),
    }


def _show_place(seat: Seat) -> JsonObject:
    discord, state = seat.discord, seat.discord.state
    places = list_places(discord, seat.person)
    dm = state.find_dm(seat.person.id)
    return {
        "guild": discord.guild().name,
        "me": show_user(seat.person.user),
        "bot": {**show_user(discord.bot), "online": discord.gateway.is_connected},
        "people": [{**show_user(person.user), "admin": is_admin(discord, person)} for person in list_people(discord)],
        "channels": [
            *({"where": place_name(channel), "name": channel.name, **_show_news(seat, channel)} for channel in places),
            {"where": DIRECT, "name": discord.bot.name, **(_show_news(seat, dm) if dm else {"last": "0", "pings": []})},
        ],
        "names": {
            "users": {str(user.id): user.name for user in state.users},
            "channels": {str(channel.id): channel.name for channel in places},
            "roles": {str(role.id): role.name for role in state.list_roles(discord.guild().id)},
        },
    }


def _show_news(seat: Seat, channel: Channel) -> JsonObject:
    """The newest message by somebody else, and those that ping this person."""
    me = seat.person.id
    seen = [
        message
        for message in seat.discord.state.list_messages(channel.id)
        if message.only_for in (None, me) and message.author_id != me
    ]
    pings = [str(message.id) for message in seen if me in message.pinged_users or message.pinged_everyone]
    return {"last": str(seen[-1].id) if seen else "0", "pings": pings[-PINGS:]}


def _show_talk(seat: Seat, typing: Typing, shown: int) -> JsonObject:
    messages = seat.person.sees(seat.channel)
    since = typing.get(seat.channel.id)
    is_typing = since is not None and seat.discord.clock() - since < TYPING_LASTS
    return {
        "where": place_name(seat.channel),
        "may_write": may(seat.discord.state, seat.channel, seat.person.id, VIEW_CHANNEL | SEND_MESSAGES),
        "more": len(messages) > shown,
        "typing": is_typing,
        "messages": [show_message(seat, message) for message in messages[-shown:]],
    }


def _forms(command: Command) -> list[JsonObject]:
    """A command as the list shows it: each of its sub-commands alone, by its whole name."""
    return _flatten(command.name, command.body) if command.kind == 1 else []


def _flatten(name: str, body: JsonObject) -> list[JsonObject]:
    options: list[JsonObject] = body.get("options") or []
    nested = [option for option in options if option["type"] in (SUB_COMMAND, GROUP)]
    if nested:
        return [form for option in nested for form in _flatten(f"{name} {option['name']}", option)]
    return [{"name": name, "about": body.get("description") or "", "options": [_show_option(each) for each in options]}]


def _show_option(option: JsonObject) -> JsonObject:
    kept = ("min_value", "max_value", "min_length", "max_length")
    return {
        "name": option["name"],
        "about": option.get("description") or "",
        "type": option["type"],
        "required": bool(option.get("required")),
        "autocomplete": bool(option.get("autocomplete")),
        "choices": [{"name": each["name"], "value": each["value"]} for each in option.get("choices") or []],
        **{name: option[name] for name in kept if option.get(name) is not None},
    }
