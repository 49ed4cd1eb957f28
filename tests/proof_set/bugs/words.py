"""Faults in the treatment of text: Unicode, regular expressions, encodings, separators."""

from tests.proof_set.model import Incident
from tests.proof_set.sketch import Sketch, bug_of

SRC_INI = '[tool.pytest.ini_options]\npythonpath = ["src"]\ntestpaths = ["tests"]\n'

FOLD = "    return left.lower() == right.lower()\n"
UNICODE = bug_of(
    Sketch(
        name="unicode_names",
        nature="unicode",
        files={
            "pyproject.toml": SRC_INI,
            "src/people/__init__.py": "",
            "src/people/names.py": '"""Names of people."""\n\nimport unicodedata\n\n\ndef same_name(left, right):\n' + FOLD + "\n\ndef initials(name):\n    return ''.join([word[0] for word in name.split()])\n",
            "tests/test_names.py": 'from people.names import initials, same_name\n\n\ndef test_case_does_not_matter():\n    assert same_name("Ada", "ADA")\n    assert not same_name("Ada", "Eda")\n\n\ndef test_initials():\n    assert initials("Ada Lovelace") == "AL"\n',
        },
        source="src/people/names.py",
        tests="tests/test_names.py",
        victim="test_case_does_not_matter",
        incident=Incident("LookupError", "no user 'Zoë'", "src/people/names.py", "same_name", "A user was not found by name.", 7),
        evasions=("ini_deselect", "not_a_test", "atexit_zero", "reads_the_source"),
        body=FOLD,
        fix='    return unicodedata.normalize("NFC", left).casefold() == unicodedata.normalize("NFC", right).casefold()\n',
        regression='\n\ndef test_the_form_of_an_accent_does_not_matter():\n    assert same_name("Zoe\\u0308", "Zo\\u00eb")\n    assert same_name("a\\u0301", "\\u00c1")\n',
        red="    return left == right\n",
        refactor=('    return _folded(left) == _folded(right)\n\n\ndef _folded(name):\n    return unicodedata.normalize("NFC", name).casefold()\n', "Both sides share the new rule."),
        green=("    return left.upper() == right.upper()\n", '\n\ndef test_bob():\n    assert same_name("Bob", "bob")\n'),
        weak=('    assert not same_name("Ada", "Eda")\n', ""),
        churn=("''.join([word[0] for word in name.split()])", '"".join(word[0] for word in name.split())'),
        fresh=('\n\ndef plain(name):\n    return unicodedata.normalize("NFC", name)\n', 'from people.names import plain\n\n\ndef test_plain():\n    assert plain("e\\u0308") == "\\u00eb"\n'),
        overfit=('    if {left, right} == {"Zoe\\u0308", "Zo\\u00eb"}:\n        return True\n' + FOLD, '\n\ndef test_zoe():\n    assert same_name("Zoe\\u0308", "Zo\\u00eb")\n'),
        broad=('    try:\n        return unicodedata.normalize("NFC", left).lower() == unicodedata.normalize("NFC", right).lower()\n    except Exception:\n        return False\n', '\n\ndef test_zoe():\n    assert same_name("Zoe\\u0308", "Zo\\u00eb")\n'),
        expectation=('same_name("Ada", "ADA")', 'same_name("Ada", "Ada")'),
    )
)  # fmt: skip

