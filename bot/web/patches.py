"""`/patches`: work orders, runs, what triggers one, and their figures."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from bot.healing.engine import HealRefused
from bot.healing.reactions import Wanted
from bot.healing.trouble import Trouble
from bot.incident.fingerprint import fingerprint
from bot.records.playbook_run import PlaybookRun
from bot.records.proposal import Proposal
from bot.records.store import RecordMissing
from bot.records.work_order import DONE, WorkOrder
from bot.repair.run_orders import LIVE
from bot.web.desk import Desk
from bot.web.problems import RESPONSES
from bot.web.shapes import (
    ORDER_WORDS,
    RUN_WORDS,
    Completed,
    Completion,
    Orders,
    OrderShape,
    OrderWord,
    Runs,
    RunShape,
    RunWord,
    Stats,
    Trigger,
    Triggered,
    order_shape,
    order_stats,
    result_of,
    run_shape,
    stats_of,
)

MOST = 500
"""Records that lists and figures look at: the newest."""
DIFF: dict[int | str, dict[str, object]] = {200: {"content": {"text/x-diff": {}}}}
DONE_NOTE = "completed:"

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[
    str | None, Query(pattern=r"^[a-z]+_[0-9a-z_]{1,60}$", description="`next_cursor` of the page before")
]
Row = TypeVar("Row", WorkOrder, PlaybookRun)


def orders_router(desk: Desk) -> APIRouter:
    """The routes of work orders, on this desk."""
    router = APIRouter(prefix="/patches", tags=["patches"], responses=RESPONSES)

    @router.get("/work-orders")
    async def list_orders(
        status: OrderWord | None = None,
        self_healing_run_id: Annotated[str | None, Query(max_length=60)] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Orders:
        """Work orders, newest first, with the figures over all of them."""
        every = await desk.store.orders.newest()
        statuses = [ours for ours, word in ORDER_WORDS.items() if word == status]
        found = await desk.store.orders.newest(statuses=statuses) if status else every
        wanted = [order for order in found if self_healing_run_id in (None, order.healing_run_id)]
        page, following = page_of(wanted, limit, cursor)
        shapes = await shapes_of(desk, page)
        return Orders(work_orders=shapes, count=len(shapes), stats=order_stats(every), next_cursor=following)

    @router.get("/work-orders/{work_order_id}")
    async def show_order(work_order_id: str) -> OrderShape:
        """One work order."""
        order = await desk.store.orders.get(work_order_id)
        (shape,) = await shapes_of(desk, [order])
        return shape.model_copy(update={"card": await desk.card_url(order.incident_id)})

    @router.post("/work-orders/{work_order_id}/complete")
    async def complete_order(work_order_id: str, told: Completion) -> Completed:
        """Somebody says that a patch is done; believed as far as GitHub or the prover confirms it."""
        return await completed(desk, await desk.store.orders.get(work_order_id), told)

    @router.get(
        "/diffs/{work_order_id}.diff", response_class=Response, responses={200: {"content": {"text/x-diff": {}}}}
    )
    async def show_diff(work_order_id: str) -> Response:
        """The stored diff, to the byte."""
        proposal = await desk.store.proposals.get(work_order_id)
        return Response(proposal.diff, media_type="text/x-diff; charset=utf-8")

    return router


def runs_router(desk: Desk) -> APIRouter:
    """The routes of runs and of the figures, on this desk."""
    router = APIRouter(prefix="/patches", tags=["patches"], responses=RESPONSES)

    @router.get("/runs")
    async def list_runs(status: RunWord | None = None, limit: Limit = 50, cursor: Cursor = None) -> Runs:
        """Runs of playbooks, newest first."""
        statuses = [ours for ours, word in RUN_WORDS.items() if word == status]
        wanted = await desk.store.runs.newest(statuses, limit=MOST if cursor else limit + 1)
        page, following = page_of(wanted, limit, cursor)
        shapes = [run_shape(run) for run in page]
        return Runs(runs=shapes, count=len(shapes), next_cursor=following)

    @router.get("/runs/{run_id}")
    async def show_run(run_id: str) -> RunShape:
        """One run, with what came of its patch."""
        run = await desk.store.runs.get(run_id)
        order = await desk.store.orders.get(run.work_order_id) if run.work_order_id else None
        return run_shape(run, result_of(order, await proposal_of(desk, order)) if order else None)

    @router.post("/trigger")
    async def trigger(told: Trigger, request: Request) -> Triggered:
        """Something is broken: the playbook that fits runs as far as it goes now."""
        return await triggered(desk, told, request.state.caller)

    @router.get("/stats")
    async def show_stats() -> Stats:
        """The figures over the newest 500 runs and orders."""
        return stats_of(await desk.store.runs.newest(limit=MOST), await desk.store.orders.newest())

    return router


async def triggered(desk: Desk, told: Trigger, caller: str) -> Triggered:
    """Heal it, or say why not."""
    context = {"file": told.file_path or "", "trace": told.stack_trace or ""}
    trouble = Trouble(
        fingerprint=fingerprint(told.error_type, told.description),
        error_type=told.error_type,
        summary=told.description,
        context={name: value for name, value in context.items() if value},
        asked_by=caller,
    )
    try:
        run = await desk.healing.heal(Wanted(trouble=trouble))
    except HealRefused as refused:
        return Triggered(
            success=False, message=str(refused), run_id=None, escalated_to_coding=False, work_order_id=None
        )
    words = f"{run.playbook} is {run.status}" + (f": {run.reason}" if run.reason else "")
    return Triggered(
        success=run.status not in ("failed", "undone"),
        message=words,
        run_id=run.id,
        escalated_to_coding=run.work_order_id is not None,
        work_order_id=run.work_order_id,
    )


async def completed(desk: Desk, order: WorkOrder, told: Completion) -> Completed:
    """Believe it as far as it is confirmed. Raises HTTPException (409) the second time."""
    note = DONE_NOTE + order.id
    if order.status in DONE - {"verified"} or await desk.store.notes.read(note):
        raise HTTPException(409, f"{order.id} is {order.status}: it was completed or ended before.")
    if not told.tests_passed:
        return refused(f"{order.id} goes on: tests that did not pass complete nothing.")
    proposal = await proposal_of(desk, order)
    if order.status not in LIVE:
        proved = proposal is not None and proposal.proof.level >= 2
        known = "the prover confirms the tests" if proved else "neither GitHub nor the prover confirms the tests"
        return refused(f"{order.id} is {order.status}, and {known}; it is complete when its patch is live.")
    await desk.healing.engine.tick()
    await desk.store.notes.write({note: "1"})
    run = await desk.store.runs.get(order.healing_run_id) if order.healing_run_id else None
    resumed = run is not None and run.status in ("patch_applied", "verified")
    return Completed(success=True, message=f"{order.id} is live: {order.status}.", self_healing_resumed=resumed)


def refused(message: str) -> Completed:
    """Nothing was believed."""
    return Completed(success=False, message=message, self_healing_resumed=False)


async def shapes_of(desk: Desk, orders: Sequence[WorkOrder]) -> list[OrderShape]:
    """Orders with their incidents, runs and proposals, as far as they are there: each kind is asked for once."""
    outlines = await desk.store.incidents.outlines([order.incident_id for order in orders])
    proposals = await desk.store.proposals.several([order.id for order in orders])
    runs = await runs_of(desk, orders)
    return [
        order_shape(
            order, outlines.get(order.incident_id), runs.get(order.healing_run_id or ""), proposals.get(order.id)
        )
        for order in orders
    ]


async def runs_of(desk: Desk, orders: Sequence[WorkOrder]) -> dict[str, PlaybookRun]:
    """The runs that these orders are for, by id: of the newest ones, and a single order's whatever its age."""
    wanted = {order.healing_run_id for order in orders if order.healing_run_id}
    if len(wanted) > 1:
        return {run.id: run for run in await desk.store.runs.newest(limit=MOST) if run.id in wanted}
    try:
        return {run_id: await desk.store.runs.get(run_id) for run_id in wanted}
    except RecordMissing:
        return {}


async def proposal_of(desk: Desk, order: WorkOrder) -> Proposal | None:
    """An order's proposal, if it has one."""
    try:
        return await desk.store.proposals.get(order.id)
    except RecordMissing:
        return None


def page_of(rows: Sequence[Row], limit: int, cursor: str | None) -> tuple[list[Row], str | None]:
    """The rows after the cursor, which is the last id of the page before, and the cursor of the page that follows."""
    start = 0
    if cursor is not None:
        ids = [row.id for row in rows]
        gone = next((number for number, each in enumerate(ids) if each < cursor), len(ids))
        start = ids.index(cursor) + 1 if cursor in ids else gone
    page = list(rows[start : start + limit])
    more = start + limit < len(rows)
    return page, page[-1].id if more and page else None
