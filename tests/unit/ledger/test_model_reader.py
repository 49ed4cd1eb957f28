"""The model as a second reader, against a real server on loopback."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.apis.llm import ChatModel
from bot.apis.model_errors import ModelAnswerInvalid
from bot.ledger.intent import Intent
from bot.ledger.model_reader import ModelReader
from bot.ledger.sheet import Ledger, StoreSheet
from bot.records.sql_store import open_store

TWELVE_FIFTY = {"name": "add_expense", "item": "lunch", "amount": "12.50", "currency": None}
LUNCH = Intent("add_expense", {"item": "lunch", "amount": "12.50", "currency": "EUR"})


@dataclass
class Model:
    """A model that always says the same; `reader` asks it."""

    reader: ModelReader | None = None
    says: object = field(default_factory=lambda: dict(TWELVE_FIFTY))
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        choice = {"message": {"content": json.dumps(self.says)}, "finish_reason": "stop"}
        return web.json_response({"choices": [choice]}, status=self.status)


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    said = Model()
    app = web.Application()
    app.router.add_post("/chat/completions", said.answer)
    async with TestServer(app) as server, httpx.AsyncClient(trust_env=False) as client:
        url = str(server.make_url("")).rstrip("/")
        said.reader = ModelReader(ChatModel(base_url=url, api_key="k", model="tiny", client=client))
        yield said


@pytest.fixture
async def ledger(model: Model, tmp_path) -> AsyncIterator[Ledger]:
    async with open_store(tmp_path) as store:
        yield Ledger(StoreSheet(store.ledger), model.reader)


async def test_the_model_reads_what_the_parser_does_not(model, ledger):
    assert await ledger.understand("lunch, twelve fifty") == LUNCH
    assert json.loads(model.asked[0]["messages"][1]["content"]) == {"sentence": "lunch, twelve fifty"}


@pytest.mark.parametrize("text", ["lunch 12.50", "list", "lunch 0", "", "x" * 301])
async def test_the_model_is_not_asked_when_the_parser_knows(model, ledger, text):
    await ledger.understand(text)

    assert model.asked == []


@pytest.mark.parametrize(("status", "says"), [(400, TWELVE_FIFTY), (200, "lunch"), (200, {"name": "add_expense"})])
async def test_a_model_that_fails_leaves_the_sentence_unknown_and_is_logged(model, ledger, caplog, status, says):
    model.status, model.says = status, says

    assert await ledger.understand("lunch, twelve fifty") == Intent("unknown")
    assert [record.action for record in caplog.records if hasattr(record, "action")] == ["intent_model_failed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "delete_all"},
        {"item": None},
        {"item": " "},
        {"item": "x" * 301},
        {"item": 3},
        {"amount": None},
        {"amount": 12.5},
        {"amount": "-5"},
        {"amount": "1e9"},
        {"amount": "NaN"},
        {"amount": "12.505"},
        {"currency": "XXX"},
    ],
)
async def test_an_answer_with_a_wrong_value_is_not_used(model, wrong):
    model.says = TWELVE_FIFTY | wrong

    with pytest.raises(ModelAnswerInvalid):
        await model.reader.read("lunch, twelve fifty")


@pytest.mark.parametrize("amount", ["0", "0.00", "1000000.01"])
async def test_the_model_is_held_to_the_same_amounts(model, amount):
    model.says = TWELVE_FIFTY | {"amount": amount}

    intent = await model.reader.read("lunch for a king")

    assert intent.name == "unknown"
    assert intent.entities["problem"]


@pytest.mark.parametrize("name", ["list_expenses", "unknown"])
async def test_the_model_may_say_that_it_is_no_expense(model, name):
    model.says = {"name": name, "item": None, "amount": None, "currency": None}

    assert await model.reader.read("what did I buy lately?") == Intent(name)


async def test_the_model_is_asked_for_every_key_and_no_other(model):
    await model.reader.read("lunch, twelve fifty")

    schema = model.asked[0]["response_format"]["json_schema"]["schema"]
    assert schema["required"] == ["name", "item", "amount", "currency"]
    assert schema["additionalProperties"] is False
