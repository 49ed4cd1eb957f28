"""Promise: admins find every incident, see how far it is and who decided what, call it off or try it again."""

import json

import pytest

from bot.incident.payload import Context
from bot.records.audit import Decision, Entry, broken_links
from bot.records.sighting import Sighting
from bot.records.work_order import advance
from tests.factories import NOW, a_proposal, an_incident, an_order
from tests.stories.lab import Lab, open_lab


async def kept(lab: Lab, number: int, severity: str = "high", **facts: object):
    """An incident and its order, written into the bot's own store."""
    store = lab.client.face.store
    incident = an_incident(id=f"inc_{number:012}", severity=severity, summary=f"fault number {number}")
    await store.incidents.add(incident)
    channel = lab.discord.channel("ops")
    order = an_order(incident_id=incident.id, summary=incident.summary, guild_id=lab.discord.guild().id,
                     channel_id=channel.id, **facts)  # fmt: skip
    return await store.orders.create(order)


async def test_incidents_are_listed_newest_first_filtered_and_turned_page_by_page(tmp_path):
    async with open_lab(tmp_path) as lab:
        ada = lab.person("ada")
        for number in range(1, 9):
            await kept(lab, number, "low" if number % 2 else "high", status="staged")

        reply = await lab.use(ada, "debug_incidents")
        first = reply.messages[0].content
        assert first.index("fault number 8") < first.index("fault number 3")
        assert "**8 incident(s)**, newest first: staged 8" in first
        assert "<t:" in first
        assert "seen 0×" in first
        await (await ada.click(reply.messages[0], "Older")).first()
        assert "fault number 1" in reply.messages[0].content

        low = (await lab.use(ada, "debug_incidents", severity="low", status="staged", source="admin")).content
        assert "**4 incident(s)**" in low
        assert "fault number 2" not in low
        assert "No incidents match" in (await lab.use(ada, "debug_incidents", status="failed")).content

        await kept(lab, 9, status="regressed")
        back = (await lab.use(ada, "debug_incidents", state="reopened")).content
        assert "fault number 9" in back
        assert "**reopened** (regressed)" in back
        assert "**1 incident(s)**" in back


@pytest.mark.parametrize(("name", "value"), [("status", "sleeping"), ("severity", "awful"), ("source", "rumour")])
async def test_a_filter_that_does_not_exist_is_refused_with_those_that_do(tmp_path, name, value):
    async with open_lab(tmp_path) as lab:
        reply = await lab.person("ada").slash("debug_incidents", channel="ops", options={name: value}, force=True)

        assert f"There is no {name} “{value}”" in (await reply.done()).content


async def test_an_incident_is_shown_with_its_attempts_its_log_and_what_may_be_done(tmp_path):
    async with open_lab(tmp_path) as lab:
        order = await kept(lab, 1)
        store = lab.client.face.store
        await store.proposals.put(a_proposal(order_id=order.id))
        await store.orders.save(advance(order, "awaiting_approval", order.created_at))

        reply = await lab.use(lab.person("ada"), "debug_incident", id=order.incident_id)

        (message,) = reply.messages
        assert message.ephemeral
        assert "fault number 1" in message.content
        assert order.id in message.content
        assert "ValueError" in message.content
        assert [button.label for button in message.buttons] == ["Review", "Reject", "Cancel…"]
        (file,) = message.attachments
        assert '"msg":"two"' in file.read().decode()
        assert "no incident" in (await lab.use(lab.person("ada"), "debug_incident", id="inc_999999999999")).content


async def test_an_incident_that_nobody_asked_a_patch_for_is_listed_too(tmp_path):
    async with open_lab(tmp_path) as lab:
        noticed = an_incident(source="watchdog")
        seen = Sighting(
            fingerprint=noticed.fingerprint, incident_id=noticed.id, title="the memory is full", severity="high",
            sources=frozenset({"watchdog"}), count=7, first_seen=NOW, last_seen=NOW,
        )  # fmt: skip
        await lab.client.face.store.sightings.add([seen], [noticed])
        ada = lab.person("ada")

        row = (await lab.use(ada, "debug_incidents", status="open", source="watchdog")).content
        assert "the memory is full" in row
        assert "seen 7×" in row
        one = await lab.use(ada, "debug_incident", id=noticed.id)
        assert "Nobody has asked for a patch yet" in one.content

        shown = one.messages[0]
        gate = lab.client.face.gate
        admins, gate.admins = gate.admins, frozenset()
        refused = await (await ada.click(shown, "Propose a patch…")).done()
        assert "Not authorized" in refused.content
        gate.admins = admins
        asked = await (await ada.click(shown, "Propose a patch…")).done()
        (payload,) = asked.messages[0].attachments
        assert json.loads(payload.read())["incident"]["id"] == noticed.id
        store = lab.client.face.store
        assert await store.orders.newest(incident_id=noticed.id) == []

        opened = await (await ada.click(asked.messages[0], "Yes, ask for it")).done()
        (order,) = await store.orders.newest(incident_id=noticed.id)
        assert order.id in opened.content
        assert (order.requested_by, order.summary, order.channel_id) == (
            ada.id,
            noticed.summary,
            lab.discord.channel("ops").id,
        )
        twice = await (await ada.click(asked.messages[0], "Yes, ask for it")).done()
        assert "has an order already" in twice.content
        decisions = [each.decision for each in await store.audit.entries()]
        told = [(each.action, each.subject) for each in decisions if each.subject == noticed.id]
        assert told == [("open", noticed.id), ("open", noticed.id), ("refused", noticed.id)]


