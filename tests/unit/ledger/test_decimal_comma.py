"""A comma is a decimal mark for half of Europe: these amounts must not be lost."""

from decimal import Decimal

import pytest

from bot.ledger.amount import read_amount
from bot.ledger.intent import Intent, parse


@pytest.mark.parametrize(
    ("text", "amount"),
    [("12,50", "12.50"), ("12,5", "12.50"), ("0,99", "0.99"), ("1.200,00", "1200"), ("1.234.567,89", "1234567.89")],
)
def test_a_decimal_comma_is_read(text, amount):
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["12,50 lunch", "lunch 12,50", "lunch 12,5", "lunch 12,50 €", "paid €12,50 for lunch"])
def test_an_expense_may_be_written_with_a_decimal_comma(text):
    assert parse(text) == Intent("add_expense", {"item": "lunch", "amount": "12.50", "currency": "EUR"})


def test_thousands_dots_and_a_decimal_comma_go_together():
    assert parse("rent 1.200,00 EUR").entities == {"item": "rent", "amount": "1200.00", "currency": "EUR"}