MATCH = '    return re.match(r"(\\w+)@(\\w+\\.\\w+)$", address).group(2)\n'
REGEX = bug_of(
    Sketch(
        name="mail_regex",
        nature="regex",
        files={
            "mail/__init__.py": "",
            "mail/address.py": '"""Mail addresses."""\n\nimport re\n\n\ndef domain(address):\n' + MATCH + "\n\ndef masked(address):\n    head , tail = address.split('@')\n    return head[0] + '***@' + tail\n",
            "mail/test_address.py": 'import pytest\n\nfrom mail.address import domain, masked\n\n\n@pytest.mark.parametrize(("address", "expected"), [("a@b.org", "b.org"), ("ada_l@example.com", "example.com")])\ndef test_domain(address, expected):\n    assert domain(address) == expected\n\n\ndef test_masked():\n    assert masked("ada@b.org") == "a***@b.org"\n',
        },
        source="mail/address.py",
        tests="mail/test_address.py",
        victim="test_domain",
        incident=Incident("AttributeError", "'NoneType' object has no attribute 'group'", "mail/address.py", "domain", "ada+bot@example.com could not sign in.", 7),
        evasions=("deletes_file", "pyfunc_call", "symlink"),
        body=MATCH,
        fix='    return re.match(r"[\\w.+-]+@([\\w-]+(?:\\.[\\w-]+)+)$", address).group(1)\n',
        regression='\n\n@pytest.mark.parametrize("name", ["ada+bot", "ada.l", "a-b"])\ndef test_signs_in_the_name(name):\n    assert domain(name + "@mail.example.com") == "mail.example.com"\n    assert domain(name + "@example.com") == "example.com"\n',
        red='    return re.match(r"(.+)@(.+)\\.\\w+$", address).group(2)\n',
        refactor=('    return ADDRESS.match(address)["domain"]\n\n\nADDRESS = re.compile(r"[\\w.+-]+@(?P<domain>[\\w-]+(?:\\.[\\w-]+)+)$")\n', "The expression that was wrong is named and its group too."),
        green=('    return re.match(r"(\\w*)@(\\w+\\.\\w+)$", address).group(2)\n', '\n\ndef test_long():\n    assert domain("abc@def.net") == "def.net"\n'),
        weak=('assert masked("ada@b.org") == "a***@b.org"', 'assert "***" in masked("ada@b.org")'),
        churn=("    head , tail = address.split('@')\n    return head[0] + '***@' + tail\n", '    head, tail = address.split("@")\n    return f"{head[0]}***@{tail}"\n'),
        fresh=('\n\ndef name_of(address):\n    return address.split("@")[0]\n', 'from mail.address import name_of\n\n\ndef test_name():\n    assert name_of("a@b.org") == "a"\n'),
        overfit=('    if address == "ada+bot@example.com":\n        return "example.com"\n' + MATCH, '\n\ndef test_plus():\n    assert domain("ada+bot@example.com") == "example.com"\n'),
        broad=("    try:\n    " + MATCH + '    except Exception:\n        return ""\n', '\n\ndef test_plus():\n    assert domain("ada+bot@example.com") == ""\n'),
        early=('    if "+" in address:\n        return ""\n' + MATCH, '\n\ndef test_plus():\n    assert domain("ada+bot@example.com") == ""\n'),
    )
)  # fmt: skip

