"""Amounts of money as people write them."""

import re
from decimal import Decimal

GROUPED_BY_COMMA = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?")
GROUPED_BY_DOT = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")


def read_amount(text: str) -> Decimal:
    """The amount in `text`; a mark before exactly three digits groups thousands. Raises decimal.InvalidOperation."""
    amount = text.strip()
    if re.search(r",[0-9]{1,2}$", amount):
        amount = amount.replace(".", "").replace(",", ".")
    if GROUPED_BY_COMMA.fullmatch(amount):
        amount = amount.replace(",", "")
    if GROUPED_BY_DOT.fullmatch(amount):
        amount = amount.replace(".", "")
    return Decimal(amount)
