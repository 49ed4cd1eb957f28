"""Railway's GraphQL API, as much of it as deploying needs. Facts: docs.railway.com, Public API.

Errors come with HTTP 200 in `errors`. A project's token has a header of its own; every other kind is a Bearer.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bot.apis.http import Answer, Answered, Http, open_http
from bot.logging import redact

LISTED = 20
DEPLOY = (
    "mutation deploy($serviceId: String!, $environmentId: String!, $commitSha: String!) "
    "{ serviceInstanceDeployV2(serviceId: $serviceId, environmentId: $environmentId, commitSha: $commitSha) }"
)
"""Without `commitSha` Railway would build the commit of the newest deployment once more, not the newest commit."""
ONE = "query one($id: String!) { deployment(id: $id) { id status createdAt meta } }"
LIST = (
    "query list($input: DeploymentListInput!, $first: Int) "
    "{ deployments(input: $input, first: $first) { edges { node { id status createdAt meta } } } }"
)
WHOSE = "query whose { projectToken { projectId environmentId } }"
REFUSED = 200
"""The status of an answer whose `errors` say no."""


class Meta(BaseModel):
    """What Railway knows of a deployment's source."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    commit: str | None = Field(None, validation_alias="commitHash")


class Deployment(BaseModel):
    """One deployment."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    status: str
    """Such as QUEUED, BUILDING, DEPLOYING, SUCCESS, FAILED, CRASHED; a new one must break nothing."""
    created_at: datetime = Field(validation_alias="createdAt")
    meta: Meta = Meta(commitHash=None)


@dataclass(frozen=True)
class Place:
    """The service that is deployed, and its environment."""

    service_id: str
    environment_id: str

    @property
    def variables(self) -> dict[str, JsonValue]:
        """As GraphQL takes it."""
        return {"serviceId": self.service_id, "environmentId": self.environment_id}


class Railway:
    """One service on Railway, by one token."""

    def __init__(self, door: Http, path: str, token: str, place: Place) -> None:
        self._door = door
        self._path = path
        self._token = token
        self._headers: dict[str, str] | None = None
        self.place = place

    async def deploy(self, commit: str) -> str:
        """Begin to deploy this commit; its deployment's id. Sent once only. Raises ApiError."""
        return str(await self._ask(DEPLOY, {**self.place.variables, "commitSha": commit}))

    async def deployment(self, deployment_id: str) -> Deployment:
        """How far a deployment is. Raises ApiError."""
        return read(await self._ask(ONE, {"id": deployment_id}))

    async def deployments(self) -> list[Deployment]:
        """The newest deployments, newest first. Raises ApiError."""
        told = await self._ask(LIST, {"input": self.place.variables, "first": LISTED})
        edges = told.get("edges") if isinstance(told, dict) else None
        listed = edges if isinstance(edges, list) else []
        return [read(each.get("node") if isinstance(each, dict) else None) for each in listed]

    async def _ask(self, query: str, variables: dict[str, JsonValue]) -> JsonValue:
        if self._headers is None:
            self._headers = await self._fitting_headers()
        return await self._send(query, variables, self._headers)

    async def _fitting_headers(self) -> dict[str, str]:
        """The header that this token belongs in: Railway is asked whose it is."""
        own = {"Project-Access-Token": self._token}
        try:
            await self._send(WHOSE, {}, own)
        except Answered as error:
            if error.may_pass:
                raise
            return {"Authorization": f"Bearer {self._token}"}
        return own

    async def _send(self, query: str, variables: dict[str, JsonValue], headers: dict[str, str]) -> JsonValue:
        content = json.dumps({"query": query, "variables": variables}).encode()
        answer = await self._door.send(
            "POST", self._path, content=content, headers={"Content-Type": "application/json", **headers}
        )
        return data_of(answer)


def data_of(answer: Answer) -> JsonValue:
    """The value of the one field that was asked for. Raises Answered with the words of `errors`."""
    told = answer.json
    if not isinstance(told, dict):
        raise Answered(answer.status, "that is not how Railway answers")
    if errors := told.get("errors"):
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
        raise Answered(REFUSED, redact(" ".join(str(first.get("message", "no reason given")).split()))[:300])
    data = told.get("data")
    if not isinstance(data, dict) or len(data) != 1:
        raise Answered(answer.status, "its answer holds nothing of what was asked")
    value: JsonValue = next(iter(data.values()))
    return value


def read(value: object) -> Deployment:
    """A deployment, checked. Raises Answered."""
    try:
        return Deployment.model_validate(value)
    except ValidationError as error:
        raise Answered(200, f"its deployment is of another form: {error.errors()[0]['msg']}") from error


@asynccontextmanager
async def open_railway(url: str, token: str, place: Place, seconds: float = 15.0) -> AsyncIterator[Railway]:
    """Railway for one service; the token goes to this address only."""
    there = urlsplit(url)
    async with open_http(f"{there.scheme}://{there.netloc}/", "Railway", seconds=seconds) as door:
        yield Railway(door, there.path, token, place)
