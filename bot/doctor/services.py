"""What else the bot leans on: the store, the model, the sheet, the alerts' webhooks, an agent over HTTP."""

from bot.apis.http import ApiError, Http, Unreachable, open_http
from bot.apis.llm import open_chat_model
from bot.apis.model_errors import ModelFailure
from bot.apis.sheet_errors import SheetFailure
from bot.apis.sheets import Place, open_sheets
from bot.doctor.findings import Finding, unknown, warning, well, wrong
from bot.doctor.looking import look
from bot.doctor.patient import Patient
from bot.records.store import StoreUnavailable
from bot.records.store_look import look_into_store


async def check_store(patient: Patient) -> list[Finding]:
    """Whether the store opens, is of a version that this bot reads, and may be written; nothing is written to tell."""
    url = patient.database_url
    try:
        seen = await look_into_store(patient.state_dir, url)
    except StoreUnavailable as error:
        remedy = "correct DATABASE_URL" if url else "put a whole copy of that file there, or set another STATE_DIR"
        return [wrong("store-open", str(error), remedy)]
    if seen.version is not None and seen.version > seen.newest:
        sentence = f"The store is of a later version ({seen.version}) than this bot reads ({seen.newest})."
        return [wrong("store-version", sentence, "update the bot, or give it another STATE_DIR or DATABASE_URL")]
    if not seen.may_write:
        remedy = "grant its user the right to write" if url else "set STATE_DIR to a folder that the bot may write"
        return [wrong("store-write", "The store can be read, but the bot may not write into it.", remedy)]
    if seen.version is None:
        return [well("store-open", "There is no store yet: it is made at the first start.")]
    if seen.version < seen.newest:
        sentence = f"The store has an older schema ({seen.version} of {seen.newest}): it will be migrated at the start."
        return [well("store-open", sentence)]
    return [well("store-open", "The store can be read, and the bot may write into it.")]


async def check_model(patient: Patient) -> list[Finding]:
    """Whether the model's server takes the key, and knows the model."""
    if patient.model_key is None:
        sentence = "OPENAI_API_KEY is not set: sentences are read by rules, incidents summarised from the record."
        return [warning("model-key", sentence, "set it, if you want a model")]
    try:
        async with open_chat_model(patient.model_url, patient.model_key, patient.model) as model:
            await model.look_around()
        async with open_http(patient.model_url, "The model", {"Authorization": f"Bearer {patient.model_key}"}) as http:
            known = [str(row.get("id")) for row in (await look(http, "/models")).rows("data")]
    except (ModelFailure, ApiError) as error:
        return [wrong("model-key", f"The model cannot be used: {error}.", "correct OPENAI_API_KEY or OPENAI_BASE_URL")]
    if known and patient.model not in known:
        sentence = f"The model's server does not know {patient.model} (OPENAI_MODEL)."
        return [wrong("model-name", sentence, f"use one that it knows, such as {', '.join(sorted(known)[:3])}")]
    return [well("model-key", f"{patient.model} can be used.")]


async def check_sheet(patient: Patient) -> list[Finding]:
    """Whether the spreadsheet is there and shared with the account."""
    if not patient.sheet_account or not patient.sheet_id:
        if patient.sheet_account:
            sentence = "GOOGLE_SERVICE_ACCOUNT_JSON is set, GOOGLE_SHEET_ID is not: the bot's own store keeps the rows."
            return [warning("sheet-id", sentence, "set both, or neither")]
        return []
    place = Place(patient.sheet_id, patient.sheet_tab)
    try:
        async with open_sheets(patient.sheet_account, place, url=patient.sheets_api_url) as sheets:
            words = await sheets.look_around()
    except SheetFailure as error:
        return [wrong("sheet-access", f"The sheet cannot be used: {error}.", "see what the sentence names")]
    return [well("sheet-access", f"The sheet can be used: {words}.")]


async def check_webhooks(patient: Patient) -> list[Finding]:
    """Whether the alerts' webhooks are still there; Slack's cannot be asked without posting."""
    found = []
    if not patient.webhooks:
        sentence = "Neither DISCORD_WEBHOOK_URL nor SLACK_WEBHOOK_URL is set: if the bot hangs, nobody is told."
        return [warning("alerts-webhook", sentence, "make a webhook in the debug channel's settings")]
    for name, url in patient.webhooks.items():
        if name == "SLACK_WEBHOOK_URL":
            found.append(unknown("alerts-slack", "Whether Slack's webhook is there shows only when it is used."))
            continue
        origin, _, path = url.partition("/api/")
        try:
            async with open_http(origin, name) as http:
                seen = await look(http, f"/api/{path}")
        except (Unreachable, ApiError) as error:
            found.append(wrong("alerts-webhook", f"{name} cannot be reached: {error}", "correct it"))
            continue
        if seen.is_there:
            found.append(well("alerts-webhook", f"The webhook of {name} is there."))
        else:
            remedy = "make a new one in the channel's settings, Integrations"
            found.append(wrong("alerts-webhook", f"The webhook of {name} is gone ({seen.status}).", remedy))
    return found


async def check_agent(patient: Patient) -> list[Finding]:
    """Whether a coding agent over HTTP can be reached at all."""
    if patient.agent_endpoint is None:
        return []
    try:
        async with open_http(patient.agent_endpoint, "The coding agent") as http:
            await reached(http)
    except Unreachable as error:
        return [wrong("agent-endpoint", f"DEBUG_AGENT_ENDPOINT cannot be reached: {error}", "start it, or correct it")]
    return [well("agent-endpoint", "The coding agent can be reached.")]


async def reached(http: Http) -> None:
    """Whatever it answers to a read. Raises Unreachable."""
    await look(http, "")
