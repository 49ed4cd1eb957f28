"""The faults that a person can order in the sandbox, by word: for the terminal's `fault` and for the chat page."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.codex_stand_in import SCENARIOS, Repertoire
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.github_faults import Fault
from bot.sandbox.github_server import GitHubServer

API = "/api/"
MOST_TIMES = 100
AWAY_SECONDS = 10.0
HANG_SECONDS = 60.0
PAGE = "<html><head><title>We had issues producing the response</title></head></html>"
LIMITED = '{"message": "You have exceeded a secondary rate limit."}'
NO_SCOPE = '{"message": "Resource not accessible by personal access token"}'
CALLBACK = "/callback$"


class NoSuchFault(ValueError):
    """The words name no fault; the sentence tells what there is."""


@dataclass(frozen=True)
class Dish:
    """One fault of the menu."""

    service: str
    name: str
    words: str
    order: Callable[["FaultMenu"], object]
    """Makes it happen; what it gives back, when that is a coroutine, is the rest of it."""
    counts: bool = True
    """Whether it can be ordered several times at once."""


def github(name: str, words: str, **fault: Any) -> Dish:
    """A fault of the next request of the bot to the local GitHub."""
    made = Fault(method="*", path=API, who="bot", **fault)
    return Dish("github", name, words, lambda menu: menu.github.faults.add(made))


def callback(code: int, words: str) -> Dish:
    """A refusal of the next first answer to a command, click or form."""
    return Dish("discord", str(code), words, lambda menu: menu.discord.faults.refuse_next("POST", CALLBACK, code))


def gateway(name: str, words: str, act: Callable[[DiscordServer], object]) -> Dish:
    """Something that happens to the bot's connection now."""
    return Dish("discord", name, words, lambda menu: act(menu.discord), counts=False)


async def be_away(discord: DiscordServer, seconds: float) -> None:
    """Not be there for some seconds."""
    port = discord.port
    await discord.go_away()
    await asyncio.sleep(seconds)
    await discord.start(port)


def answer_500(discord: DiscordServer) -> None:
    """A server error on whatever the bot sends next."""
    discord.faults.answer_next("*", "/api/", 500, {"message": "500: Internal Server Error", "code": 0})


def model(name: str, words: str) -> Dish:
    """What the model does at the next propose run."""
    return Dish("model", name, words, lambda menu: menu.model.next_up.append(name))


DISHES: tuple[Dish, ...] = (
    *(model(name, words) for name, (words, _) in SCENARIOS.items()),
    github("500", "a server error", status=500, body='{"message": "Server Error"}'),
    github("502", "a gateway's web page", status=502, body=PAGE, headers={"Content-Type": "text/html"}),
    github("503", "not available", status=503),
    github("429", "too many requests, for 20 s", status=429, headers={"Retry-After": "20"}),
    github("limit", "403, the secondary rate limit, for 20 s", status=403, body=LIMITED, headers={"Retry-After": "20"}),
    github("403", "the token may not do this", status=403, body=NO_SCOPE),
    github("404", "no such repository", status=404, body='{"message": "Not Found"}'),
    github("hang", "no answer for a minute", hold_seconds=HANG_SECONDS),
    github("drop", "the connection is cut before anything is done", drop="before"),
    github("lose", "it is done, but the answer is lost", drop="after"),
    github("html", "a web page instead of an answer", status=200, body=PAGE, headers={"Content-Type": "text/html"}),
    github("garbage", "JSON that is none", status=200, body="{", headers={"Content-Type": "application/json"}),
    github("drip", "an answer of one byte per second", status=200, body="x" * 120, drip_seconds=1.0),
    gateway("drop", "the gateway is closed with 4000; it may resume", lambda discord: discord.gateway.drop(4000)),
    gateway("cut", "the gateway connection is cut", lambda discord: discord.gateway.cut()),
    gateway("reconnect", "the gateway asks to reconnect (op 7)", lambda discord: discord.gateway.request_reconnect()),
    gateway("invalid", "the session is forgotten", lambda discord: discord.gateway.invalidate()),
    gateway("garbage", "the gateway sends half a frame", lambda discord: discord.gateway.garble()),
    gateway("4004", "the token is refused: the bot ends with 78", lambda discord: discord.gateway.drop(4004)),
    gateway("away", "unreachable for 10 s", lambda discord: be_away(discord, AWAY_SECONDS)),
    Dish("discord", "500", "a server error on the next request", lambda menu: answer_500(menu.discord)),
    Dish("discord", "429", "a rate limit of 3 s on the next answer",
         lambda menu: menu.discord.faults.limit_next("POST", CALLBACK, 3.0)),
    Dish("discord", "lose", "the next answer is shown, but the bot does not hear of it",
         lambda menu: menu.discord.faults.drop_next("POST", CALLBACK, acted=True)),
    callback(10062, "the interaction died"),
    callback(40060, "the interaction was answered already"),
    callback(40333, "Discord's network protection refuses"),
    Dish("discord", "50027", "the interaction's token ended before the follow-up",
         lambda menu: menu.discord.faults.refuse_next("POST", "/webhooks/", 50027)),
    Dish("discord", "50013", "the bot may not write in the channel",
         lambda menu: menu.discord.faults.refuse_next("POST", "/channels/[0-9]+/messages$", 50013)),
)  # fmt: skip


@dataclass
class FaultMenu:
    """Takes orders for one sandbox."""

    discord: DiscordServer
    github: GitHubServer
    model: Repertoire = field(default_factory=Repertoire)
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def order(self, words: str) -> str:
        """`github 500 2`, `discord drop`, `clear`: make it happen; returns a sentence. Raises NoSuchFault."""
        service, name, times = read_order(words)
        if service == "clear":
            return self.clear()
        dish = next((each for each in DISHES if (each.service, each.name) == (service, name)), None)
        if dish is None:
            raise NoSuchFault(f"There is no fault “{words}”: type  fault  to see what there is.")
        for _ in range(times if dish.counts else 1):
            rest = dish.order(self)
            if isinstance(rest, Coroutine):
                self._keep(asyncio.ensure_future(rest))
        often = f", {times} times" if times > 1 and dish.counts else ""
        return f"{service}: {dish.words}{often}."

    def clear(self) -> str:
        """Forget what no request has met yet."""
        left = len(self.github.faults) + len(self.discord.faults.queued) + len(self.model.next_up)
        self.model.next_up.clear()
        self.github.faults.clear()
        self.discord.faults.queued.clear()
        return f"{left} fault(s) forgotten."

    def _keep(self, task: "asyncio.Future[None]") -> None:
        if isinstance(task, asyncio.Task):
            self._running.add(task)
            task.add_done_callback(self._running.discard)


def read_order(words: str) -> tuple[str, str, int]:
    """Service, name and how often. Raises NoSuchFault."""
    found = re.fullmatch(r"(clear)|(\w+) (\w+)(?: ([1-9]\d{0,2}))?", " ".join(words.split()))
    if found is None or int(found[4] or 1) > MOST_TIMES:
        raise NoSuchFault(f"Write  fault SERVICE NAME [TIMES], at most {MOST_TIMES} times.")
    return found[1] or found[2], found[3] or "", int(found[4] or 1)


def menu_lines() -> list[str]:
    """The menu, one line per fault."""
    return [f"    fault {each.service} {each.name:<10} {each.words}" for each in DISHES] + [
        "    fault clear              forget those that no request has met yet"
    ]
