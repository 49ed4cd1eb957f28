"""The chat page: the local Discord and GitHub in a browser, served on loopback, live without reload."""

import asyncio
import json
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from aiohttp import ClientError, ClientSession, web

from bot.sandbox.chat_deeds import BadDeed, do
from bot.sandbox.chat_gate import HEADERS, Gate, read_key
from bot.sandbox.chat_github import read_artifact, read_pull_diff, read_run_log
from bot.sandbox.chat_messages import image_type
from bot.sandbox.chat_pulse import Pulse
from bot.sandbox.chat_seat import NoSuchSeat, Seat, take_seat
from bot.sandbox.chat_snapshot import show_all
from bot.sandbox.discord_records import JsonObject
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.fault_menu import DISHES, FaultMenu, NoSuchFault
from bot.sandbox.github_hands import CannotDo, act_on_pull
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.loopback_site import LoopbackSite

ASSETS = Path(__file__).with_name("chat")
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
MAX_BODY = 16 * 1024 * 1024  # one file of 10 MiB in base64, with room
FIRST_SHOWN = 100
LOOK_EVERY_S = 2.0  # some changes make no event: a registered command, a permission, the end of "is typing"
SETTLE_S = 0.03  # what happens together is told together


class ChatPage:
    """Serves the page of one world; its key lives in the world's directory."""

    def __init__(self, discord: DiscordServer, github: GitHubServer, directory: Path) -> None:
        self.discord = discord
        self.github = github
        self.panel: str | None = None
        """Where the bot's own panel is, if it serves one."""
        self.panel_key = ""
        """What the panel lets its admin in with."""
        self._key = read_key(directory)
        self._faults = FaultMenu(discord, github)
        self._pulse = Pulse()
        self._typing: dict[int, datetime] = {}
        self._followers: list[asyncio.Task[None]] = []
        self._site = LoopbackSite()

    @property
    def url(self) -> str:
        """The server's root; empty before the start."""
        return self._site.url

    @property
    def address(self) -> str:
        """What to open in a browser, key included."""
        return f"{self.url}/{self._key}/"

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one. OSError when it is taken; then try another."""
        self._pulse = Pulse()
        await self._site.serve(self._build_app(), port)
        self._followers = [asyncio.create_task(follow()) for follow in (self._follow_discord, self._follow_github)]

    async def stop(self) -> None:
        """End the streams and close the port."""
        self._pulse.end()
        for task in self._followers:
            task.cancel()
        await asyncio.gather(*self._followers, return_exceptions=True)
        self._followers = []
        await self._site.close()

    def _build_app(self) -> web.Application:
        app = web.Application(middlewares=[Gate(self._key).check], client_max_size=MAX_BODY)
        root = f"/{self._key}"
        app.router.add_get(root + "/", self._send_asset)
        app.router.add_get(root + r"/static/{name:[a-z_]+\.(?:css|js|svg)}", self._send_asset)
        app.router.add_get(root + "/live", self._stream)
        app.router.add_get(root + "/panel", self._lead_to_panel)
        app.router.add_get(root + "/faults", self._send_faults)
        app.router.add_post(root + "/fault", self._order_fault)
        app.router.add_post(root + "/do/{deed}", self._do)
        app.router.add_get(root + r"/file/{who}/{where}/{message:\d{1,20}}/{file:\d{1,20}}", self._send_file)
        app.router.add_get(root + r"/pull/{number:\d{1,9}}.diff", self._send_diff)
        app.router.add_post(root + r"/pull/{number:\d{1,9}}/{deed:\w+}", self._act_on_pull)
        app.router.add_get(root + r"/run/{run:\d{1,9}}/log", self._send_log)
        app.router.add_get(root + r"/run/{run:\d{1,9}}/artifact/{artifact:\d{1,9}}", self._send_artifact)
        return app

    async def _lead_to_panel(self, request: web.Request) -> web.Response:
        """The panel, logged in: a cookie is of a host, whatever the port."""
        if self.panel is None:
            raise web.HTTPNotFound(text="The bot serves no panel here: `make run` starts it with one.")
        led = web.Response(status=302, headers={"Location": self.panel})
        try:
            async with ClientSession(self.panel) as session:
                answer = await session.post("login", json={"key": self.panel_key})
            for name, cookie in answer.cookies.items():
                led.set_cookie(name, cookie.value, httponly=True, samesite="Strict")
        except ClientError:
            pass  # it starts just now: its page says so, and asks for the key
        return led

    async def _follow_discord(self) -> None:
        with self.discord.subscribe() as events:
            async for event in events:
                if event.kind == "typing" and event.channel_id is not None:
                    self._typing[event.channel_id] = event.at
                elif event.kind == "message_created" and event.channel_id is not None:
                    self._typing.pop(event.channel_id, None)
                self._pulse.beat()

    async def _follow_github(self) -> None:
        events = self.github.subscribe()
        try:
            while True:
                await events.get()
                self._pulse.beat()
        finally:
            self.github.unsubscribe(events)

    def _seat(self, who: str, where: str) -> Seat:
        try:
            return take_seat(self.discord, who, where)
        except NoSuchSeat as error:
            raise web.HTTPNotFound(text=f"{error}\n") from error

    async def _send_asset(self, request: web.Request) -> web.Response:
        file = ASSETS / request.match_info.get("name", "index.html")
        if not file.is_file():
            raise web.HTTPNotFound(text="There is no such file.\n")
        return web.Response(body=file.read_bytes(), content_type=TYPES[file.suffix], charset="utf-8")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the whole state first, then each section that changed, and a sign of life."""
        who, where, told_shown = (request.query.get(name, "") for name in ("who", "where", "shown"))
        shown = int(told_shown) if re.fullmatch("[1-9][0-9]{0,3}", told_shown) else FIRST_SHOWN
        self._seat(who, where)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await response.prepare(request)
        told: dict[str, JsonObject] = {}
        version = 0
        with suppress(ConnectionResetError, NoSuchSeat):
            while not self._pulse.is_over:
                seen = self._pulse.count
                now = show_all(take_seat(self.discord, who, where), self.github, self._typing, shown)
                changed = {name: section for name, section in now.items() if told.get(name) != section}
                version += bool(changed)
                event = json.dumps({"version": version, **changed})
                await response.write(f"data: {event}\n\n".encode() if changed else b"event: alive\ndata: 0\n\n")
                told = now
                await self._pulse.wait(seen, LOOK_EVERY_S)
                await asyncio.sleep(SETTLE_S)
        return response

    async def _do(self, request: web.Request) -> web.Response:
        try:
            outcome = await do(self.discord, request.match_info["deed"], await request.read())
        except BadDeed as error:
            return web.json_response({"refused": str(error)}, status=400)
        except NoSuchSeat as error:
            return web.json_response({"refused": str(error)}, status=404)
        self._pulse.beat()  # a dismissed message makes no event
        return web.json_response(outcome)

    async def _send_faults(self, _: web.Request) -> web.Response:
        menu = [{"service": dish.service, "name": dish.name, "words": dish.words} for dish in DISHES]
        return web.json_response(menu)

    async def _order_fault(self, request: web.Request) -> web.Response:
        try:
            words = json.loads(await request.read())["words"]
            return web.json_response({"told": self._faults.order(str(words))})
        except NoSuchFault as error:
            return web.json_response({"refused": str(error)}, status=400)
        except (ValueError, LookupError, TypeError):
            return web.json_response({"refused": "A fault is ordered as JSON with its words."}, status=400)

    async def _send_file(self, request: web.Request) -> web.Response:
        told = request.match_info
        seat = self._seat(told["who"], told["where"])
        try:
            stored = seat.stored(seat.message(int(told["message"])))
        except NoSuchSeat as error:
            raise web.HTTPNotFound(text=f"{error}\n") from error
        file = next((file for file in stored.attachments if file.id == int(told["file"])), None)
        path = self.discord.world.messages.file_path(file.id) if file else None
        if file is None or path is None or not path.exists():
            raise web.HTTPNotFound(text="There is no such file.\n")
        kind = image_type(file.filename)
        headers = {} if kind else {"Content-Disposition": f'attachment; filename="{file.filename}"'}
        return web.Response(body=path.read_bytes(), content_type=kind or "application/octet-stream", headers=headers)

    async def _send_diff(self, request: web.Request) -> web.Response:
        return _send_text(await read_pull_diff(self.github, int(request.match_info["number"])))

    async def _act_on_pull(self, request: web.Request) -> web.Response:
        told = request.match_info
        try:
            who = str(json.loads(await request.read())["who"])
            name = take_seat(self.discord, who, "dm").person.name
            return web.json_response({"told": await act_on_pull(self.github, int(told["number"]), told["deed"], name)})
        except (CannotDo, NoSuchSeat) as error:
            return web.json_response({"refused": str(error)}, status=400)
        except (ValueError, LookupError, TypeError):
            return web.json_response({"refused": "It is told as JSON with who does it."}, status=400)

    async def _send_log(self, request: web.Request) -> web.Response:
        return _send_text(read_run_log(self.github, int(request.match_info["run"])))

    async def _send_artifact(self, request: web.Request) -> web.Response:
        told = request.match_info
        files = read_artifact(self.github, int(told["run"]), int(told["artifact"]))
        if files is None:
            raise web.HTTPNotFound(text="There is no such artifact.\n")
        return web.json_response(files)


def _send_text(text: str | None) -> web.Response:
    if text is None:
        raise web.HTTPNotFound(text="There is no such thing on the local GitHub.\n")
    return web.Response(text=text, content_type="text/plain")
