"""A drill with the real services: a made-up fault goes to the real coding agent, up to its proposal and no further."""

import asyncio
import logging
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bot.adapters import Parts, chosen_agent, opened_github, opened_repairs
from bot.agents.agent import AgentRefused, AgentUnavailable, OutcomeUnknown
from bot.agents.github_dispatch import GithubDispatch
from bot.incident.payload import Context
from bot.logging import setup_logging, teardown
from bot.records.sql_store import open_store
from bot.records.store import StoreUnavailable
from bot.records.work_order import WorkOrder
from bot.repair.repairs import Ask, Repairs
from bot.repair.rules import RepairRefused
from bot.sandbox.drill import score, tell_score
from bot.sandbox.story_steps import Steps, StoryFailed
from bot.settings import EXIT_CONFIG, EmbeddedSettings, Settings, SettingsError, load_settings

PLAN = ("reach", "send", "propose", "call off")
LONGEST = 3600.0
"""Seconds: a real model takes its time."""
NOBODY = 0
FAILURES = (StoryFailed, AgentRefused, AgentUnavailable, OutcomeUnknown, RepairRefused, StoreUnavailable)


def break_on_purpose() -> None:
    """The made-up fault. Raises ZeroDivisionError."""
    share = 1 / len("")
    raise AssertionError(share)


def log_a_fault() -> None:
    """Have the made-up fault in the log, as a real one would be."""
    try:
        break_on_purpose()
    except ZeroDivisionError:
        logging.getLogger("bot.sandbox").exception("a drill: this fault was made on purpose")


async def play_live(settings: Settings, folder: Path, steps: Steps) -> None:
    """Send the fault and wait for its proposal; the order lives in a store of its own. Raises one of FAILURES."""
    handler = setup_logging("WARNING", settings.secrets, stream=sys.stderr)
    try:
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(open_store(folder, None))
            github = await opened_github(stack, settings)
            agent = await chosen_agent(stack, settings, store, github)
            repairs, _, _ = await opened_repairs(stack, settings, Parts(store, agent, handler), github)
            with steps.step("reach", f"is the agent {agent.name} there, and does it take requests?"):
                steps.say(
                    f"          {await agent.look_around() if isinstance(agent, GithubDispatch) else 'not asked'}"
                )
            order = await send(repairs, steps)
            with steps.step("propose", "the agent looks for the cause and proposes, or says why not", LONGEST):
                order = await followed(repairs, order, settings.autofix_poll_seconds, steps)
            with steps.step("call off", "the order is called off: nothing is pushed"):
                if order.status == "awaiting_approval":
                    await repairs.cancel(order.id, person=NOBODY)
    finally:
        teardown()


async def send(repairs: Repairs, steps: Steps) -> WorkOrder:
    """The made-up fault as an open order."""
    with steps.step("send", "a made-up fault is captured and sent"):
        log_a_fault()
        context = Context(user="drill", channel="drill", intent="drill")
        summary = "A drill: somebody tests the path with a fault made on purpose"
        ask = Ask(summary=summary, lines=20, person=NOBODY, guild_id=NOBODY, channel_id=NOBODY, context=context)
        order = await repairs.open(ask)
        if order.status == "staged":
            raise StoryFailed(f"nothing was sent: {order.reason}")
        return order


async def followed(repairs: Repairs, order: WorkOrder, pause: float, steps: Steps) -> WorkOrder:
    """The order once the agent is done with it. Raises StoryFailed."""
    ends = time.monotonic() + LONGEST
    told = ""
    while order.status in ("dispatched", "proposing"):
        if time.monotonic() > ends:
            raise StoryFailed(f"no proposal came within {LONGEST / 60:g} minutes: {order.run_url}")
        now = order.progress or order.reason or order.status
        if now != told:
            steps.say(f"          {now}")
            told = now
        await asyncio.sleep(pause)
        order = await repairs.reconciler.step(order)
    if order.status == "failed":
        raise StoryFailed(str(order.reason))
    steps.say(f"          {order.status}: {order.reason or f'proof level {order.proof_level}'} {order.run_url}")
    return order


def live_drill(*, as_json: bool = False) -> int:
    """`python -m bot drill --live`; returns 0 when the path holds, 1 when a step fails, 78 without its settings."""
    try:
        settings = load_settings(kind=EmbeddedSettings)
    except SettingsError as error:
        print("The drill cannot start:", *error.problems, sep="\n  - ", file=sys.stderr)
        return EXIT_CONFIG
    if settings.autofix_agent not in (None, "github") or settings.missing_for_github:
        missing = ", ".join(settings.missing_for_github) or "AUTOFIX_AGENT=github"
        print(f"The drill cannot start: --live asks the agent in GitHub Actions, and {missing} is not set. "
              "Without --live it plays in a local world.", file=sys.stderr)  # fmt: skip
        return EXIT_CONFIG
    steps = Steps(out=sys.stderr if as_json else sys.stdout)
    why = ""
    with tempfile.TemporaryDirectory(prefix="suture-drill-") as folder:
        try:
            asyncio.run(play_live(settings, Path(folder), steps))
        except FAILURES as error:
            why = str(error)
    return tell_score(score(steps, why, PLAN, LONGEST), as_json=as_json)
