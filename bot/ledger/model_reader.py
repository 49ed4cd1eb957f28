"""Reads a sentence into an intent by a model, and trusts nothing of its answer."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.apis.model_errors import ModelAnswerInvalid
from bot.ledger.intent import DEFAULT_CURRENCY, MAX_CHARACTERS, Currency, Intent, IntentName, expense
from bot.logging import redact

if TYPE_CHECKING:
    from bot.apis.llm import ChatModel

INSTRUCTIONS = (
    "You read one sentence sent to an expense ledger and say what it asks for. "
    "add_expense: it tells of one thing that was paid and its price; give item (a few words from the sentence), "
    'amount (digits with a decimal point and no thousands mark, such as "12.50") and currency (null when not told). '
    "list_expenses: it asks to see the expenses. unknown: anything else, or more than one expense. "
    "Give null for what does not apply. Never invent an amount."
)
PLAIN_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")


class Answer(BaseModel):
    """The answer that is asked for; every key must be there and no other."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    name: IntentName
    item: str | None
    amount: str | None
    currency: Currency | None


class ModelReader:
    """Turns a sentence into an intent by a model."""

    def __init__(self, model: "ChatModel") -> None:
        self._model = model

    async def read(self, text: str) -> Intent:
        """The intent of a sentence. Raises ModelUnavailable, ModelRefused, ModelAnswerInvalid."""
        sentence = redact(text[:MAX_CHARACTERS])
        found = await self._model.complete_json(
            instructions=INSTRUCTIONS, data={"sentence": sentence}, schema=Answer.model_json_schema()
        )
        try:
            answer = Answer.model_validate(found)
        except ValidationError:
            raise ModelAnswerInvalid("The model's intent has a value of the wrong kind: it is not used.") from None
        if answer.name != "add_expense":
            return Intent(answer.name)
        item = " ".join((answer.item or "").split())
        if not item or len(item) > MAX_CHARACTERS or not PLAIN_AMOUNT.fullmatch(answer.amount or ""):
            raise ModelAnswerInvalid("The model's expense has no usable item and amount: it is not used.")
        return expense(item, Decimal(answer.amount or ""), answer.currency or DEFAULT_CURRENCY)