async def test_only_admins_are_told_incidents_while_they_type(tmp_path):
    async with open_lab(tmp_path) as lab:
        ada = lab.person("ada")
        for number in (1, 2):
            await kept(lab, number, status="staged")

        choices = await ada.autocomplete("debug_incident", "id", "number 2", "ops")
        assert [choice.value for choice in choices] == ["inc_000000000002"]
        assert "staged" in choices[0].name

        lab.client.face.gate.admins = frozenset()
        for command, option in (("debug_incident", "id"), ("debug_cancel", "id"), ("debug_audit", "incident")):
            assert await ada.autocomplete(command, option, "", "ops") == []


async def test_cancelling_is_asked_twice_and_only_for_what_was_shown(tmp_path):
    async with open_lab(tmp_path) as lab:
        ada, store = lab.person("ada"), lab.client.face.store
        order = await kept(lab, 1, status="awaiting_approval")

        asked = (await lab.use(ada, "debug_cancel", id=order.incident_id)).messages[0]
        assert "Nothing was pushed" in asked.content
        assert (await store.orders.get(order.id)).status == "awaiting_approval"
        done = await (await ada.click(asked, "Yes, cancel it")).done()

        assert "is cancelled" in done.content
        assert (await store.orders.get(order.id)).cancelled_by == ada.id
        assert "nothing to cancel" in (await (await ada.click(asked, "Yes, cancel it")).done()).content

        moved = await kept(lab, 2, status="awaiting_approval")
        asked = (await lab.use(ada, "debug_cancel", id=moved.id)).messages[0]
        await store.orders.save(advance(moved, "publishing", moved.created_at))
        assert "is being published" in (await (await ada.click(asked, "Yes, cancel it")).done()).content


async def test_a_retry_without_an_agent_is_refused_with_what_is_missing(tmp_path):
    async with open_lab(tmp_path) as lab:
        order = await kept(lab, 1, status="failed")

        reply = await lab.use(lab.person("ada"), "debug_retry", id=order.incident_id)

        assert "Nothing can be sent" in reply.content
        assert "GITHUB_DISPATCH_TOKEN" in reply.content.replace("\\", "")


async def test_the_audit_is_shown_verified_and_exported(tmp_path):
    async with open_lab(tmp_path) as lab:
        ada, store = lab.person("ada"), lab.client.face.store
        await lab.use(ada, "debug_open_issue", summary="it hurts")
        await lab.use(ada, "debug_open_issue", summary="it hurts again")
        second, first = await store.orders.newest()

        reply = await lab.use(ada, "debug_audit")
        assert "The audit is intact: 2 entries" in reply.content
        assert f"<@{ada.id}> **open**" in reply.content
        lines = reply.messages[0].attachments[0].read().decode().splitlines()
        entries = [Entry.model_validate(json.loads(line)) for line in lines]
        assert broken_links(entries, [await store.audit.head()]) == []

        one = (await lab.use(ada, "debug_audit", incident=first.id)).content
        assert first.incident_id in one
        assert second.incident_id not in one


async def test_whom_the_gate_turned_away_is_in_the_audit_once_a_minute_for_each_command(tmp_path):
    async with open_lab(tmp_path) as lab:
        bob = lab.person("bob")
        for command in ("debug_status", "debug_status", "debug_audit", "debug_status"):
            reply = await bob.slash(command, channel="ops", force=True)
            assert "Not authorized" in (await reply.done()).content
        await lab.client.installation.refusals.settle()

        told = [entry.decision for entry in await lab.client.face.store.audit.entries()]
        assert sorted((each.action, each.actor, each.subject) for each in told) == [
            ("refused", str(bob.id), "debug_audit"),
            ("refused", str(bob.id), "debug_status"),
        ]


async def test_a_crowd_at_the_gate_does_not_fill_the_audit(tmp_path):
    async with open_lab(tmp_path) as lab:
        refusals = lab.client.installation.refusals
        for person in range(1000):
            refusals.note(person, "debug_status")
        await refusals.settle()

        assert len(await lab.client.face.store.audit.entries()) == 100


HOSTILE = "```\n@everyone [free](http://evil.example) \u202e" + "`*_" * 60
"""A text that wants out of wherever it stands."""


async def test_hostile_words_stay_text_in_every_view_and_fit_a_message(tmp_path):
    async with open_lab(tmp_path) as lab:
        ada, store = lab.person("ada"), lab.client.face.store
        for number in range(1, 8):
            hostile = {"summary": HOSTILE * 8, "stack_trace": HOSTILE * 30, "logs": (HOSTILE,), "env": HOSTILE[:150]}
            incident = an_incident(
                id=f"inc_{number:012}", context=Context(user=HOSTILE[:150], intent=HOSTILE), **hostile
            )
            await store.incidents.add(incident)
            order = an_order(incident_id=incident.id, summary=incident.summary, status="failed", reason=HOSTILE * 5)
            await store.orders.create(order)
        told = Decision(at=NOW, actor=HOSTILE, action="reject", subject="wo_20260105_0001", details={"why": HOSTILE})
        for _ in range(12):
            await store.audit.append(told)

        for command, options in (
            ("debug_incidents", {}),
            ("debug_incident", {"id": "inc_000000000007"}),
            ("debug_audit", {}),
        ):
            (message,) = (await lab.use(ada, command, **options)).messages
            assert 0 < len(message.content) <= 2000
            assert message.content.count("```") in (0, 2), message.content
            assert "](http" not in message.content.split("```")[0]
            assert message.pinged == ()
        choices = await ada.autocomplete("debug_incident", "id", "inc_000000000007", "ops")
        assert len(choices[0].name) <= 100
