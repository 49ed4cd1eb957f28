"""Which adapter stands behind each port: the agent, the sheet, the model, and what a status looks at."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.agents.agent import AgentRefused, AgentUnavailable, CodingAgent, LooksAround, OutcomeUnknown
from bot.agents.history import GithubHistory, NoHistory
from bot.agents.staged import StagedAgent
from bot.apis.lights import Lights, Look
from bot.apis.model_errors import ModelFailure
from bot.apis.sheet_errors import SheetFailure
from bot.events.bus import Bus
from bot.incident.capture import Capture
from bot.incident.confirmation import Confirmations
from bot.ledger.model_reader import ModelReader
from bot.ledger.sheet import Ledger, Sheet, StoreSheet
from bot.logging import RingBufferHandler
from bot.records.store import Store, StoreUnavailable
from bot.repair.budget import Budget
from bot.repair.decisions import Decisions
from bot.repair.deploys import Deploys
from bot.repair.order_book import OrderBook
from bot.repair.presence import Presence
from bot.repair.reconcile import Reconciler
from bot.repair.repairs import Repairs
from bot.repair.rules import Rules
from bot.repair.tally import Tally
from bot.repair.verification import Verification, Windows

if TYPE_CHECKING:
    from bot.agents.local_command import LocalCommand
    from bot.apis.github import GitHub
    from bot.apis.llm import ChatModel
    from bot.apis.sheets import Sheets
    from bot.ledger.waiting_sheet import WaitingSheet
    from bot.settings import Settings


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


async def opened_github(stack: AsyncExitStack, settings: "Settings") -> "GitHub | None":
    """The repository that the settings name, if they do; it is contacted when it is used."""
    token, repository = settings.github_dispatch_token, settings.repository
    if not token or not repository:
        return None
    from bot.apis.github import open_github

    return await stack.enter_async_context(open_github(settings.github_api_url, token.get_secret_value(), repository))


async def chosen_agent(
    stack: AsyncExitStack, settings: "Settings", store: Store, github: "GitHub | None"
) -> CodingAgent:
    """The coding agent that the settings ask for, else the first whose settings are there."""
    wanted = settings.autofix_agent or ("github" if github else "endpoint")
    if wanted == "endpoint" and settings.debug_agent_endpoint:
        from bot.agents.http_endpoint import Endpoint, HttpEndpoint, headers_of
        from bot.apis.http import open_http

        key = settings.debug_agent_api_key
        headers = headers_of(key.get_secret_value() if key else None)
        door = await stack.enter_async_context(open_http(settings.debug_agent_endpoint, "The coding agent", headers))
        return HttpEndpoint(door, Endpoint(settings.debug_agent_endpoint, settings.repository), store.notes, utc_now)
    if wanted == "local" and github:
        return await opened_local(stack, settings, store, github)
    if wanted != "github" or not github:
        return StagedAgent([] if wanted == "staged" else settings.missing_for_github)
    from bot.agents.github_dispatch import GithubDispatch

    return GithubDispatch(github, settings.github_dispatch_event, settings.autofix_trigger)


async def opened_local(stack: AsyncExitStack, settings: "Settings", store: Store, github: "GitHub") -> "LocalCommand":
    """The agent that is a command on this machine; what it is at ends with the bot."""
    from bot.agents.local_command import LocalCommand  # all with the prover, which no other agent needs here
    from bot.agents.local_jobs import Jobs
    from bot.apis.github import git_address
    from bot.repair.local_run import Command
    from bot.repair.publication import Remote
    from bot.repair.workshop import LocalWorkshop, Tests

    token = settings.github_dispatch_token
    workshop = LocalWorkshop(
        repo=settings.autofix_local_repo or Path(),
        command=Command(
            argv=settings.autofix_local_command,
            seconds=settings.autofix_local_seconds,
            env=settings.local_environment,
            reads=settings.autofix_local_reads,
        ),
        tests=Tests(
            command=settings.autofix_test_command,
            seconds=settings.autofix_test_seconds,
            guarded=settings.autofix_guarded_paths,
        ),
        github=github,
        remote=Remote(
            url=git_address(settings.github_api_url, github.repository), token=token.get_secret_value() if token else ""
        ),
        store=store,
    )
    agent = LocalCommand(github, workshop, Jobs(settings.state_dir / "local"))
    stack.push_async_callback(agent.close)
    return agent


def budget_of(settings: "Settings") -> Budget:
    """How much of the agent the operator pays for."""
    return Budget(
        per_hour=settings.autofix_max_runs_per_hour,
        per_day=settings.autofix_max_runs_per_day,
        per_fault=settings.autofix_max_runs_per_fault,
        cost_per_day=settings.autofix_max_cost_per_day,
        assumed_cost=settings.autofix_assumed_run_cost,
    )


def windows_of(settings: "Settings") -> Windows:
    """How long the waits of an order may be."""
    return Windows(
        merge=timedelta(days=settings.autofix_merge_days),
        verify=timedelta(minutes=settings.autofix_verify_minutes),
        requests=settings.autofix_verify_requests,
    )


@dataclass(frozen=True)
class Parts:
    """What repairing stands on."""

    store: Store
    agent: CodingAgent
    handler: RingBufferHandler


async def opened_repairs(
    stack: AsyncExitStack, settings: "Settings", parts: Parts, github: "GitHub | None"
) -> tuple[Repairs, Presence, Tally]:
    """The door to the orders, with this process's first sign of life. Raises StoreUnavailable."""
    store = parts.store
    tally = Tally(store.tallies, settings.git_sha, utc_now)
    stack.callback(setattr, parts.handler, "on_error", None)
    parts.handler.on_error = tally.failed
    presence = Presence(store.processes, tally, settings.git_sha, utc_now)
    await presence.beat()
    stack.push_async_callback(presence.leave)
    return built_repairs(settings, parts, github, presence.id), presence, tally


