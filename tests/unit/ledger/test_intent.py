import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ledger.intent import Intent, parse


@pytest.mark.parametrize(
    ("text", "item", "amount", "currency"),
    [
        ("lunch 12.50", "lunch", "12.50", "EUR"),
        ("12.50 lunch", "lunch", "12.50", "EUR"),
        ("coffee 3 €", "coffee", "3.00", "EUR"),
        ("€3 coffee", "coffee", "3.00", "EUR"),
        ("taxi $18.20", "taxi", "18.20", "USD"),
        ("taxi 18.20usd", "taxi", "18.20", "USD"),
        ("tea £2.10", "tea", "2.10", "GBP"),
        ("train CHF 30", "train", "30.00", "CHF"),
        ("rent 1,200.00", "rent", "1200.00", "EUR"),
        ("rent 1.200 EUR", "rent", "1200.00", "EUR"),
        ("paid 12.50 for lunch", "lunch", "12.50", "EUR"),
        ("I spent 7 dollars on a sandwich.", "a sandwich", "7.00", "USD"),
        ("Lunch with Ana was 12.50!", "Lunch with Ana", "12.50", "EUR"),
        ("lunch: 12.50", "lunch", "12.50", "EUR"),
        ("lunch - 12.50", "lunch", "12.50", "EUR"),
        ("2 coffees 5 €", "2 coffees", "5.00", "EUR"),
        ("12:30 lunch 8", "12:30 lunch", "8.00", "EUR"),
        ("Frühstück\n 4.20", "Frühstück", "4.20", "EUR"),
        ("yacht 1,000,000", "yacht", "1000000.00", "EUR"),
    ],
)
def test_an_expense_is_understood(text, item, amount, currency):
    assert parse(text) == Intent("add_expense", {"item": item, "amount": amount, "currency": currency})


@pytest.mark.parametrize("text", ["list", "List!", "show my expenses", "show me the ledger", "my expenses", "expenses"])
def test_a_wish_to_see_the_expenses_is_understood(text):
    assert parse(text) == Intent("list_expenses")


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "12.50",
        "see you at 12:30",
        "the meeting is on 2024-05-01",
        "lunch 12.50.30",
        "100% sure",
        "ticket #45",
        "a1 b2",
        "3 of 4 people",
        "lunch 5 ¥",
        "taxi US$5",
        "lunch $5 or €4",
    ],
)
def test_what_is_no_clear_expense_is_left_alone(text):
    assert parse(text) == Intent("unknown")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lunch 0", "more than zero"),
        ("lunch 0.00 €", "more than zero"),
        ("lunch -5", "more than zero"),
        ("lunch -€5", "more than zero"),
        ("lunch €-5", "more than zero"),
        ("lunch −5", "more than zero"),
        ("yacht 1,000,000.01", "at most 1,000,000"),
        ("yacht " + "9" * 200, "at most 1,000,000"),
        ("lunch 12.50 " + "x" * 300, "longer than 300"),
        (" ", "no text"),
    ],
)
def test_nonsense_is_refused_with_a_kind_sentence(text, reason):
    intent = parse(text)

    assert intent.name == "unknown"
    assert reason in intent.entities["problem"]
    assert "lunch 12.50" in intent.entities["problem"] or "check the amount" in intent.entities["problem"]


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("lunch 0123456789.€$-+/:#%\n\t٣²½"), max_size=320))
def test_no_sentence_breaks_the_parser(text):
    intent = parse(text)

    assert intent.name != "add_expense" or set(intent.entities) == {"item", "amount", "currency"}
