"""A local Discord that a real client connects to: gateway and REST on one loopback port, its world in a directory.

Point discord.py at it with `discord.http.Route.BASE = server.api_url` and
`discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)`.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.sandbox.discord_calls import (
    Call,
    Faults,
    Request,
    Route,
    describe_body,
    read_call,
    reply_fault,
    reply_json,
)
from bot.sandbox.discord_commands import CommandRoutes
from bot.sandbox.discord_errors import ApiError, too_large
from bot.sandbox.discord_events import Subscription
from bot.sandbox.discord_gateway import Gateway
from bot.sandbox.discord_interactions import Interactions
from bot.sandbox.discord_person import Person
from bot.sandbox.discord_records import Channel, ChannelKind, Guild, JsonObject, User
from bot.sandbox.discord_rest import ChannelRoutes, GuildRoutes
from bot.sandbox.discord_state import Clock, State, read_utc_clock
from bot.sandbox.discord_webhooks import Webhooks
from bot.sandbox.discord_world import HOME_GUILD, DiscordWorld
from bot.sandbox.loopback_site import LoopbackSite

API = "/api/v10"
JOURNAL_LINES = 20_000
MAX_REQUEST_BYTES = 128 * 1024 * 1024  # above all files together, so that each file is told its own limit
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DiscordServer:
    """One bot's Discord; everything a bot could meet again after a restart lives in `directory`."""

    def __init__(self, directory: Path, *, token: str, clock: Clock = read_utc_clock) -> None:
        self.state = State(directory, clock)
        self.world = DiscordWorld(self.state, token)
        self.interactions = Interactions(self.state, self.world.messages, self.gateway, self.world.events)
        self.faults = Faults()
        self.requests: list[Request] = []
        self.clock = clock
        self._authorization = f"Bot {token}"
        self._site = LoopbackSite()

    @property
    def url(self) -> str:
        """The server's root; empty before the start."""
        return self._site.url

    @property
    def port(self) -> int:
        """The port that is listened on; 0 before the start."""
        return int(self.url.rpartition(":")[2] or 0)

    @property
    def api_url(self) -> str:
        """The base of REST, for `discord.http.Route.BASE`."""
        return self.url + API

    @property
    def gateway_url(self) -> str:
        """The websocket's address, for `DiscordWebSocket.DEFAULT_GATEWAY`."""
        return self.gateway.url

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one. OSError when it is taken; then try another."""
        await self._site.serve(self._build_app(), port)
        self.world.wire.base_url = self.url
        self.gateway.url = f"ws://127.0.0.1:{self.port}/gateway/"

    async def go_away(self) -> None:
        """Be not there, as in an outage: the line is cut and the port is closed, until `start` with the same port."""
        self.gateway.cut()
        await self._site.close()

    async def stop(self) -> None:
        """Close the gateway's connections and the port; the world stays in the directory."""
        self.gateway.drop(1001)
        await self._site.close()
        self.state.close()

    async def drop_gateway(self, code: int = 4000) -> None:
        """Close the bot's websocket with this code and wait until it is gone; it may resume."""
        gateway = self.gateway
        gone = gateway.disconnect_count + gateway.connection_count
        gateway.drop(code)
        await self.world.events.wait_for(
            lambda: gateway.disconnect_count >= gone or None, "The end of the gateway connection"
        )

    async def wait_until_connected(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - as the hands' waits
        """Wait until a bot is online."""
        gateway = self.gateway
        await self.world.events.wait_for(lambda: gateway.is_connected or None, "A connected bot", timeout)

    async def wait_until_commands(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - as the hands' waits
        """Wait until the bot has registered commands."""
        await self.world.events.wait_for(lambda: self.list_commands() or None, "A registered command", timeout)

    def list_commands(self) -> list[JsonObject]:
        """Every registered command, global and of guilds, as Discord's JSON."""
        return [self.world.wire.command(command) for command in self.state.commands]

    def subscribe(self) -> Subscription:
        """An async iterator of all events from now on."""
        return self.world.events.subscribe()

    def person(self, name: str, guild: str | Guild | None = None) -> "Person":
        """The hands of a person, in the home guild unless another is named."""
        for user in self.state.users:
            if user.name == name and not user.bot:
                return Person(self, user, self.guild(guild))
        raise LookupError(f"Nobody here is called {name}; make them with add_person.")

    def guild(self, guild: str | Guild | None = None) -> Guild:
        """A guild by name; the home guild by default."""
        if isinstance(guild, Guild):
            return guild
        wanted = guild or HOME_GUILD
        found = next((one for one in self.state.guilds if one.name == wanted), None)
        if found is None:
            raise LookupError(f"There is no guild called {wanted}; make it with add_guild.")
        return found

    def channel(self, name: str, guild: str | Guild | None = None) -> Channel:
        """A text channel or thread by name, with or without #."""
        place = self.guild(guild)
        channels = self.state.list_channels(place.id) + self.state.list_channels(place.id, ChannelKind.THREAD)
        for channel in channels:
            if channel.name == name.removeprefix("#"):
                return channel
        raise LookupError(f"{place.name} has no channel #{name.removeprefix('#')}; make it with add_channel.")

    def add_person(self, name: str, *guilds: str | Guild) -> "Person":
        """Make a person who is a member of these guilds; of the home guild when none is named."""
        user = self.world.add_user(name)
        for guild in guilds or (None,):
            self.world.add_member(self.guild(guild), user)
        return Person(self, user, self.guild(guilds[0] if guilds else None))

    def add_guild(self, name: str, owner: str = "ada") -> Guild:
        """Make a guild with a #general; the bot is not in it."""
        return self.world.add_guild(name, self.person(owner).user)

    def add_bot_to_guild(self, guild: str | Guild) -> None:
        """Invite the bot, with what @everyone may do."""
        self.world.add_member(self.guild(guild), self.bot)

    @property
    def gateway(self) -> Gateway:
        """The gateway, with its switches: allowed intents, heartbeats, reconnects, invalid sessions."""
        return self.world.gateway

    @property
    def bot(self) -> User:
        """The bot's user."""
        return self.state.bot

    def _build_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=MAX_REQUEST_BYTES)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get("/attachments/{channel_id}/{attachment_id}/{filename}", self._serve_attachment)
        for route in self._list_routes():
            app.router.add_route(route.method, API + route.path, self._wrap(route))
        return app

    def _list_routes(self) -> list[Route]:
        world = self.world
        return [
            *GuildRoutes(world).routes(),
            *ChannelRoutes(world).routes(),
            *CommandRoutes(self.state, world.wire).routes(),
            *self.interactions.routes(),
            *Webhooks(self.state, world.messages, self.interactions).routes(),
        ]

    def _wrap(self, route: Route) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            call: Call | None = None
            try:
                if route.needs_token and request.headers.get("Authorization") != self._authorization:
                    raise ApiError(401, 0, "401: Unauthorized")
                call = await read_call(request)
                fault = self.faults.take(request.method, request.path)
                if fault is not None and fault.is_instead:
                    response = reply_fault(fault)
                else:
                    answer = route.handle(call)
                    response = reply_json(answer.body, answer.status)
                if fault is not None and fault.drop and request.transport is not None:
                    request.transport.abort()
            except ApiError as error:
                response = reply_json(error.as_json(), error.status)
            self._write_down(request, call, response.status)
            return response

        return handle

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if not request.path.startswith(API):
                raise
            self._write_down(request, None, error.status)
            if error.status == 413:
                return reply_json(too_large().as_json(), 413)
            return reply_json({"message": f"{error.status}: {error.reason}", "code": 0}, error.status)

    def _write_down(self, request: web.Request, call: Call | None, status: int) -> None:
        path = request.path.removeprefix(API)
        token = request.match_info.get("token")
        if token:
            path = path.replace(token, "{token}")
        self.requests.append(Request(request.method, path, describe_body(call), status, self.clock()))
        del self.requests[:-JOURNAL_LINES]
        self.world.events.wake()

    async def _serve_attachment(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["attachment_id"]
        path = self.world.messages.file_path(int(name)) if name.isascii() and name.isdigit() else None
        if path is None or not path.exists():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Content-Type": "application/octet-stream"})