def built_repairs(settings: "Settings", parts: Parts, github: "GitHub | None", holder: str) -> Repairs:
    """The door to the orders for a process of this id."""
    store, book = parts.store, OrderBook(parts.store.orders)
    history = GithubHistory(github) if github else NoHistory()
    verification = Verification(store, history, windows_of(settings), utc_now)
    capture = Capture(
        handler=parts.handler, build=settings.git_sha, env=settings.bot_env, started_at=utc_now(), clock=utc_now
    )
    reconciler = Reconciler(store, book, parts.agent, verification, holder)
    reconciler.budget = budget_of(settings)
    return Repairs(
        store=store,
        book=book,
        agent=parts.agent,
        reconciler=reconciler,
        confirmations=Confirmations(),
        capture=capture,
        clock=utc_now,
        rules=Rules(second_approver=settings.require_second_approver, min_proof=settings.autofix_min_proof),
    )


async def opened_deploys(stack: AsyncExitStack, settings: "Settings", store: Store, github: "GitHub | None") -> Deploys:
    """The door to Railway, if the settings name a service there; it is contacted when it is used."""
    missing = settings.missing_for_railway + (settings.missing_for_github if github is None else [])
    token, service, environment = (
        settings.railway_api_token, settings.railway_service_id, settings.railway_environment_id
    )  # fmt: skip
    railway = None
    if token and service and environment:
        from bot.apis.railway import Place as RailwayPlace
        from bot.apis.railway import open_railway

        place = RailwayPlace(service, environment)
        railway = await stack.enter_async_context(
            open_railway(settings.railway_api_url, token.get_secret_value(), place)
        )
    return Deploys(
        railway=railway,
        github=github,
        notes=store.notes,
        decisions=Decisions(store.audit, utc_now),
        build=settings.git_sha,
        off=f"/deploy_latest is off: {', '.join(missing)} is not set." if missing else None,
        pause=settings.autofix_poll_seconds,
    )


async def opened_sheets(stack: AsyncExitStack, settings: "Settings") -> "Sheets | None":
    """The Google sheet that the settings name, if they do; it is contacted when it is used."""
    account, sheet_id = settings.google_service_account_json, settings.google_sheet_id
    if account is None or sheet_id is None:
        return None
    from bot.apis.sheets import Place, open_sheets

    place = Place(sheet_id, settings.google_sheet_tab)
    opening = open_sheets(account.get_secret_value(), place, url=settings.google_sheets_api_url)
    return await stack.enter_async_context(opening)


async def opened_model(stack: AsyncExitStack, settings: "Settings") -> "ChatModel | None":
    """The model that the settings name, if a key is set; it is contacted when it is used."""
    if settings.openai_api_key is None:
        return None
    from bot.apis.llm import open_chat_model  # with httpx and tenacity

    key = settings.openai_api_key.get_secret_value()
    return await stack.enter_async_context(open_chat_model(settings.openai_base_url, key, settings.openai_model))


def waiting_sheet(store: Store, sheets: "Sheets | None", bus: Bus) -> "WaitingSheet | None":
    """The Google sheet, with the store for what it does not take at once; None without one."""
    if sheets is None:
        return None
    from bot.ledger.google_sheet import GoogleSheet
    from bot.ledger.waiting_sheet import WaitingSheet

    return WaitingSheet(GoogleSheet(sheets), store.dead_letters, bus.publish, utc_now)


def built_ledger(store: Store, sheet: Sheet | None, model: "ChatModel | None") -> Ledger:
    """The ledger in its sheet, or in the store, with a model to read what the parser does not understand."""
    return Ledger(sheet or StoreSheet(store.ledger), ModelReader(model) if model else None)


def built_lights(store: Store, agent: CodingAgent, sheets: "Sheets | None", model: "ChatModel | None") -> Lights:
    """What a status looks at."""

    async def look_at_store() -> str:
        await store.notes.write({"health": utc_now().isoformat()})
        return "reads and writes"

    looks: dict[str, Look] = {"Store": look_at_store}
    if isinstance(agent, LooksAround):
        looks["GitHub" if agent.name == "github" else "Coding agent"] = agent.look_around
    if sheets:
        looks["Google Sheets"] = sheets.look_around
    if model:
        looks["Model"] = model.look_around
    return Lights(looks, (SheetFailure, ModelFailure, StoreUnavailable, AgentRefused, AgentUnavailable, OutcomeUnknown))


def switched_off(settings: "Settings", agent: CodingAgent) -> tuple[str, ...]:
    """Everything that is off, and why."""
    reasons = []
    if agent.off:
        reasons.append(f"autofix: {agent.off}")
    if settings.missing_for_railway:
        reasons.append(f"/deploy_latest: {', '.join(settings.missing_for_railway)} is not set")
    if settings.openai_api_key is None:
        reasons.append("model for the ledger's sentences and for summaries: OPENAI_API_KEY is not set")
    if not settings.discord_webhook_url and not settings.slack_webhook_url:
        reasons.append("alerts: neither DISCORD_WEBHOOK_URL nor SLACK_WEBHOOK_URL is set")
    if not settings.debug_admins:
        reasons.append("the debug commands: DEBUG_ADMINS is empty, so nobody may use them")
    if settings.channel_id is None and settings.channel_name is None:
        reasons.append("the ledger in a channel: neither CHANNEL_ID nor CHANNEL_NAME is set; direct messages work")
    if settings.google_service_account_json and not settings.google_sheet_id:
        reasons.append("the ledger in Google Sheets: GOOGLE_SHEET_ID is not set; the bot's own store keeps the rows")
    return tuple(reasons)
