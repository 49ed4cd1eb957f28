"""The sandbox GitHub's REST routes on labels, and on a pull request's labels and comments."""

import re

from aiohttp import web
from pydantic import JsonValue

from bot.sandbox.github_gate import GRANT, NOTE, RestError, answer, require
from bot.sandbox.github_records import CommentRecord, LabelRecord, PullRecord
from bot.sandbox.github_rest import read_object
from bot.sandbox.github_shapes import Shape, show_time, show_user
from bot.sandbox.github_site import GitHubSite

_COLOUR = re.compile(r"[0-9a-fA-F]{6}")


class LabelsRest:
    """Routes below /labels and /issues."""

    def __init__(self, site: GitHubSite) -> None:
        self._site = site

    def add_routes(self, app: web.Application) -> None:
        """Serve them below the API's root."""
        root = f"/api/v3/repos/{self._site.repo}"
        app.router.add_get(f"{root}/labels/{{name}}", self._show)
        app.router.add_post(f"{root}/labels", self._make)
        app.router.add_put(root + r"/issues/{number:\d+}/labels", self._set)
        app.router.add_get(root + r"/issues/{number:\d+}/comments", self._list_comments)
        app.router.add_post(root + r"/issues/{number:\d+}/comments", self._comment)

    async def _show(self, request: web.Request) -> web.Response:
        require(request, "pull_requests", "read")
        name = request.match_info["name"].casefold()
        label = next((each for each in self._site.state.labels if each.name.casefold() == name), None)
        if label is None:
            raise RestError(404, "Not Found")
        return answer(show_label(label))

    async def _make(self, request: web.Request) -> web.Response:
        _require_write(request)
        body = await read_object(request)
        name, colour = str(body.get("name", "")).strip(), str(body.get("color", "ededed"))
        if not name or len(name) > 50 or not _COLOUR.fullmatch(colour):
            raise _invalid("invalid", "name" if not name or len(name) > 50 else "color")
        if any(each.name.casefold() == name.casefold() for each in self._site.state.labels):
            raise _invalid("already_exists", "name")
        label = LabelRecord(name=name, color=colour, description=str(body.get("description") or ""))
        self._site.state.save_label(label)
        request[NOTE] = f"label {name}"
        return answer(show_label(label), 201)

    async def _set(self, request: web.Request) -> web.Response:
        _require_write(request)
        pull, names = self._find(request), _read_names(await read_object(request))
        for name in names:
            if name not in {each.name for each in self._site.state.labels}:
                self._site.state.save_label(LabelRecord(name=name, color="ededed", description=""))
        self._site.state.save_pull(pull.model_copy(update={"labels": names, "updated_at": self._site.clock()}))
        request[NOTE] = f"labels of {pull.number}"
        known = {each.name: each for each in self._site.state.labels}
        return answer([show_label(known[name]) for name in names])

    async def _list_comments(self, request: web.Request) -> web.Response:
        require(request, "pull_requests", "read")
        return answer([_show_comment(number, each) for number, each in enumerate(self._find(request).comments, 1)])

    async def _comment(self, request: web.Request) -> web.Response:
        _require_write(request)
        pull, body, now = self._find(request), await read_object(request), self._site.clock()
        text = body.get("body")
        if not isinstance(text, str) or not text.strip():
            raise _invalid("missing_field", "body")
        comment = CommentRecord(author=request[GRANT].login, body=text, at=now)
        self._site.state.save_pull(pull.model_copy(update={"comments": (*pull.comments, comment), "updated_at": now}))
        request[NOTE] = f"comment on {pull.number}"
        return answer(_show_comment(len(pull.comments) + 1, comment), 201)

    def _find(self, request: web.Request) -> PullRecord:
        pull = self._site.state.pulls.get(int(request.match_info["number"]))
        if pull is None:
            raise RestError(404, "Not Found")
        return pull


def _require_write(request: web.Request) -> None:
    grant = request[GRANT]
    if not grant.may("pull_requests", "write") and not grant.may("issues", "write"):
        require(request, "pull_requests", "write")


def _read_names(body: dict[str, JsonValue]) -> tuple[str, ...]:
    names = body.get("labels")
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise _invalid("invalid", "labels")
    return tuple(dict.fromkeys(str(name) for name in names))


def _invalid(code: str, field: str) -> RestError:
    return RestError(422, "Validation Failed", [{"resource": "Label", "field": field, "code": code}])


def show_label(label: LabelRecord) -> Shape:
    """One label."""
    return {"name": label.name, "color": label.color, "description": label.description}


def _show_comment(number: int, comment: CommentRecord) -> Shape:
    return {
        "id": number,
        "body": comment.body,
        "user": show_user(comment.author),
        "created_at": show_time(comment.at),
    }
