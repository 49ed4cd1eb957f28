"""The settings of the budget: how many runs of the coding agent, and how much money, the operator pays for."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from bot.setting_groups.group import SettingGroup

Usd = Annotated[Decimal, Field(ge=0, le=100_000, allow_inf_nan=False)]


class BudgetSettings(SettingGroup):
    """Runs of the agent, whoever asks for them."""

    autofix_max_runs_per_hour: int = Field(
        10, ge=1, le=1000, description="how many proposals may be asked for within an hour; more wait for their turn"
    )
    autofix_max_runs_per_day: int = Field(40, ge=1, le=10_000, description="the same within a day")
    autofix_max_runs_per_fault: int = Field(5, ge=1, le=1000, description="the same for one fault within a day")
    autofix_assumed_run_cost: Usd = Field(
        Decimal(1), description="what a run counts for, in US dollars, when the agent does not tell its cost"
    )
    autofix_max_cost_per_day: Usd | None = Field(
        None, description="how many US dollars the runs within a day may cost; more wait for their turn (default: any)"
    )

    @field_validator("autofix_max_cost_per_day")
    @classmethod
    def check_cost(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        """A ceiling under the price of one run would let none begin."""
        price = info.data.get("autofix_assumed_run_cost", Decimal())
        if value is not None and value < price:
            raise ValueError(
                f"{value} is below AUTOFIX_ASSUMED_RUN_COST ({price}), so that no run could ever begin: change one"
            )
        return value