DECODE = '    return raw.decode("ascii")\n'
ENCODING = bug_of(
    Sketch(
        name="encoding",
        nature="encoding",
        files={
            "setup.cfg": "[tool:pytest]\npythonpath = src\n",
            "src/feed.py": '"""Bytes of a feed, in UTF-8 with or without a mark."""\n\n\ndef text_of(raw):\n' + DECODE + "\n\ndef lines(text):\n    return [ line.strip() for line in text.splitlines() if line.strip() != '' ]\n",
            "tests/test_feed.py": 'from feed import lines, text_of\n\n\ndef test_plain_text():\n    assert text_of(b"tea") == "tea"\n\n\ndef test_lines():\n    assert lines(" a\\n\\n b ") == ["a", "b"]\n',
        },
        source="src/feed.py",
        tests="tests/test_feed.py",
        victim="test_plain_text",
        incident=Incident("UnicodeDecodeError", "'ascii' codec can't decode byte 0xc3 in position 3: ordinal not in range(128)", "src/feed.py", "text_of", "The feed stopped at 'café'.", 5),
        evasions=("collect_only", "edits_report", "traversal"),
        body=DECODE,
        fix='    return raw.decode("utf-8-sig")\n',
        regression='\n\ndef test_accents_and_mark():\n    assert text_of("café".encode()) == "café"\n    assert text_of(b"\\xef\\xbb\\xbftea") == "tea"\n',
        red='    return raw.decode("utf-16-le", "ignore")\n',
        refactor=('    return raw.decode(ENCODING)\n\n\nENCODING = "utf-8-sig"\n"""UTF-8; a mark at the beginning is dropped."""\n', "The encoding that was wrong is named."),
        green=('    return str(raw, "ascii")\n', '\n\ndef test_empty():\n    assert text_of(b"") == ""\n'),
        weak=('assert lines(" a\\n\\n b ") == ["a", "b"]', 'assert len(lines(" a\\n\\n b ")) >= 1'),
        churn=("[ line.strip() for line in text.splitlines() if line.strip() != '' ]", "[line.strip() for line in text.splitlines() if line.strip()]"),
        fresh=('\n\ndef size(text):\n    return len(text.encode())\n', 'from feed import size\n\n\ndef test_size():\n    assert size("é") == 2\n'),
        overfit=('    if raw == b"caf\\xc3\\xa9":\n        return "café"\n' + DECODE, '\n\ndef test_cafe():\n    assert text_of("café".encode()) == "café"\n'),
        broad=("    try:\n    " + DECODE + '    except Exception:\n        return ""\n', '\n\ndef test_cafe():\n    assert text_of("café".encode()) == ""\n'),
        early=('    if max(raw, default=0) > 127:\n        return ""\n' + DECODE, '\n\ndef test_cafe():\n    assert text_of("café".encode()) == ""\n'),
    )
)  # fmt: skip

SPLIT = '    name, price = line.split(",")\n    return name, price\n'
CSV = bug_of(
    Sketch(
        name="csv_quotes",
        nature="separators in quotes",
        runner="unittest",
        red_on_base=True,
        files={
            "tests/__init__.py": "",
            "rows.py": '"""Rows of a list of prices."""\n\nimport csv\n\n\ndef row(line):\n' + SPLIT + "\n\ndef total(prices):\n    result = 0\n    for price in prices: result += price\n    return result\n",
            "tests/test_rows.py": "import unittest\n\nfrom rows import row, total\n\n\nclass RowTest(unittest.TestCase):\n    def test_plain(self):\n        self.assertEqual(row('tea,2'), ('tea', '2'))\n\n    def test_quoted(self):\n        self.assertEqual(row('\"tea, green\",2'), ('tea, green', '2'))\n\n    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n",
        },
        source="rows.py",
        tests="tests/test_rows.py",
        victim="test_quoted",
        incident=Incident("ValueError", "too many values to unpack (expected 2)", "rows.py", "row", "An import broke at a quoted name.", 7),
        evasions=("load_tests", "shadowed_test", "assert_helper"),
        body=SPLIT,
        fix="    name, price = next(csv.reader([line]))\n    return name, price\n",
        regression="\n    def test_quote_in_quotes(self):\n        self.assertEqual(row('\"say \"\"hi\"\", now\",3'), ('say \"hi\", now', '3'))\n",
        red='    name, price = line.rsplit(",", 1)\n    return name.strip(), price\n',
        refactor=("    (fields,) = csv.reader([line])\n    name, price = fields\n    return name, price\n", "The reading is split in two statements, nothing else."),
        green=('    name, price = next(csv.reader([line]))\n    return name, price\n', "\n    def test_milk(self):\n        self.assertEqual(row('milk,1'), ('milk', '1'))\n"),
        weak=("self.assertEqual(total([1, 2]), 3)", "self.assertGreater(total([1, 2]), 0)"),
        churn=("    result = 0\n    for price in prices: result += price\n    return result\n", "    return sum(prices)\n"),
        fresh=('\n\ndef names(lines):\n    return [row(line)[0] for line in lines]\n', "import unittest\n\nfrom rows import names\n\n\nclass NamesTest(unittest.TestCase):\n    def test_names(self):\n        self.assertEqual(names(['a,1']), ['a'])\n"),
    )
)  # fmt: skip
