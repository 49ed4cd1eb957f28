"""People are told at once, never in a flood, and no more by a channel that is gone."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.events import catalog as of
from bot.notify.alert import Alert, ChannelBusy, ChannelGone, Level
from bot.notify.messages import alert_of
from bot.notify.notifier import MOST_SENT, MOST_WAITING, TRIES, Notifier, quiet_between
from tests.factories import NOW, Clock


def an_alert(key: str = "fault a", level: Level = "warning") -> Alert:
    return Alert(key=key, level=level, title=f"about {key}", at=NOW)


@dataclass
class Wall:
    """A channel that keeps what it is told, and fails as it is bid."""

    name: str = "WALL"
    posts: list[Alert] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)

    async def send(self, alert: Alert) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.posts.append(alert)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def all_due(notifier: Notifier) -> None:
    while await notifier.send_due():
        pass


async def test_an_alert_is_told_at_once_and_its_repetitions_once_in_a_while_with_their_count(
    wall: Wall, clock: Clock
) -> None:
    notifier = Notifier([wall], clock)

    for _ in range(500):
        notifier.tell(an_alert())
        await all_due(notifier)
    clock.forward(30 * 60)
    await all_due(notifier)

    assert [(post.key, post.count) for post in wall.posts] == [("fault a", 1), ("fault a", 499)]


async def test_many_things_at_once_are_three_messages_of_which_the_last_holds_the_rest(
    wall: Wall, clock: Clock
) -> None:
    notifier = Notifier([wall], clock)

    for number in range(20):
        notifier.tell(an_alert(f"fault {number}"))
    await all_due(notifier)

    assert len(wall.posts) == MOST_SENT
    assert len(wall.posts[-1].others) == 20 - MOST_SENT


async def test_critical_alerts_go_first_and_are_not_held_up(wall: Wall, clock: Clock) -> None:
    notifier = Notifier([wall], clock)
    for number in range(MOST_SENT):
        notifier.tell(an_alert(f"fault {number}"))
    await all_due(notifier)

    notifier.tell(an_alert("fault 8"))
    notifier.tell(an_alert("pause", "critical"))
    await all_due(notifier)

    assert wall.posts[-1].key == "pause"


async def test_a_recovery_ends_what_was_told_and_silences_what_was_not(wall: Wall, clock: Clock) -> None:
    notifier = Notifier([wall], clock)
    notifier.tell(an_alert("resource cpu"))
    await all_due(notifier)

    notifier.tell(an_alert("resource cpu", "recovered"))
    notifier.tell(an_alert("resource disk"))
    notifier.tell(an_alert("resource disk", "recovered"))
    await all_due(notifier)
    notifier.tell(an_alert("resource cpu"))
    await all_due(notifier)

    assert [(post.key, post.level) for post in wall.posts] == [
        ("resource cpu", "warning"), ("resource cpu", "recovered"), ("resource cpu", "warning"),
    ]  # fmt: skip


async def test_a_webhook_that_is_gone_is_asked_no_more_and_the_others_go_on(wall: Wall, clock: Clock) -> None:
    gone = Wall("GONE", fails=[ChannelGone("GONE answered 404: make a new one.")])
    notifier = Notifier([gone, wall], clock)

    notifier.tell(an_alert())
    await all_due(notifier)
    notifier.tell(an_alert("fault b"))
    await all_due(notifier)

    assert gone.posts == []
    assert len(wall.posts) == 2
    assert notifier.states()[0] == "GONE answered 404: make a new one."


async def test_a_busy_channel_gets_the_same_alert_later(wall: Wall, clock: Clock) -> None:
    wall.fails = [ChannelBusy("429", 12.0)]
    notifier = Notifier([wall], clock)
    notifier.tell(an_alert())
    await all_due(notifier)

    clock.forward(11)
    await all_due(notifier)
    assert wall.posts == []

    clock.forward(2)
    await all_due(notifier)
    assert len(wall.posts) == 1


async def test_what_a_channel_never_takes_is_given_up_and_counted(wall: Wall, clock: Clock) -> None:
    wall.fails = [ChannelBusy("500", 1.0) for _ in range(TRIES)]
    notifier = Notifier([wall], clock)
    notifier.tell(an_alert())

    for _ in range(TRIES + 1):
        await all_due(notifier)
        clock.forward(3600)

    assert wall.posts == []
    assert "1 dropped" in notifier.states()[0]


async def test_no_more_than_a_hundred_wait(wall: Wall, clock: Clock) -> None:
    notifier = Notifier([wall], clock)

    for number in range(MOST_WAITING + 7):
        notifier.tell(an_alert(f"fault {number}"))

    assert notifier.states() == ["WALL: 100 waiting, 7 dropped"]


async def test_in_quiet_hours_only_critical_alerts_are_sent_and_the_rest_after_them(wall: Wall, clock: Clock) -> None:
    clock.now = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)
    notifier = Notifier([wall], clock, quiet_between(time(23), time(7), ZoneInfo("Europe/Berlin")))
    notifier.tell(an_alert())
    notifier.tell(an_alert("pause", "critical"))

    await all_due(notifier)
    assert [post.key for post in wall.posts] == ["pause"]

    clock.now += timedelta(hours=8)
    await all_due(notifier)
    assert [post.key for post in wall.posts] == ["pause", "fault a"]


async def test_each_turn_of_a_story_is_told_at_once(wall: Wall, clock: Clock) -> None:
    notifier = Notifier([wall], clock)

    for event in (
        of.HealingTriggered(run_id="run_1", playbook_id="retry", reason="it broke"),
        of.HealingEscalated(run_id="run_1", playbook_id="retry", work_order_id="wo_1", reason="code is wrong"),
        of.HealingFailed(run_id="run_1", playbook_id="retry", reason="the patch was rejected"),
    ):
        alert = alert_of(event, NOW)
        assert alert is not None
        notifier.tell(alert)
        await all_due(notifier)

    assert [post.title for post in wall.posts] == [
        "Healing starts: retry", "A patch is needed: retry", "Healing did not help: retry",
    ]  # fmt: skip


async def test_two_turns_that_waited_together_are_not_two_times_the_later_one(wall: Wall, clock: Clock) -> None:
    notifier = Notifier([wall], clock)

    notifier.tell(replace(an_alert("run 1", "info"), news="started"))
    notifier.tell(replace(an_alert("run 1"), news="failed"))
    await all_due(notifier)

    assert [(post.news, post.count) for post in wall.posts] == [("failed", 1)]


async def test_what_got_graver_is_told_at_once(wall: Wall, clock: Clock) -> None:
    notifier = Notifier([wall], clock)
    notifier.tell(an_alert())
    await all_due(notifier)

    notifier.tell(an_alert(level="critical"))
    await all_due(notifier)

    assert [post.level for post in wall.posts] == ["warning", "critical"]


@pytest.mark.parametrize(("level", "count"), [("recovered", 1), ("critical", 1)])
async def test_what_comes_while_the_same_thing_is_being_sent_is_told_next(
    clock: Clock, level: Level, count: int
) -> None:
    class Slow(Wall):
        async def send(self, alert: Alert) -> None:
            if not self.posts:
                notifier.tell(an_alert(level=level))
            await super().send(alert)

    slow = Slow()
    notifier = Notifier([slow], clock)
    notifier.tell(an_alert())

    await all_due(notifier)

    assert [(post.level, post.count) for post in slow.posts] == [("warning", 1), (level, count)]


async def test_what_ended_while_its_channel_was_busy_is_not_told_at_all(clock: Clock) -> None:
    class Busy(Wall):
        async def send(self, alert: Alert) -> None:
            notifier.tell(an_alert(level="recovered"))
            raise ChannelBusy("429", 1.0)

    busy = Busy()
    notifier = Notifier([busy], clock)
    notifier.tell(an_alert())

    await all_due(notifier)

    assert notifier.states() == ["WALL: 0 waiting, 0 dropped"]


async def test_of_what_was_given_up_no_end_is_told(clock: Clock) -> None:
    class Gone(Wall):
        async def send(self, alert: Alert) -> None:
            if self.fails:
                if len(self.fails) == 1:
                    notifier.tell(an_alert(level="recovered"))
                raise self.fails.pop()
            await super().send(alert)

    wall = Gone(fails=[ChannelBusy("500", 1.0) for _ in range(TRIES)])
    notifier = Notifier([wall], clock)
    notifier.tell(an_alert())

    for _ in range(TRIES + 1):
        await all_due(notifier)
        clock.forward(3600)

    assert wall.posts == []
    assert notifier.states() == ["WALL: 0 waiting, 1 dropped"]


async def test_a_critical_alert_never_gives_way_to_a_hundred_that_wait_for_the_morning(
    wall: Wall, clock: Clock
) -> None:
    notifier = Notifier([wall], clock, lambda moment: True)
    for number in range(MOST_WAITING):
        notifier.tell(an_alert(f"fault {number}"))

    notifier.tell(an_alert("pause", "critical"))
    await all_due(notifier)

    assert [post.key for post in wall.posts] == ["pause"]
    assert notifier.states() == ["WALL: 99 waiting, 1 dropped"]


async def test_an_end_is_told_however_long_it_took(wall: Wall, clock: Clock) -> None:
    notifier = Notifier([wall], clock)
    notifier.tell(an_alert("probe a"))
    await all_due(notifier)

    clock.forward(3 * 86_400)
    notifier.tell(an_alert("fault b"))
    await all_due(notifier)
    notifier.tell(an_alert("probe a", "recovered"))
    await all_due(notifier)

    assert [(post.key, post.level) for post in wall.posts][-1] == ("probe a", "recovered")


async def test_a_clock_that_was_set_back_silences_nothing(wall: Wall, clock: Clock) -> None:
    notifier = Notifier([wall], clock)
    for number in range(MOST_SENT):
        notifier.tell(an_alert(f"fault {number}"))
    await all_due(notifier)

    clock.now -= timedelta(days=30)
    notifier.tell(an_alert("fault 0"))
    await all_due(notifier)

    assert [post.key for post in wall.posts][MOST_SENT:] == ["fault 0"]
