"""What a run cost, as its agent tells it: taken when it is a sum of money, and never a reason to lose a patch."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.records.work_order import Usd

MILLIONTH = Decimal("0.000001")


def rounded(told: Decimal) -> Decimal:
    """The sum to the millionth, however many digits it was told with; minus nothing is nothing."""
    return told.quantize(MILLIONTH) + 0


Told = Annotated[Usd, AfterValidator(rounded)]
SUM: TypeAdapter[Decimal] = TypeAdapter(Told, config=ConfigDict(defer_build=True))


class RunCost(BaseModel):
    """The file `cost.json` beside a patch."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    usd: Told


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
