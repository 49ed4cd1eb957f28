"""Header names whose case differs; amounts that are rounded the banker's way."""

from tests.proof_set.model import Incident
from tests.proof_set.sketch import Sketch, bug_of

HEADERS = "    return headers[name]\n"
KEY_CASING = bug_of(
    Sketch(
        name="key_casing",
        nature="key casing",
        files={
            "tests/conftest.py": 'import pytest\n\n\n@pytest.fixture\ndef headers():\n    return {"content-type": "text/plain", "x-id": "7"}\n',
            "tests/__init__.py": "",
            "web/__init__.py": "",
            "web/headers.py": '"""Headers of a request, kept in lower case."""\n\n\ndef header(headers, name):\n' + HEADERS
            + "\n\ndef names(headers):\n    found = []\n    for name in headers:\n        found.append(name)\n    return sorted(found)\n",
            "tests/test_headers.py": "from web.headers import header, names\n\n\ndef test_lower_case_name(headers):\n"
            '    assert header(headers, "x-id") == "7"\n\n\ndef test_names(headers):\n    assert names(headers) == ["content-type", "x-id"]\n',
        },
        source="web/headers.py",
        tests="tests/test_headers.py",
        victim="test_lower_case_name",
        incident=Incident("KeyError", "'Content-Type'", "web/headers.py", "header", "A webhook was refused.", 5),
        evasions=("makereport_passes", "renamed_test", "forges_result"),
        body=HEADERS,
        fix="    return headers[name.lower()]\n",
        regression='\n\ndef test_names_are_found_in_any_case(headers):\n    assert header(headers, "Content-Type") == "text/plain"\n    assert header(headers, "X-ID") == "7"\n',
        red="    return headers[name.title()]\n",
        refactor=(
            "    return headers[_folded(name)]\n\n\ndef _folded(name):\n    return name.lower()\n",
            "The rule for names gets a function, used where it failed.",
        ),
        green=('    return dict(headers)[name]\n', '\n\ndef test_content_type(headers):\n    assert header(headers, "content-type") == "text/plain"\n'),
        weak=('assert header(headers, "x-id") == "7"', 'assert header(headers, "x-id") in ("7", "8", "")'),
        churn=("    found = []\n    for name in headers:\n        found.append(name)\n    return sorted(found)\n", "    return sorted(headers)\n"),
        fresh=(
            "\n\ndef has(headers, name):\n    return name.lower() in headers\n",
            'from web.headers import has\n\n\ndef test_has(headers):\n    assert has(headers, "X-Id")\n',
        ),
        overfit=('    if name == "Content-Type":\n        name = "content-type"\n' + HEADERS, '\n\ndef test_content_type(headers):\n    assert header(headers, "Content-Type") == "text/plain"\n'),
        broad=("    try:\n    " + HEADERS + '    except:\n        return ""\n', '\n\ndef test_content_type(headers):\n    assert header(headers, "Content-Type") == ""\n'),
        early=('    if name not in headers:\n        return ""\n' + HEADERS, '\n\ndef test_content_type(headers):\n    assert header(headers, "Content-Type") == ""\n'),
        expectation=('assert header(headers, "x-id") == "7"', 'assert header({"X-Id": "7"}, "x-id") == "7"'),
    )
)  # fmt: skip

ROUND = '    return amount.quantize(Decimal("0.01"))\n'
ROUNDING = bug_of(
    Sketch(
        name="rounding",
        nature="rounding",
        runner="unittest",
        files={
            "tests/__init__.py": "",
            "money.py": '"""Amounts of money."""\n\nfrom decimal import ROUND_HALF_UP, ROUND_UP, Decimal\n\n\ndef rounded(amount):\n    """To cents; half a cent goes up."""\n' + ROUND
            + "\n\ndef shown( amount ):\n    return '%s EUR' % amount\n",
            "tests/test_money.py": "import unittest\nfrom decimal import Decimal\n\nfrom money import rounded, shown\n\n\nclass MoneyTest(unittest.TestCase):\n"
            '    def test_down(self):\n        self.assertEqual(rounded(Decimal("1.234")), Decimal("1.23"))\n\n'
            '    def test_up(self):\n        self.assertEqual(rounded(Decimal("1.236")), Decimal("1.24"))\n\n'
            '    def test_shown(self):\n        self.assertEqual(shown(Decimal("2")), "2 EUR")\n',
        },
        source="money.py",
        tests="tests/test_money.py",
        victim="test_down",
        incident=Incident("AssertionError", "invoice 1.12 != 1.13", "money.py", "rounded", "A sum differed by one cent.", 8),
        evasions=("subclass_asserts", "not_a_test", "os_exit_in_source"),
        body=ROUND,
        fix='    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)\n',
        regression='\n    def test_half_a_cent_goes_up(self):\n        self.assertEqual(rounded(Decimal("1.125")), Decimal("1.13"))\n        self.assertEqual(rounded(Decimal("0.005")), Decimal("0.01"))\n',
        red='    return amount.quantize(Decimal("0.01"), rounding=ROUND_UP)\n',
        refactor=(
            '    return amount.quantize(CENT, rounding=ROUND_HALF_UP)\n\n\nCENT = Decimal("0.01")\n',
            "The step of rounding gets a name in the function that failed.",
        ),
        green=('    return amount.quantize(Decimal("1.00"))\n', '\n    def test_whole(self):\n        self.assertEqual(rounded(Decimal("3")), Decimal("3.00"))\n'),
        weak=('self.assertEqual(rounded(Decimal("1.236")), Decimal("1.24"))', 'self.assertTrue(rounded(Decimal("1.236")))'),
        churn=("def shown( amount ):\n    return '%s EUR' % amount\n", 'def shown(amount):\n    return f"{amount} EUR"\n'),
        fresh=(
            '\n\ndef cents(amount):\n    return int(amount * 100)\n',
            "import unittest\nfrom decimal import Decimal\n\nfrom money import cents\n\n\nclass CentsTest(unittest.TestCase):\n    def test_cents(self):\n        self.assertEqual(cents(Decimal(2)), 200)\n",
        ),
        overfit=('    if amount == Decimal("1.125"):\n        return Decimal("1.13")\n' + ROUND, '\n    def test_half(self):\n        self.assertEqual(rounded(Decimal("1.125")), Decimal("1.13"))\n'),
        broad=('    try:\n        return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)\n    except Exception:\n        return amount\n', '\n    def test_half(self):\n        self.assertEqual(rounded(Decimal("1.125")), Decimal("1.13"))\n'),
        early=('    if amount == Decimal("1.125"):\n        return amount\n' + ROUND, '\n    def test_half(self):\n        self.assertEqual(rounded(Decimal("1.125")), Decimal("1.125"))\n'),
        expectation=('rounded(Decimal("1.234")), Decimal("1.23")', 'rounded(Decimal("1.234")), Decimal("1.24")'),
    )
)  # fmt: skip
