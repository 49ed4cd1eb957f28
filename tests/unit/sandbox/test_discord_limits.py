"""What a bot sends, and the status and code that Discord answers: each row is one limit."""

import httpx
import orjson
import pytest

from bot.sandbox.discord_clock import JumpingClock
from bot.sandbox.discord_permissions import MANAGE_MESSAGES, SEND_MESSAGES, VIEW_CHANNEL
from bot.sandbox.discord_records import Overwrite
from bot.sandbox.discord_server import DiscordServer

TOKEN = "a-token"
EMBED = {"title": "t"}


@pytest.fixture
def clock():
    return JumpingClock()


@pytest.fixture
async def server(tmp_path, clock):
    server = DiscordServer(tmp_path, token=TOKEN, clock=clock)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def rest(server):
    async with httpx.AsyncClient(base_url=server.api_url, headers={"Authorization": f"Bot {TOKEN}"}) as client:
        yield client


def a_button(custom_id="a", **changes):
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id} | changes


def rows(*components, count=1):
    return [{"type": 1, "components": list(components)} for _ in range(count)]


def fields(count, size=1):
    return [{"name": "n", "value": "v" * size}] * count


def select(**changes):
    return {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]} | changes


def row_of_five(number):
    return rows(*[a_button(f"{number}{n}") for n in range(5)])[0]


REFUSED_MESSAGES = {
    "nothing": ({}, 50006),
    "only spaces": ({"content": "  \n "}, 50006),
    "long content": ({"content": "x" * 2001}, 50035),
    "content that is no text": ({"content": ["x"]}, 50035),
    "eleven embeds": ({"embeds": [EMBED] * 11}, 50035),
    "a long embed title": ({"embeds": [{"title": "x" * 257}]}, 50035),
    "a long embed description": ({"embeds": [{"description": "x" * 4097}]}, 50035),
    "26 fields": ({"embeds": [{"fields": fields(26)}]}, 50035),
    "a long field name": ({"embeds": [{"fields": [{"name": "x" * 257, "value": "v"}]}]}, 50035),
    "a long field value": ({"embeds": [{"fields": fields(1, 1025)}]}, 50035),
    "an empty field value": ({"embeds": [{"fields": [{"name": "n", "value": ""}]}]}, 50035),
    "a long footer": ({"embeds": [{"title": "t", "footer": {"text": "x" * 2049}}]}, 50035),
    "a long author": ({"embeds": [{"author": {"name": "x" * 257}}]}, 50035),
    "6001 characters in two embeds": ({"embeds": [{"description": "x" * 3000}, {"description": "x" * 3001}]}, 50035),
    "six rows": ({"content": "x", "components": [rows(a_button(str(n)))[0] for n in range(6)]}, 50035),
    "six buttons in a row": ({"content": "x", "components": rows(*[a_button(str(n)) for n in range(6)])}, 50035),
    "an empty row": ({"content": "x", "components": rows()}, 50035),
    "a button outside a row": ({"content": "x", "components": [a_button()]}, 50035),
    "the same custom id twice": ({"content": "x", "components": rows(a_button(), a_button())}, 50035),
    "a long custom id": ({"content": "x", "components": rows(a_button("x" * 101))}, 50035),
    "a long label": ({"content": "x", "components": rows(a_button(label="x" * 81))}, 50035),
    "a button without a label": ({"content": "x", "components": rows(a_button(label=""))}, 50035),
    "a button without a custom id": ({"content": "x", "components": rows(a_button(None))}, 50035),
    "a link without a URL": ({"content": "x", "components": rows({"type": 2, "style": 5, "label": "x"})}, 50035),
    "a link with a custom id": (
        {"content": "x", "components": rows(a_button(style=5, url="https://a.example"))},
        50035,
    ),
    "an unknown button style": ({"content": "x", "components": rows(a_button(style=9))}, 50035),
    "a list beside a button": ({"content": "x", "components": rows(a_button(), select())}, 50035),
    "a list without options": ({"content": "x", "components": rows(select(options=[]))}, 50035),
    "26 options": ({"content": "x", "components": rows(select(options=[{"label": "a", "value": "a"}] * 26))}, 50035),
    "a text input in a message": ({"content": "x", "components": rows({"type": 4, "custom_id": "t"})}, 50035),
    "components v2": ({"flags": 1 << 15, "components": [{"type": 10, "content": "x"}]}, 50035),
    "an unknown mention kind": ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, 50035),
    "users both parsed and listed": ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 50035),
    "a reply to nothing": ({"content": "x", "message_reference": {"message_id": "1"}}, 50035),
    "a list for a body": ([], 50035),
}


