"""People are told at once, never in a flood, and no more by a channel that is gone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.notify.alert import Alert, ChannelBusy, ChannelGone, Level
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
