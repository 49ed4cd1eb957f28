"""What a run cost, as its agent tells it: taken when it is a sum of money, and never a reason to lose a patch."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.records.work_order import Usd

SUM: TypeAdapter[Decimal] = TypeAdapter(Usd)


class RunCost(BaseModel):
    """The file `cost.json` beside a patch."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    usd: Usd


def sum_in(told: object) -> Decimal | None:
    """A sum in US dollars, or None when it is none that one run can cost."""
    try:
        return SUM.validate_python(told)
    except ValidationError:
        return None


def cost_in(file: bytes | None) -> Decimal | None:
    """The sum in a `cost.json`; None without one."""
    try:
        return None if file is None else RunCost.model_validate_json(file).usd
    except ValidationError:
        return None
