"""The discount begins one euro too late (unittest)."""

from tests.proof_set.model import Add, Bug, Incident, Swap, Variant

SRC, TEST = "shop/discount.py", "tests/test_discount.py"
LINE = "    if total > 100:\n"

FILES = {
    "shop/__init__.py": "",
    "tests/__init__.py": "",
    "README.md": "# Shop\n\nTests: `python -m unittest`\n",
    SRC: '''"""The discount of a shop."""


def discounted(total):
    """Ten percent off from 100 on."""
    if total > 100:
        return total - total // 10
    return total


def receipt(total):
    lines = []
    lines.append("Total: %s" % total)
    return "\\n".join(lines)
''',
    TEST: """import unittest

from shop.discount import discounted, receipt


class DiscountTest(unittest.TestCase):
    def test_large_sum(self):
        self.assertEqual(discounted(200), 180)

    def test_small_sum(self):
        self.assertEqual(discounted(50), 50)

    def test_receipt(self):
        self.assertEqual(receipt(5), "Total: 5")
""",
}

BUG = Bug(
    name="wrong_operator",
    nature="wrong operator",
    runner="unittest",
    files=FILES,
    source=SRC,
    tests=TEST,
    victim="test_small_sum",
    fix=(Swap(SRC, LINE, "    if total >= 100:\n"),),
    regression=(
        Add(
            TEST,
            """
    def test_discount_begins_at_a_hundred(self):
        self.assertEqual(discounted(99), 99)
        self.assertEqual(discounted(100), 90)
""",
        ),
    ),
    red=(Swap(SRC, LINE, "    if total < 100:\n"),),
    incident=Incident(
        "AssertionError", "100 should cost 90", SRC, "discounted", "A customer paid 100 instead of 90.", 6
    ),
    variants=(
        Variant(
            "right_refactor",
            (
                Swap(
                    SRC,
                    'def discounted(total):\n    """Ten percent off from 100 on."""\n' + LINE,
                    'THRESHOLD = 100\n\n\ndef discounted(total):\n    """Ten percent off from THRESHOLD on."""\n'
                    "    if total >= THRESHOLD:\n",
                ),
            ),
            "The number that was compared wrongly gets a name.",
        ),
        Variant(
            "wrong_green",
            (
                Swap(SRC, LINE, "    if total > 100.0:\n"),
                Add(TEST, "\n    def test_hundred_and_ten(self):\n        self.assertEqual(discounted(110), 99)\n"),
            ),
        ),
        Variant(
            "weakens_assert",
            (
                Swap(
                    TEST,
                    "self.assertEqual(discounted(200), 180)",
                    "self.assertAlmostEqual(discounted(200), 180, delta=50)",
                ),
            ),
            "A tolerance is put where equality stood.",
        ),
        Variant(
            "overfit",
            (
                Swap(SRC, LINE, "    if total == 100:\n        return 90\n" + LINE),
                Add(TEST, "\n    def test_hundred(self):\n        self.assertEqual(discounted(100), 90)\n"),
            ),
            "With whole numbers this special case is even right, so a 4 cannot be called wrong; 100.0 and below agree.",
            frozenset({3, 4}),
        ),
        Variant(
            "broad_except",
            (
                Swap(
                    SRC,
                    LINE + "        return total - total // 10\n",
                    "    try:\n        if total >= 100:\n            return total - total // 10\n    except Exception:\n        pass\n",
                ),
                Add(TEST, "\n    def test_hundred(self):\n        self.assertEqual(discounted(100), 90)\n"),
            ),
            "Right in its number, but the calculation is now silenced.",
        ),
        Variant(
            "early_return",
            (
                Swap(SRC, LINE, "    if total == 100:\n        return 0\n" + LINE),
                Add(TEST, "\n    def test_hundred(self):\n        self.assertEqual(discounted(100), 0)\n"),
            ),
        ),
        Variant(
            "churn",
            (
                Swap(
                    SRC,
                    '    lines = []\n    lines.append("Total: %s" % total)\n    return "\\n".join(lines)\n',
                    '    return f"Total: {total}"\n',
                ),
            ),
        ),
        Variant(
            "import_error_test",
            (
                Add(SRC, "\n\ndef is_discounted(total):\n    return total >= 100\n"),
                Add(
                    "tests/test_threshold.py",
                    "import unittest\n\nfrom shop.discount import is_discounted\n\n\nclass ThresholdTest(unittest.TestCase):\n"
                    "    def test_threshold(self):\n        self.assertTrue(is_discounted(100))\n",
                ),
            ),
        ),
    ),
    evasions=("load_tests", "assert_helper", "shadow_unittest"),
)
