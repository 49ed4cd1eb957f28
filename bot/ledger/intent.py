"""What a sentence asks of the ledger, read without a model."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from bot.ledger.amount import read_amount

IntentName = Literal["add_expense", "list_expenses", "unknown"]
Currency = Literal["EUR", "USD", "GBP", "CHF"]

MAX_CHARACTERS = 300
MAX_AMOUNT = Decimal(1_000_000)
DEFAULT_CURRENCY: Currency = "EUR"
CURRENCIES: dict[str, Currency] = {
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "£": "GBP",
    "gbp": "GBP",
    "chf": "CHF",
}
CURRENCY = "|".join(re.escape(word) for word in sorted(CURRENCIES, key=len, reverse=True))
NUMBER = (
    r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?"  # 1,200.00
    r"|[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]{1,2})?"  # 1.200,00
    r"|[0-9]+(?:[.,][0-9]{1,2})?"  # 12.50 and 12,50
)
# What touches a number tells that it is no amount: a date, a time, a share, a reference.
AMOUNT = re.compile(
    rf"(?<![\w.,/:#−-])(?P<sign>[-−]?)(?:(?P<before>{CURRENCY})\s?(?P<inner>[-−]?))?"
    rf"(?P<number>{NUMBER})"
    rf"(?:\s?(?P<after>{CURRENCY})(?!\w))?(?![\w%/:-]|[.,][0-9])",
    re.IGNORECASE,
)
LIST = re.compile(
    r"(?:list|(?:(?:list|show)(?: me)?(?: (?:my|the|all))* )?(?:my )?(?:expenses|ledger))[.!?]?", re.IGNORECASE
)
LEADING = re.compile(r"^(?:i )?(?:(?:paid|spent|add|bought|pay) )?(?:(?:for|on) )?", re.IGNORECASE)
TRAILING = re.compile(r"(?: (?:for|at|was|is|costs?))?[\s:;,.=!-]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Intent:
    """What is asked. `entities`: item, amount ("12.50") and currency ("EUR") of an expense; a problem of an unknown."""

    name: IntentName
    entities: Mapping[str, str] = field(default_factory=dict)


def refuse(problem: str) -> Intent:
    """An unknown intent with the sentence that tells why."""
    return Intent("unknown", {"problem": problem})


def parse(text: str) -> Intent:
    """The intent of a sentence; unknown without a problem when it is simply not understood."""
    sentence = " ".join(text.split())
    if not sentence:
        return refuse("There is no text in that message: write it like `lunch 12.50`.")
    if len(text) > MAX_CHARACTERS:
        return refuse(f"That is longer than {MAX_CHARACTERS} characters: write it shorter, like `lunch 12.50`.")
    if LIST.fullmatch(sentence):
        return Intent("list_expenses")
    found = find_amount(sentence)
    if found is None:
        return Intent("unknown")
    item = clean_item(f"{sentence[: found.start()]} {sentence[found.end() :]}")
    if not any(character.isalpha() for character in item) or has_currency_sign(item):
        return Intent("unknown")
    sign = -1 if found["sign"] or found["inner"] else 1
    currency = CURRENCIES.get((found["before"] or found["after"] or "").lower(), DEFAULT_CURRENCY)
    return expense(item, sign * read_amount(found["number"]), currency)


def expense(item: str, amount: Decimal, currency: Currency) -> Intent:
    """The intent to keep this expense, or a refusal of an amount that cannot be one."""
    if amount <= 0:
        return refuse("An expense must be more than zero: write what it cost, like `lunch 12.50`.")
    if amount > MAX_AMOUNT:
        return refuse(f"An expense can be at most {MAX_AMOUNT:,}: check the amount and write it again.")
    return Intent("add_expense", {"item": item, "amount": f"{amount:.2f}", "currency": currency})


def find_amount(sentence: str) -> re.Match[str] | None:
    """The one amount: of several numbers the one with a currency, None when that leaves none or several."""
    found = list(AMOUNT.finditer(sentence))
    if len(found) > 1:
        found = [each for each in found if each["before"] or each["after"]]
    return found[0] if len(found) == 1 else None


def clean_item(rest: str) -> str:
    """What was paid for: the sentence without its amount and the words around it."""
    item = TRAILING.sub("", " ".join(rest.split()))
    return LEADING.sub("", item).strip()


def has_currency_sign(item: str) -> bool:
    """Whether a sign is left that is no currency known here; the row would name a wrong one."""
    return any(unicodedata.category(character) == "Sc" for character in item)
