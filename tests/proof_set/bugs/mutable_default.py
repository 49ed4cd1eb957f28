"""All baskets that were made without items share one list."""

from tests.proof_set.model import Add, Bug, Incident, Swap, Variant

SRC, TEST = "basket.py", "tests/test_basket.py"
HEAD = "    def __init__(self, items=[]):\n        self.items = items\n"

FILES = {
    "tests/__init__.py": "",
    SRC: '''"""A shopping basket."""


class Basket:
    def __init__(self, items=[]):
        self.items = items

    def add(self, name):
        if name in self.items:
            raise ValueError(f"{name} is in the basket already.")
        self.items.append(name)
        return len(self.items)

    def text(self):
        return ', '.join( self.items )
''',
    TEST: """import pytest

from basket import Basket


def test_items_are_added():
    assert Basket(["tea"]).add("milk") == 2


def test_nothing_twice():
    with pytest.raises(ValueError, match="tea is in the basket"):
        Basket(["tea"]).add("tea")


def test_text():
    assert Basket(["tea", "milk"]).text() == "tea, milk"
""",
}

BUG = Bug(
    name="mutable_default",
    nature="mutable default",
    files=FILES,
    source=SRC,
    tests=TEST,
    victim="test_items_are_added",
    fix=(Swap(SRC, HEAD, "    def __init__(self, items=()):\n        self.items = list(items)\n"),),
    regression=(
        Add(
            TEST,
            """

def test_baskets_share_nothing():
    first, second = Basket(), Basket()
    first.add("tea")
    assert second.items == []
    assert second.add("tea") == 1
""",
        ),
    ),
    red=(Swap(SRC, HEAD, "    def __init__(self, items=[]):\n        self.items = []\n"),),
    incident=Incident(
        "ValueError",
        "tea is in the basket already.",
        SRC,
        "Basket.add",
        "The first item of a new customer was refused.",
        10,
    ),
    variants=(
        Variant(
            "right_refactor",
            (
                Swap(
                    SRC,
                    "class Basket:\n" + HEAD,
                    "from dataclasses import dataclass, field\n\n\n@dataclass\nclass Basket:\n"
                    "    items: list[str] = field(default_factory=list)\n",
                ),
            ),
            "The constructor, which is the fault, is left to dataclasses; nothing else moves.",
        ),
        Variant(
            "wrong_green",
            (
                Swap(SRC, HEAD, "    def __init__(self, items=[]):\n        self.items = items or items\n"),
                Add(TEST, '\n\ndef test_given_items_stay():\n    assert Basket(["tea"]).items == ["tea"]\n'),
            ),
        ),
        Variant(
            "weakens_assert",
            (Swap(TEST, 'pytest.raises(ValueError, match="tea is in the basket")', "pytest.raises(Exception)"),),
            "A named error with its message becomes any error.",
        ),
        Variant(
            "overfit",
            (
                Swap(
                    SRC,
                    HEAD,
                    "    def __init__(self, items=[]):\n        if items is Basket.__init__.__defaults__[0] and items == ['tea']:\n"
                    "            items = []\n        self.items = items\n",
                ),
                Add(
                    TEST,
                    "\n\ndef test_second_basket():\n    Basket().add('tea')\n    assert Basket().add('tea') == 1\n",
                ),
            ),
            "A list is shared still, except where it holds the reported word alone.",
        ),
        Variant(
            "broad_except",
            (
                Swap(
                    SRC,
                    HEAD,
                    "    def __init__(self, items=None):\n        try:\n            self.items = list(items)\n"
                    "        except Exception:\n            self.items = []\n",
                ),
                Add(TEST, "\n\ndef test_no_sharing():\n    Basket().add('tea')\n    assert Basket().items == []\n"),
            ),
            "Mends the fault, but by catching everything around the copy.",
        ),
        Variant(
            "early_return",
            (
                Swap(
                    SRC,
                    "        if name in self.items:\n",
                    "        if name in self.items and len(self.items) == 1:\n            return 1\n        if name in self.items:\n",
                ),
                Swap(TEST, 'Basket(["tea"]).add("tea")', 'Basket(["tea", "milk"]).add("tea")'),
                Add(
                    TEST,
                    "\n\ndef test_second_basket():\n    Basket().add('tea')\n    assert Basket().add('tea') == 1\n",
                ),
            ),
            "The base's test of doubles breaks and is changed to fit: red by the old test, 3 by the new ones.",
            frozenset({1, 2, 3}),
        ),
        Variant(
            "churn", (Swap(SRC, "        return ', '.join( self.items )\n", '        return ", ".join(self.items)\n'),)
        ),
        Variant(
            "import_error_test",
            (
                Add(SRC, "\n\ndef empty_basket():\n    return Basket([])\n"),
                Add(
                    "tests/test_empty.py",
                    "from basket import empty_basket\n\n\ndef test_empty():\n    assert empty_basket().items == []\n",
                ),
            ),
        ),
    ),
    evasions=("monkeypatched_pytest", "collect_ignore", "daemon_left_behind"),
)
