from decimal import Decimal, InvalidOperation

import pytest

from bot.ledger.amount import read_amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3", "3"),
        ("12.50", "12.50"),
        (" 12.5 ", "12.5"),
        ("0.99", "0.99"),
        ("1,200", "1200"),
        ("1.200", "1200"),
        ("1,200.00", "1200.00"),
        ("1,234,567.89", "1234567.89"),
        ("1.234.567", "1234567"),
    ],
)
def test_an_amount_is_read_as_it_was_meant(text, amount):
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "lunch", "1.2.3", "1,2000", "12 50"])
def test_what_is_no_amount_is_not_guessed(text):
    with pytest.raises(InvalidOperation):
        read_amount(text)
