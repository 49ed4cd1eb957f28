"""The settings of the budget: how many runs of the coding agent the operator pays for."""

from pydantic import Field
from pydantic_settings import BaseSettings


class BudgetSettings(BaseSettings):
    """Runs of the agent, whoever asks for them."""

    autofix_max_runs_per_hour: int = Field(
        10, ge=1, le=1000, description="how many proposals may be asked for within an hour; more wait for their turn"
    )
    autofix_max_runs_per_day: int = Field(40, ge=1, le=10_000, description="the same within a day")
    autofix_max_runs_per_fault: int = Field(5, ge=1, le=1000, description="the same for one fault within a day")
