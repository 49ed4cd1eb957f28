"""Promise: `/deploy_latest` deploys exactly the newest commit, once, after a click, and tells how it goes."""

from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.sandbox.discord_reply import Reply
from bot.sandbox.discord_view import Message
from bot.sandbox.github_faults import Fault
from bot.sandbox.github_server import GitHubServer
from bot.sandbox.railway_host import NAMES, RailwayHost
from bot.sandbox.railway_records import Status
from bot.sandbox.railway_server import RailwayServer
from tests.stories.github_lab import github_settings, open_github_server
from tests.stories.lab import Lab, open_bot, open_discord

PROJECT, ACCOUNT = "project-" + "p" * 24, "account-" + "a" * 24


@dataclass
class Yard:
    """A bot between a local Discord, GitHub and Railway."""

    lab: Lab
    github: GitHubServer
    railway: RailwayServer

    async def ask(self, who: str = "ada") -> Reply:
        return await self.lab.use(self.lab.person(who), "deploy_latest")

    async def press(self, message: Message, who: str = "ada") -> Reply:
        return await (await self.lab.person(who).click(message, "Deploy")).done()

    async def public(self, words: str) -> Message:
        def look() -> Message | None:
            seen = self.lab.person("bob").sees("ops")
            return next((each for each in seen if words in each.content), None)

        return await self.lab.discord.world.events.wait_for(look, words, 20)

    @property
    def commits(self) -> list[str]:
        return [each.commit for each in self.railway.host.book.all()]

    def move(self, status: Status) -> None:
        newest = self.railway.host.book.all()[-1]
        self.railway.host.book.save(newest.model_copy(update={"status": status}))


@asynccontextmanager
async def open_railway_server(directory, github):
    host = RailwayHost(directory, "", say=lambda line: None, carries=False)
    server = RailwayServer(host, github, project_token=PROJECT, account_token=ACCOUNT)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def open_yard(directory, token=PROJECT, **settings):
    async with (
        open_discord(directory) as discord,
        open_github_server(directory) as github,
        open_railway_server(directory, github) as railway,
    ):
        told = {
            **github_settings(github),
            "RAILWAY_API_TOKEN": token,
            "RAILWAY_API_URL": railway.api_url,
            "RAILWAY_SERVICE_ID": NAMES["RAILWAY_SERVICE_ID"],
            "RAILWAY_ENVIRONMENT_ID": NAMES["RAILWAY_ENVIRONMENT_ID"],
            **settings,
        }
        async with open_bot(discord, directory, **told) as lab:
            yield Yard(lab, github, railway)


async def test_an_admin_sees_the_commit_and_deploys_exactly_it_by_a_click(tmp_path):
    async with open_yard(tmp_path) as yard:
        head = await yard.github.read_branch("main")
        refused = await yard.lab.person("bob").slash("deploy_latest", channel="ops", force=True)
        assert "Not authorized" in (await refused.done()).content

        shown = await (await yard.ask()).message()
        assert head[:12] in shown.content
        assert "The bot as it was deployed" in shown.content
        assert shown.ephemeral
        assert yard.commits == []

        assert "is on its way" in (await yard.press(shown)).content
        assert "is being deployed already" in (await yard.press(shown)).content
        assert yard.commits == [head]
        await yard.public("queued")
        yard.move("BUILDING")
        await yard.public("building")
        yard.move("SUCCESS")
        message = await yard.public("live")
        assert len([each for each in yard.lab.person("bob").sees("ops") if "deploys" in each.content]) == 1
        assert "<@" in message.content
        assert not message.pinged
        decisions = [each.decision for each in await yard.lab.client.face.store.audit.entries()]
        assert [(each.action, each.details["commit"]) for each in decisions if each.action == "deploy"] == [
            ("deploy", head),
            ("deploy", head),
        ]
        assert decisions[-1].action == "refused"

        yard.lab.discord.faults.answer_next(
            "POST", r"/channels/\d+/messages", 403, {"code": 50013, "message": "Missing"}
        )
        untold = (await yard.press(shown)).content
        assert "is on its way, but its progress cannot be shown" in untold
        assert yard.commits == [head, head]


async def test_a_lost_answer_is_looked_up_and_an_older_commit_is_refused(tmp_path):
    async with open_yard(tmp_path, token=ACCOUNT) as yard:
        shown = await (await yard.ask()).message()
        yard.railway.faults.add(Fault(method="POST", path="serviceInstanceDeployV2", drop="after"))
        await yard.press(shown)
        assert len(yard.commits) == 1
        yard.move("SUCCESS")

        yard.railway.faults.add(Fault(method="POST", path="serviceInstanceDeployV2", status=200, body="<html>"))
        assert "not how Railway answers" in (await yard.press(shown)).content
        limit = {"Retry-After": "40", "Content-Type": "application/json"}
        yard.railway.faults.add(
            Fault(method="POST", path="serviceInstanceDeployV2", status=429, body="{}", headers=limit)
        )
        assert "try again in 40 s" in (await yard.press(shown)).content
        assert len(yard.commits) == 1

        await yard.github.import_tree(tmp_path / "discord", "Something newer")
        assert "is not the newest commit any more" in (await yard.press(shown)).content
        assert len(yard.commits) == 1


async def test_a_deploy_that_a_restart_cut_short_is_told_to_its_end_by_the_next_process(tmp_path):
    async with open_yard(tmp_path) as yard:
        await yard.press(await (await yard.ask()).message())
        await yard.public("queued")
        settings = {**github_settings(yard.github), "RAILWAY_API_TOKEN": PROJECT, "RAILWAY_SERVICE_ID": "bot"}
        settings |= {"RAILWAY_API_URL": yard.railway.api_url, "RAILWAY_ENVIRONMENT_ID": "sandbox"}
        await yard.lab.client.close()

        yard.move("SUCCESS")
        async with open_bot(yard.lab.discord, tmp_path, **settings):
            await yard.public("live")

        assert len(yard.commits) == 1


async def test_a_wrong_token_and_missing_settings_are_sentences(tmp_path):
    async with open_yard(tmp_path, token="wrong-" + "w" * 24) as yard:
        shown = await (await yard.ask()).message()
        assert "RAILWAY\\_API\\_TOKEN is wrong" in (await yard.press(shown)).content
        assert yard.commits == []
    async with open_discord(tmp_path / "off") as discord, open_bot(discord, tmp_path / "off") as lab:
        reply = await lab.use(lab.person("ada"), "deploy_latest")
        assert "deploy\\_latest is off: RAILWAY\\_API\\_TOKEN, RAILWAY\\_SERVICE\\_ID" in reply.content