@pytest.mark.parametrize("row", REFUSED_MESSAGES)
async def test_a_message_beyond_a_limit_is_refused(server, rest, row):
    body, code = REFUSED_MESSAGES[row]

    answer = await rest.post(f"/channels/{server.channel('general').id}/messages", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert ("errors" in answer.json()) == (code == 50035)
    assert answer.headers["Content-Type"] == "application/json"
    assert server.person("ada").sees("general") == []


ALLOWED_MESSAGES = {
    "full content": {"content": "x" * 2000},
    "ten embeds of together 6000": {"embeds": [{"description": "x" * 600}] * 10},
    "25 full buttons": {
        "content": "x",
        "components": [rows(*[a_button(f"{r}{n}") for n in range(5)])[0] for r in range(5)],
    },
    "the longest names": {"content": "x", "components": rows(a_button("x" * 100, label="x" * 80))},
    "25 fields": {"embeds": [{"fields": fields(25)}]},
    "a list": {"content": "x", "components": rows(select())},
    "a reply to nothing that may fail": {
        "content": "x",
        "message_reference": {"message_id": "1", "fail_if_not_exists": False},
    },
}


@pytest.mark.parametrize("row", ALLOWED_MESSAGES)
async def test_a_message_at_a_limit_is_taken(server, rest, row):
    answer = await rest.post(f"/channels/{server.channel('general').id}/messages", json=ALLOWED_MESSAGES[row])

    assert answer.status_code == 200
    assert len(server.person("ada").sees("general")) == 1


async def test_a_refusal_names_the_place_of_each_fault(server, rest):
    body = {"content": "x" * 2001, "embeds": [{"title": "t"}, {"title": "x" * 257}]}

    errors = (await rest.post(f"/channels/{server.channel('general').id}/messages", json=body)).json()["errors"]

    assert errors["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"
    assert errors["embeds"]["1"]["title"]["_errors"][0]["message"] == "Must be 256 or fewer in length."


@pytest.mark.parametrize(
    ("count", "size", "status", "code"),
    [(11, 1, 400, 30015), (1, 10 * 1024 * 1024 + 1, 413, 40005), (1, 10 * 1024 * 1024, 200, None), (10, 1, 200, None)],
)
async def test_files_have_a_number_and_a_size(server, rest, count, size, status, code):
    files = {f"files[{n}]": (f"{n}.txt", b"x" * size) for n in range(count)}

    answer = await rest.post(f"/channels/{server.channel('general').id}/messages", files=files)

    assert (answer.status_code, answer.json().get("code")) == (status, code)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, 0),
        ("DELETE", "/users/@me", 405, 0),
        ("GET", "/users/1", 404, 10013),
        ("GET", "/channels/1", 404, 10003),
        ("GET", "/channels/one", 400, 50035),
        ("GET", "/guilds/1", 404, 10004),
        ("GET", "/guilds/{elsewhere}", 404, 10004),
        ("GET", "/guilds/{home}/members/1", 404, 10013),
        ("GET", "/guilds/{home}/members/{dora}", 404, 10007),
        ("GET", "/channels/{hidden}", 403, 50001),
        ("GET", "/channels/{elsewhere_general}", 403, 50001),
        ("GET", "/channels/{general}/messages/1", 404, 10008),
        ("GET", "/channels/{general}/messages?limit=101", 400, 50035),
        ("DELETE", "/channels/{general}/messages/{of_ada}", 403, 50013),
        ("DELETE", "/channels/{dm}/messages/{direct}", 403, 50003),
        ("PATCH", "/channels/{general}/messages/{of_ada}", 403, 50005),
        ("POST", "/channels/{readonly}/messages", 403, 50013),
        ("POST", "/channels/{closed_dm}/messages", 403, 50007),
        ("POST", "/users/@me/channels", 400, 50033),
        ("POST", "/channels/{general}/messages/{threaded}/threads", 400, 160004),
        ("POST", "/channels/{dm}/messages/{direct}/threads", 400, 50024),
        ("PATCH", "/webhooks/{bot}/no-such-token/messages/@original", 404, 10015),
        ("POST", "/interactions/1/no-such-token/callback", 404, 10062),
        ("GET", "/applications/{bot}/commands/1", 404, 10063),
        ("GET", "/applications/{bot}/guilds/{elsewhere}/commands", 403, 50001),
        ("GET", "/applications/1/commands", 403, 20012),
    ],
)
async def test_what_is_not_there_or_not_allowed_has_its_code(server, rest, method, path, status, code):
    names = await furnish(server, rest)

    answer = await rest.request(
        method, path.format(**names), json={"content": "x", "name": "x"} if method != "GET" else None
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def furnish(server, rest):
    ada, home = server.person("ada"), server.guild()
    hidden, readonly = (server.world.add_channel(home, name) for name in ("hidden", "readonly"))
    server.world.set_overwrite(hidden, Overwrite(id=home.id, deny=VIEW_CHANNEL))
    server.world.set_overwrite(readonly, Overwrite(id=server.bot.id, is_member=True, deny=SEND_MESSAGES))
    closed = server.world.add_user("closed")
    server.state.write(closed.model_copy(update={"accepts_dms": False}))
    threaded = await ada.say("general", "a thread here")
    await rest.post(f"/channels/{threaded.channel_id}/messages/{threaded.id}/threads", json={"name": "talk"})
    return {
        "home": home.id,
        "elsewhere": server.guild("Elsewhere").id,
        "elsewhere_general": server.channel("general", "Elsewhere").id,
        "dora": server.world.add_user("dora").id,
        "hidden": hidden.id,
        "readonly": readonly.id,
        "general": server.channel("general").id,
        "of_ada": (await ada.say("general", "mine")).id,
        "dm": ada.dm.id,
        "direct": (await ada.say(ada.dm, "psst")).id,
        "closed_dm": server.world.open_dm(closed).id,
        "threaded": threaded.id,
        "bot": server.bot.id,
    }


async def test_a_call_without_the_token_is_refused(server, rest):
    for headers in ({"Authorization": "Bot wrong"}, {"Authorization": TOKEN}):
        answer = await rest.get("/users/@me", headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_a_body_that_is_no_json_is_refused(server, rest):
    answer = await rest.post(f"/channels/{server.channel('general').id}/messages", content=b"{")

    assert (answer.status_code, answer.json()["code"]) == (400, 50109)


async def test_with_the_permission_the_bot_may_delete_what_others_wrote(server, rest):
    message = await server.person("bob").say("general", "spam")
    role = server.world.add_role(server.guild(), "Janitor", MANAGE_MESSAGES)
    server.world.set_roles(server.guild(), server.bot, (role,))

    assert (await rest.delete(f"/channels/{message.channel_id}/messages/{message.id}")).status_code == 204
    assert server.person("bob").sees("general") == []


async def an_interaction(server, rest, kind="command"):
    """An open interaction of ada's; the path of its callback and of its webhook."""
    ada = server.person("ada")
    if kind == "command":
        reply = await ada.slash("anything", force=True)
    else:
        body = {"content": "x", "components": rows(a_button())}
        await rest.post(f"/channels/{server.channel('general').id}/messages", json=body)
        message = ada.sees("general")[-1]
        reply = await ada.click(message, "a")
        if kind == "modal":
            path = f"/interactions/{reply.interaction.id}/{reply.interaction.token}/callback"
            await rest.post(path, json={"type": 9, "data": a_modal()})
            reply = await ada.submit(reply.modal, {"Text": "x"})
    token = reply.interaction.token
    return reply, f"/interactions/{reply.interaction.id}/{token}/callback", f"/webhooks/{server.bot.id}/{token}"


def a_modal(**changes):
    return {"title": "A form", "custom_id": "f", "components": rows(an_input())} | changes


def an_input(**changes):
    return {"type": 4, "custom_id": "t", "style": 1, "label": "Text"} | changes


REFUSED_ANSWERS = {
    "no type": ("command", {}),
    "a pong": ("command", {"type": 1}),
    "an update of a slash command": ("command", {"type": 7, "data": {"content": "x"}}),
    "suggestions for a slash command": ("command", {"type": 8, "data": {"choices": []}}),
    "a modal for a modal": ("modal", {"type": 9, "data": {"title": "x"}}),
    "long content": ("command", {"type": 4, "data": {"content": "x" * 2001}}),
    "a modal without a title": ("command", {"type": 9, "data": a_modal(title="")}),
    "a modal with a long title": ("command", {"type": 9, "data": a_modal(title="x" * 46)}),
    "a modal without a custom id": ("command", {"type": 9, "data": a_modal(custom_id=None)}),
    "a modal without inputs": ("command", {"type": 9, "data": a_modal(components=[])}),
    "a modal with six inputs": (
        "command",
        {"type": 9, "data": a_modal(components=[rows(an_input(custom_id=str(n)))[0] for n in range(6)])},
    ),
    "an input with a long label": ("command", {"type": 9, "data": a_modal(components=rows(an_input(label="x" * 46)))}),
    "an input with a long text": ("command", {"type": 9, "data": a_modal(components=rows(an_input(value="x" * 4001)))}),
    "an input without a style": ("command", {"type": 9, "data": a_modal(components=rows(an_input(style=None)))}),
    "an input of no length": ("command", {"type": 9, "data": a_modal(components=rows(an_input(max_length=0)))}),
    "a button in a modal": ("command", {"type": 9, "data": a_modal(components=rows(a_button()))}),
}


@pytest.mark.parametrize("row", REFUSED_ANSWERS)
async def test_a_first_answer_beyond_a_limit_is_refused_and_may_be_sent_again(server, rest, row):
    kind, body = REFUSED_ANSWERS[row]
    _, callback, _ = await an_interaction(server, rest, kind)

    refused = await rest.post(callback, json=body)
    accepted = await rest.post(callback, json={"type": 4, "data": {"content": "x"}})

    assert (refused.status_code, refused.json()["code"]) == (400, 50035)
    assert accepted.status_code == 204


@pytest.mark.parametrize("kind", ["component", "modal"])
@pytest.mark.parametrize("answer", [4, 5, 6, 7])
async def test_a_component_and_the_modal_behind_it_may_be_answered_in_four_ways(server, rest, kind, answer):
    _, callback, _ = await an_interaction(server, rest, kind)

    answered = await rest.post(callback, json={"type": answer, "data": {"content": "x"}})

    assert answered.status_code == 204


async def test_an_empty_first_answer_is_refused(server, rest):
    _, callback, _ = await an_interaction(server, rest)

    answer = await rest.post(callback, json={"type": 4, "data": {}})

    assert (answer.status_code, answer.json()["code"]) == (400, 50006)


async def test_a_first_answer_after_three_seconds_is_unknown(server, rest, clock):
    _, callback, webhook = await an_interaction(server, rest)
    clock.jump(seconds=3)

    answer = await rest.post(callback, json={"type": 4, "data": {"content": "late"}})
    follow_up = await rest.post(webhook, json={"content": "late"})

    assert (answer.status_code, answer.json()) == (404, {"message": "Unknown interaction", "code": 10062})
    assert (follow_up.status_code, follow_up.json()["code"]) == (404, 10015)


async def test_a_first_answer_just_before_three_seconds_is_in_time(server, rest, clock):
    _, callback, _ = await an_interaction(server, rest)
    clock.jump(seconds=2)

    assert (await rest.post(callback, json={"type": 5})).status_code == 204


async def test_a_second_first_answer_is_refused_also_when_it_is_late(server, rest, clock):
    _, callback, _ = await an_interaction(server, rest)
    body = {"type": 4, "data": {"content": "x"}}
    await rest.post(callback, json=body)

    for _ in range(2):
        again = await rest.post(callback, json=body)
        assert (again.status_code, again.json()["code"]) == (400, 40060)
        clock.jump(seconds=5)


async def test_a_follow_up_before_the_first_answer_is_refused(server, rest):
    _, _, webhook = await an_interaction(server, rest)

    answer = await rest.post(webhook, json={"content": "too soon"})

    assert (answer.status_code, answer.json()["code"]) == (404, 10015)


async def test_the_token_dies_after_fifteen_minutes(server, rest, clock):
    _, callback, webhook = await an_interaction(server, rest)
    await rest.post(callback, json={"type": 5})
    clock.jump(minutes=14)
    assert (await rest.post(webhook, json={"content": "in time"})).status_code == 200

    clock.jump(minutes=1)

    for method, path in (("POST", ""), ("GET", "/messages/@original"), ("PATCH", "/messages/@original")):
        answer = await rest.request(method, webhook + path, json={"content": "late"})
        assert (answer.status_code, answer.json()) == (401, {"message": "Invalid Webhook Token", "code": 50027})


async def test_with_response_tells_what_the_first_answer_made(server, rest):
    reply, callback, _ = await an_interaction(server, rest)

    body = (await rest.post(callback, params={"with_response": "true"}, json={"type": 5, "data": {"flags": 64}})).json()

    assert body["interaction"] == {
        "id": str(reply.interaction.id),
        "type": 2,
        "response_message_id": str(reply.interaction.original_id),
        "response_message_loading": True,
        "response_message_ephemeral": True,
    }
    assert body["resource"]["type"] == 5
    assert body["resource"]["message"]["flags"] == 64 | 128


async def test_the_first_follow_up_fills_the_deferred_answer_and_keeps_its_eyes(server, rest):
    reply, callback, webhook = await an_interaction(server, rest)
    await rest.post(callback, json={"type": 5, "data": {"flags": 64}})
    assert reply.messages[0].thinking

    first = await rest.post(webhook, json={"content": "first"})
    second = await rest.post(webhook, json={"content": "second"})
    third = await rest.post(webhook, json={"content": "third", "flags": 64})

    assert int(first.json()["id"]) == reply.interaction.original_id
    assert [answer.json()["flags"] for answer in (first, second, third)] == [64, 0, 64]
    assert [message.content for message in server.person("bob").sees("general")] == ["second"]


async def test_an_ephemeral_follow_up_cannot_hide_a_public_defer(server, rest):
    _, callback, webhook = await an_interaction(server, rest)
    await rest.post(callback, json={"type": 5})

    answer = await rest.post(webhook, json={"content": "not hidden", "flags": 64})

    assert answer.json()["flags"] == 0
    assert [message.content for message in server.person("bob").sees("general")] == ["not hidden"]


async def test_the_original_is_read_edited_with_files_and_deleted(server, rest):
    reply, callback, webhook = await an_interaction(server, rest)
    await rest.post(callback, json={"type": 4, "data": {"content": "one", "flags": 64}})
    payload = {"content": "two", "attachments": [{"id": 0, "filename": "a.txt", "description": "what it is"}]}
    files = {"payload_json": (None, orjson.dumps(payload)), "files[0]": ("a.txt", b"bytes")}

    edited = await rest.patch(webhook + "/messages/@original", files=files)
    read = await rest.get(webhook + "/messages/@original")
    foreign = await rest.get(f"{webhook}/messages/1")
    in_channel = await rest.patch(f"/channels/{reply.messages[0].channel_id}/messages/{read.json()['id']}", json={})
    shown = reply.messages[0]
    data = shown.attachments[0].read()
    deleted = await rest.delete(webhook + "/messages/@original")
    gone = await rest.get(webhook + "/messages/@original")

    assert (edited.status_code, read.json()["content"]) == (200, "two")
    assert (shown.attachments[0].description, data) == ("what it is", b"bytes")
    assert shown.edited_at is not None
    assert (foreign.json()["code"], in_channel.json()["code"]) == (10008, 10008)
    assert (deleted.status_code, gone.json()["code"]) == (204, 10008)
    assert reply.messages == []


async def test_an_edit_may_not_leave_a_message_empty(server, rest):
    path = f"/channels/{server.channel('general').id}/messages"
    message = (await rest.post(path, json={"content": "x"})).json()

    answer = await rest.patch(f"{path}/{message['id']}", json={"content": ""})

    assert (answer.status_code, answer.json()["code"]) == (400, 50006)


@pytest.mark.parametrize(
    ("choices", "status"),
    [
        ([{"name": "a", "value": "a"}] * 25, 204),
        ([{"name": "a", "value": "a"}] * 26, 400),
        ([{"name": "x" * 101, "value": "a"}], 400),
        ([{"name": "", "value": "a"}], 400),
        ([{"name": "a", "value": "x" * 101}], 400),
        ([{"name": "a"}], 400),
    ],
)
async def test_suggestions_have_limits(server, rest, choices, status):
    option = {"type": 3, "name": "word", "description": "d", "autocomplete": True}
    command = {"name": "look", "description": "d", "options": [option]}
    await rest.post(f"/applications/{server.bot.id}/commands", json=command)
    reply = server.person("ada").start_autocomplete("look", "word", "a")

    answer = await rest.post(
        f"/interactions/{reply.interaction.id}/{reply.interaction.token}/callback",
        json={"type": 8, "data": {"choices": choices}},
    )

    assert answer.status_code == status
    assert (reply.choices is None) == (status == 400)
