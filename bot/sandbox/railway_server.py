"""A Railway of one service on this machine: its GraphQL API, and a deployment of each merge, as Railway does."""

import asyncio
import hmac
import json
import re
from dataclasses import KW_ONLY, dataclass, field

from aiohttp import web
from pydantic import JsonValue

from bot.sandbox.agent_server import hang_up
from bot.sandbox.github_faults import FaultQueue
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.loopback_site import LoopbackSite
from bot.sandbox.railway_host import NAMES, RailwayHost
from bot.sandbox.railway_records import Deployment

PATH = "/graphql/v2"
ROOT_FIELD = re.compile(r"\{\s*(\w+)")
NOT_AUTHORIZED = "Not Authorized"
Answer = dict[str, JsonValue]


class Refused(Exception):
    """What the API answers with in `errors`, at HTTP 200."""


@dataclass
class RailwayServer:
    """The API before the host. A project token comes in its own header, an account's as Bearer."""

    host: RailwayHost
    github: GitHubServer
    _: KW_ONLY
    project_token: str
    account_token: str
    faults: FaultQueue = field(default_factory=FaultQueue)
    asked: list[str] = field(default_factory=list)
    """The root fields of all requests so far."""
    _site: LoopbackSite = field(default_factory=LoopbackSite)
    _follower: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The web root."""
        return self._site.url

    @property
    def api_url(self) -> str:
        """For RAILWAY_API_URL."""
        return self.url + PATH

    async def start(self, port: int = 0) -> None:
        """Serve on 127.0.0.1 and deploy each merge from now on. Raises OSError when the port is taken."""
        app = web.Application()
        app.router.add_post(PATH, self._pass)
        await self._site.serve(app, port)
        self._follower = asyncio.create_task(self._follow(), name="railway follows github")

    async def stop(self) -> None:
        """Deploy no more, serve no more."""
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.gather(self._follower, return_exceptions=True)
        await self._site.close()

    async def _follow(self) -> None:
        events = self.github.subscribe()
        try:
            while True:
                event = await events.get()
                if event.kind == "pull_merged" and (commit := await self.github.read_branch("main")):
                    self.host.deploy(commit)
        finally:
            self.github.unsubscribe(events)

    async def _pass(self, request: web.Request) -> web.Response:
        body = await request.text()
        wanted = ROOT_FIELD.search(body)
        name = wanted[1] if wanted else ""
        fault = self.faults.take(request.method, name, "bot")
        if fault and fault.hold_seconds:
            await asyncio.sleep(fault.hold_seconds)
        if fault and fault.drop == "before":
            hang_up(request)
            return web.Response(status=500)
        if fault and fault.status is not None:
            return web.Response(status=fault.status, text=str(fault.body), headers=fault.headers)
        self.asked.append(name)
        answer = await self._answer(request, name, body)
        if fault and fault.drop == "after":
            hang_up(request)
        return web.json_response(answer)

    async def _answer(self, request: web.Request, name: str, body: str) -> Answer:
        try:
            told = json.loads(body)["variables"]
            return {"data": {name: await self._resolve(request, name, told)}}
        except Refused as error:
            return {"errors": [{"message": str(error)}], "data": None}
        except (ValueError, LookupError, TypeError):
            return {"errors": [{"message": "Problem processing request"}], "data": None}

    async def _resolve(self, request: web.Request, name: str, told: Answer) -> JsonValue:
        is_project = hmac.compare_digest(
            request.headers.get("Project-Access-Token", "").encode(), self.project_token.encode()
        )
        is_account = hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {self.account_token}".encode()
        )
        if not is_project and not is_account:
            raise Refused(NOT_AUTHORIZED)
        match name:
            case "projectToken" if is_project:
                ids = NAMES["RAILWAY_PROJECT_ID"], NAMES["RAILWAY_ENVIRONMENT_ID"]
                return {"projectId": ids[0], "environmentId": ids[1]}
            case "serviceInstanceDeployV2":
                return await self._deploy(told)
            case "deployment":
                return show(self._find(str(told["id"])))
            case "deployments":
                place = told["input"]
                self._check_place(place if isinstance(place, dict) else {})
                return {"edges": [{"node": show(each)} for each in reversed(self.host.book.all())]}
        raise Refused(NOT_AUTHORIZED)

    def _check_place(self, told: Answer) -> None:
        given = (told.get("serviceId"), told.get("environmentId"))
        if given != (NAMES["RAILWAY_SERVICE_ID"], NAMES["RAILWAY_ENVIRONMENT_ID"]):
            raise Refused("ServiceInstance not found")

    async def _deploy(self, told: Answer) -> str:
        self._check_place(told)
        commit = told.get("commitSha")
        if commit is None:  # then Railway builds the commit of the newest deployment once more
            commit = self.host.book.all()[-1].commit
        elif commit not in (await self.github.list_branches()).values():
            raise Refused("Commit not found")
        return self.host.deploy(str(commit)).id

    def _find(self, deployment_id: str) -> Deployment:
        found = self.host.book.get(deployment_id)
        if found is None:
            raise Refused("Deployment not found")
        return found


def show(deployment: Deployment) -> JsonValue:
    """A deployment as the API tells it."""
    return {
        "id": deployment.id,
        "status": deployment.status,
        "createdAt": deployment.created_at.isoformat(),
        "meta": {"commitHash": deployment.commit},
    }
