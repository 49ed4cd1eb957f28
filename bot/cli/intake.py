"""`python -m bot intake`: each step alone on the files of the one before; exit codes 0, 1 (something failed), 2, 78."""

import asyncio
import json as json_format
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.configured import refused, settings_or_exit

if TYPE_CHECKING:
    from bot.intake.draft_plan import Wish
    from bot.intake.normalise import Judge
    from bot.intake.out_files import OutFiles
    from bot.intake.steps import OnStep, Told
    from bot.repair.repairs import Repairs
    from bot.settings import Settings

FAILED, UNREADABLE = 1, 2

intake = typer.Typer(
    help="Turn errors from Sentry and tests into draft pull requests.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Out = Annotated[Path, typer.Option(help="The folder where the steps keep their files.")]
Repo = Annotated[Path, typer.Option(help="The checkout of the code that the errors are about.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]


def missing(names: list[str], what_for: str) -> typer.Exit:
    """The end of a step whose variables are not set, each named with its meaning."""
    from bot.settings import variables

    table = variables()
    return refused(*(f"{name} is missing, which {what_for} needs: set it to {table[name][0]}." for name in names))


def finished(work: "Callable[[], Told]", *, json: bool) -> None:
    """Do a step's work and tell of it; what cannot be read or reached ends it with a sentence."""
    from bot.apis.http import ApiError
    from bot.intake.patch_task import TasksUnreadable
    from bot.intake.report_file import ReportUnreadable
    from bot.records.store import StoreUnavailable

    try:
        told = work()
    except (TasksUnreadable, ReportUnreadable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(UNREADABLE) from None
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}.", err=True)
        raise typer.Exit(UNREADABLE) from None
    except (ApiError, StoreUnavailable) as error:
        typer.echo(f"The step ended: {error}", err=True)
        raise typer.Exit(FAILED) from None
    if json:
        typer.echo(json_format.dumps(told.as_json(), ensure_ascii=False))
    else:
        for line in told.lines:
            typer.echo(line)
        for trouble in told.troubles:
            typer.echo(trouble, err=True)
    if told.troubles:
        raise typer.Exit(FAILED)


def judge_of(settings: "Settings", repo: Path) -> "Judge":
    """What weighs and places errors: the table of rules and the checkout; ends with 78 when the table is wrong."""
    from bot.intake.normalise import Judge
    from bot.intake.repository import Repository
    from bot.intake.rules import RulesUnreadable, load_rules

    try:
        return Judge(rules=load_rules(settings.intake_rules), repository=Repository.at(repo))
    except RulesUnreadable as error:
        raise refused(str(error)) from None


@intake.command()
def sentry(
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="How many issues (default: SENTRY_ERROR_LIMIT).")] = None,
    with_events: Annotated[
        bool, typer.Option("--with-events/--no-events", help="Fetch the latest event of each, which holds its stack.")
    ] = True,
    out: Out = Path("out"),
    json: Json = False,
) -> None:
    """Fetch Sentry's open errors into sentry_errors.json."""
    from bot.apis.sentry import Project, open_sentry
    from bot.intake.out_files import OutFiles
    from bot.intake.steps import pull_sentry
    from bot.intake.telling import progress

    settings = settings_or_exit()
    token, wanted = settings.sentry_auth_token, limit or settings.sentry_error_limit
    if token is None or settings.missing_for_sentry:
        raise missing(settings.missing_for_sentry, "`intake sentry`")
    project = Project(
        organisation=settings.sentry_org or "", name=settings.sentry_project or "", environment=settings.sentry_env
    )

    async def fetch(on_step: "OnStep") -> "Told":
        async with open_sentry(settings.sentry_url, token.get_secret_value(), project) as opened:
            environment = settings.sentry_env if with_events else None
            return await pull_sentry(opened, OutFiles(out), wanted, environment, on_step)

    with progress("Issues from Sentry", None, silent=json) as on_step:
        finished(lambda: asyncio.run(fetch(on_step)), json=json)


@intake.command()
def playwright(
    report: Annotated[Path | None, typer.Argument(help="report.json (default: where Playwright writes it).")] = None,
    *,
    out: Out = Path("out"),
    repo: Repo = Path(),
    json: Json = False,
) -> None:
    """Turn a Playwright report into playwright_patchtasks.json."""
    from bot.intake.out_files import OutFiles
    from bot.intake.playwright import PLACES, found_report
    from bot.intake.steps import read_playwright

    judge, found = judge_of(settings_or_exit(), repo), report or found_report(repo)
    if found is None:
        typer.echo(f"There is no report in {', '.join(PLACES)}: name its file.", err=True)
        raise typer.Exit(UNREADABLE)
    finished(lambda: read_playwright(found, OutFiles(out), judge, datetime.now(UTC)), json=json)


@intake.command()
def junit(
    reports: Annotated[list[Path], typer.Argument(help="JUnit XML files, as pytest --junitxml or jest write them.")],
    *,
    out: Out = Path("out"),
    repo: Repo = Path(),
    json: Json = False,
) -> None:
    """Turn JUnit files into junit_patchtasks.json."""
    from bot.intake.out_files import OutFiles
    from bot.intake.steps import read_junit

    judge = judge_of(settings_or_exit(), repo)
    finished(lambda: read_junit(reports, OutFiles(out), judge, datetime.now(UTC)), json=json)


@intake.command()
def normalize(
    *,
    min_frequency: Annotated[
        int | None, typer.Option(min=1, help="Least sightings (default: SENTRY_ERROR_MIN_FREQUENCY).")
    ] = None,
    out: Out = Path("out"),
    repo: Repo = Path(),
    json: Json = False,
) -> None:
    """Merge the errors of all sources into patchtasks.json."""
    from bot.intake.out_files import OutFiles
    from bot.intake.steps import normalise

    settings = settings_or_exit()
    judge, least = judge_of(settings, repo), min_frequency or settings.sentry_error_min_frequency
    finished(lambda: normalise(OutFiles(out), judge, least), json=json)


@intake.command()
def prs(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done; send nothing.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Include tasks of medium and low severity.")] = False,
    limit: Annotated[int, typer.Option(min=0, max=50, help="Open at most this many drafts.")] = 5,
    dispatch: Annotated[
        bool, typer.Option("--dispatch", help="Ask the coding agent for a patch instead; an admin approves in Discord.")
    ] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Close drafts whose error is gone.")] = False,
    out: Out = Path("out"),
    json: Json = False,
) -> None:
    """Open a draft pull request for each grave task. Those already open are brought up to date."""
    from bot.apis.github_drafts import open_draft_desk
    from bot.intake.draft_plan import Wish
    from bot.intake.out_files import OutFiles
    from bot.intake.steps import all_tasks, make_drafts, preview
    from bot.intake.telling import progress

    settings, files = settings_or_exit(), OutFiles(out)
    if dispatch:
        finished(
            lambda: dispatched(settings, files, Wish(everything=everything, limit=limit), dry_run=dry_run), json=json
        )
        return
    token, repository = settings.github_token, settings.repository
    if not dry_run and (token is None or repository is None):
        raise missing([name for name, value in (("GITHUB_TOKEN", token), ("GITHUB_REPO", repository)) if not value],
                      "`intake prs` without --dry-run")  # fmt: skip

    async def work(on_step: "OnStep") -> "Told":
        tasks = all_tasks(files)
        wish = Wish(everything=everything, limit=limit, complete=files.complete(), prune=prune)
        if token is None or repository is None:
            return preview(tasks, (), wish)
        async with open_draft_desk(settings.github_api_url, token.get_secret_value(), repository) as desk:
            if dry_run:
                return preview(tasks, await desk.pulls(), wish)
            return await make_drafts(tasks, desk, wish, on_step)

    with progress("Pull requests", None, silent=json) as on_step:
        finished(lambda: asyncio.run(work(on_step)), json=json)


def dispatched(settings: "Settings", files: "OutFiles", wish: "Wish", *, dry_run: bool) -> "Told":
    """Send the grave tasks through the bot's own door to its agent, or show them as they would leave."""
    from bot.intake.dispatch import Origin, grave, preview_sending, send_tasks
    from bot.intake.steps import all_tasks
    from bot.repair.noticed_orders import Home

    guild, channel = settings.discord_guild_id, settings.debug_channel_id
    tasks = grave(all_tasks(files), everything=wish.everything)
    origin = Origin(build=settings.git_sha, env=settings.sentry_env)
    if dry_run:
        return preview_sending(tasks, origin, wish.limit, datetime.now(UTC))
    if guild is None or channel is None:
        wanted = {"DISCORD_GUILD_ID": guild, "DEBUG_CHANNEL_ID": channel}
        raise missing([name for name, value in wanted.items() if value is None], "`intake prs --dispatch`")
    home = Home(guild, channel)

    async def send() -> "Told":
        async with opened_door(settings) as repairs:
            return await send_tasks(tasks, repairs, home, origin, wish.limit)

    return asyncio.run(send())


@asynccontextmanager
async def opened_door(settings: "Settings") -> "AsyncIterator[Repairs]":
    """The door to the orders, on the bot's own store, with the agent that the bot has. Raises StoreUnavailable."""
    from bot.adapters import Parts, built_repairs, chosen_agent, opened_github
    from bot.logging import RingBufferHandler
    from bot.records.sql_store import open_store

    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.state_dir, settings.store_url))
        github = await opened_github(stack, settings)
        agent = await chosen_agent(stack, settings, store, github)
        yield built_repairs(settings, Parts(store, agent, RingBufferHandler()), github, "intake")
