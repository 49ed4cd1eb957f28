"""The picture of an order's life in the docs is the table in the code."""

from pathlib import Path

from bot.records.work_order import DONE, NEXT, Status

PAGE = Path(__file__).resolve().parents[3] / "docs" / "order-life.md"


def arrow(status: Status, after: Status) -> str:
    return f"    {status} --> {after}"


def drawn() -> str:
    """The table as a mermaid diagram; what cancels is told in words, for it would hide the rest."""
    lines = ["stateDiagram-v2", "    [*] --> staged", "    [*] --> dispatched"]
    for status, following in NEXT.items():
        lines += [arrow(status, after) for after in NEXT if after in following and after != "cancelled"]
        if status in DONE:
            lines.append(f"    {status} --> [*]")
    return "\n".join(lines)


def test_the_picture_in_the_docs_is_drawn_from_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")

    picture = page.partition("```mermaid\n")[2].partition("\n```")[0]

    assert picture == drawn(), f"{PAGE.name} is behind; it should hold:\n{drawn()}"


def test_the_page_says_which_orders_can_be_cancelled() -> None:
    page = PAGE.read_text(encoding="utf-8")

    told = page.partition("Cancelled can be: ")[2].partition(".")[0].replace("\n", " ").split(", ")

    assert told == [f"`{status}`" for status, following in NEXT.items() if "cancelled" in following]


def test_the_page_explains_every_status() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert [status for status in NEXT if f"| `{status}` |" not in page] == []
