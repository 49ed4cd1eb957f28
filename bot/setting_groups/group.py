"""What every group of settings is: checked as a whole, also its defaults, and never changed afterwards."""

from pydantic import BaseModel, ConfigDict


class SettingGroup(BaseModel):
    """Some of the settings; what is checked is built when it is needed, since only one class of all is read."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
        validate_by_name=True,
        validate_by_alias=True,
        defer_build=True,
    )
