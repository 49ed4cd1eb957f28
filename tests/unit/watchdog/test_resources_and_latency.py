"""One sample too high is nothing, so many in a row are told once, and the recovery too; addresses likewise."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.apis.timed_get import timed_get
from bot.events.catalog import EndpointRecovered, EndpointSlow, ResourceHigh, ResourceNormal
from bot.events.event import Event
from bot.watchdog.latency import Answer, LatencyWatch
from bot.watchdog.resources import Limits, LoopLag, ResourceWatch, sampled


@dataclass
class Ticks:
    """A monotonic clock by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Scripted:
    """An address whose answers stand in a list."""

    answers: list[Answer]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, address: str) -> Answer:
        self.asked.append(address)
        return self.answers.pop(0)


def test_only_what_stays_high_is_told_and_a_dip_begins_anew() -> None:
    watch = ResourceWatch(Limits(cpu=0.9, checks=3))

    events: list[Event] = []
    for value in (0.95, 0.95, 0.1, 0.95, 0.95):
        events += watch.judge({"cpu": value})
    (high,) = watch.judge({"cpu": 0.99})

    assert events == []
    assert isinstance(high, ResourceHigh)
    assert (high.resource, high.value, high.samples) == ("cpu", 0.99, 3)


def test_it_is_told_again_after_the_cooldown_and_when_it_is_over() -> None:
    ticks = Ticks()
    watch = ResourceWatch(Limits(memory=0.9, checks=1, cooldown=300), ticks)

    first = watch.judge({"memory": 0.95})
    within = watch.judge({"memory": 0.95})
    ticks.now += 300
    later = watch.judge({"memory": 0.95})
    (over,) = watch.judge({"memory": 0.5})

    assert [len(first), len(within), len(later)] == [1, 0, 1]
    assert isinstance(over, ResourceNormal)
    assert watch.judge({"memory": 0.5}) == []


def test_this_machine_can_be_sampled(tmp_path) -> None:
    samples = sampled(tmp_path)

    assert set(samples) == {"cpu", "memory", "disk"}
    assert all(0 <= value <= 1 for value in samples.values())
    assert set(sampled(tmp_path / "nowhere")) == {"cpu", "memory"}


async def test_the_loops_lag_is_the_worst_since_the_last_question() -> None:
    lag = LoopLag()
    lag._worst = 2.0

    assert (lag.take(), lag.take()) == (2.0, 0.0)


async def test_three_slow_answers_in_a_row_are_told_and_then_the_recovery() -> None:
    slow, good, broken = Answer(900, 200), Answer(20, 200), Answer(20, 503)
    ask = Scripted([slow, slow, good, slow, broken, Answer(10, None, "no answer"), slow, good, good])
    watch = LatencyWatch(["https://a.test/health"], ask)

    rounds = [await watch.round() for _ in range(9)]

    assert [len(each) for each in rounds] == [0, 0, 0, 0, 0, 1, 0, 1, 0]
    down, up = rounds[5][0], rounds[7][0]
    assert isinstance(down, EndpointSlow)
    assert isinstance(up, EndpointRecovered)
    assert (down.failures, down.error) == (3, "no answer")


async def test_an_address_is_really_timed() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=503 if request.path == "/down" else 302)

    app = web.Application()
    app.router.add_route("GET", "/{any:.*}", answer)
    async with TestServer(app) as server:
        moved, down = await asyncio.gather(
            timed_get(str(server.make_url("/moved"))), timed_get(str(server.make_url("/down")))
        )
        address = str(server.make_url("/gone"))
    gone = await timed_get(address)

    assert (moved.status, down.status, gone.status) == (302, 503, None)
    assert moved.milliseconds > 0
    assert gone.error == "no answer (ConnectError)"
