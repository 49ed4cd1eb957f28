"""The settings of the Google sheet that keeps the ledger."""

import json
import re

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from bot.setting_groups.group import SettingGroup
from bot.setting_values import Url, quoted


class SheetSettings(SettingGroup):
    """Whose sheet, which one, and which tab of it."""

    google_service_account_json: SecretStr | None = Field(
        None, description="the JSON key of a Google service account, as text; the sheet is shared with its e-mail"
    )
    google_sheet_id: str | None = Field(
        None, description="the spreadsheet that keeps the ledger, its id or address (default: the bot's own store)"
    )
    google_sheet_tab: str | None = Field(None, description="the tab of that spreadsheet (default: its first)")
    google_sheets_api_url: Url = Field(
        "https://sheets.googleapis.com", description="Google Sheets' API (the sandbox sets another)"
    )

    @field_validator("google_service_account_json")
    @classmethod
    def check_account(cls, value: SecretStr | None) -> SecretStr | None:
        """A whole JSON key file; its text is never quoted."""
        try:
            account = json.loads(value.get_secret_value()) if value else {}
        except ValueError:
            account = None
        needed = {"client_email", "private_key", "token_uri"}
        if value and not (isinstance(account, dict) and needed <= account.keys()):
            raise ValueError("it is not the whole JSON key file (with client_email, private_key, token_uri)")
        return value

    @field_validator("google_sheet_id")
    @classmethod
    def read_sheet_id(cls, value: str | None, info: ValidationInfo) -> str | None:
        """The id, or the one in a spreadsheet's address; it needs the service account."""
        found = re.search(r"/d/([\w-]+)", value) if value and "/" in value else None
        value = found[1] if found else value
        if value and not re.fullmatch(r"[\w-]+", value):
            raise ValueError(f"{quoted(value)} is neither a spreadsheet's id nor its address")
        if value and "google_service_account_json" in info.data and not info.data["google_service_account_json"]:
            raise ValueError("it needs GOOGLE_SERVICE_ACCOUNT_JSON: set both, or neither")
        return value
