"""`/trust` and `/budget`: how far playbooks and components are trusted, and how often the agent may still be asked."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from bot.repair.budget import Ceiling
from bot.web.desk import Desk
from bot.web.problems import RESPONSES


class TrustMove(BaseModel):
    """What one run did to the trust in its playbook, or in the component that it was about."""

    subject: str
    at: datetime
    before: float
    after: float
    run_id: str


class TrustMoves(BaseModel):
    """The newest moves, newest first."""

    moves: list[TrustMove]
    count: int


class Allowance(BaseModel):
    """What was asked of the coding agent in a window, in runs or US dollars, and how much may be."""

    variable: str
    spent: float
    most: float


class Allowances(BaseModel):
    """Every window; none where the operator set no budget."""

    allowances: list[Allowance]


def standing_router(desk: Desk) -> APIRouter:
    """The routes, on this desk."""
    router = APIRouter(tags=["standing"], responses=RESPONSES)

    @router.get("/trust")
    async def trust(limit: Annotated[int, Query(ge=1, le=500)] = 200) -> TrustMoves:
        """How trust moved, newest first."""
        moves = [TrustMove.model_validate(vars(move)) for move in await desk.store.trust.newest(limit=limit)]
        return TrustMoves(moves=moves, count=len(moves))

    @router.get("/budget")
    async def budget() -> Allowances:
        """What was spent of the budget."""
        limits = desk.repairs.reconciler.budget
        if limits is None:
            return Allowances(allowances=[])
        now = desk.clock()
        return Allowances(allowances=[allowance_of(each, now) for each in await limits.ceilings(desk.store, now)])

    return router


def allowance_of(ceiling: Ceiling, now: datetime) -> Allowance:
    """One limit as the API shows it."""
    variable = ceiling.name.partition(":")[0].partition(",")[0]
    return Allowance(variable=variable, spent=float(ceiling.total(now)), most=float(ceiling.most))
