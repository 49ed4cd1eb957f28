"""Mentions in the sandbox's Discord: who a message would ping, given its text and its allowed mentions."""

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord_errors import FormErrors
from bot.sandbox.discord_permissions import MENTION_EVERYONE, may
from bot.sandbox.discord_records import Channel, JsonObject
from bot.sandbox.discord_state import State

USER = re.compile(r"<@!?(\d{1,20})>")
ROLE = re.compile(r"<@&(\d{1,20})>")
EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True)
class Pings:
    """Users, roles and everyone, as far as they are told."""

    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False


@dataclass(frozen=True)
class Author:
    """Who writes where, and to whom the message replies."""

    id: int
    channel: Channel
    replies_to_author: int | None = None


def find_pings(state: State, author: Author, content: str, allowed: JsonObject | None) -> Pings:
    """Who is told: what the text mentions, what allowed_mentions lets through, and who exists there."""
    rules = check_allowed_mentions(allowed)
    users = _let_through(_ids(USER, content), rules, "users")
    if author.replies_to_author is not None and (allowed is None or rules.get("replied_user")):
        users.append(author.replies_to_author)
    roles = _let_through(_ids(ROLE, content), rules, "roles")
    everyone = (
        bool(EVERYONE.search(content))
        and (allowed is None or "everyone" in rules.get("parse", []))
        and author.channel.guild_id is not None
        and may(state, author.channel, author.id, MENTION_EVERYONE)
    )
    return Pings(
        users=tuple(dict.fromkeys(user_id for user_id in users if state.users.get(user_id))),
        roles=tuple(dict.fromkeys(role_id for role_id in roles if state.roles.get(role_id))),
        everyone=everyone,
    )


def check_allowed_mentions(allowed: JsonObject | None) -> JsonObject:
    """The rules; refuses unknown kinds and the same kind in `parse` and as a list."""
    if allowed is None:
        return {"parse": ["users", "roles", "everyone"], "replied_user": True}
    errors = FormErrors()
    parse = allowed.get("parse") or []
    for index, kind in enumerate(parse):
        errors.one_of(("allowed_mentions", "parse", index), kind, ("users", "roles", "everyone"))
    for kind in ("users", "roles"):
        errors.at_most(("allowed_mentions", kind), allowed.get(kind), 100)
        if kind in parse and allowed.get(kind):
            errors.add(
                ("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", f"parse:[{kind}] excludes a list"
            )
    errors.refuse_if_any()
    return allowed


def _let_through(found: list[int], rules: JsonObject, kind: str) -> list[int]:
    if kind in (rules.get("parse") or []):
        return found
    listed: list[Any] = rules.get(kind) or []
    named = {int(one) for one in listed}
    return [one for one in found if one in named]


def _ids(pattern: re.Pattern[str], content: str) -> list[int]:
    return [int(one) for one in pattern.findall(content)]
