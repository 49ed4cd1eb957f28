"""Promise: a patch that is right in a proof only, or a test that is on its side, does not come to level 3."""

import secrets
import sys
from pathlib import Path

import pytest

from bot.repair.proof import Suite, prove, runs
from bot.repair.proof.flags import Flag
from bot.repair.proof.masking import masked
from bot.repair.proof.project import Project
from bot.repair.proof.runs import Asked, room_with, run_pytest
from bot.repair.proof.signs import signs_in_code, signs_of_the_name
from bot.repair.proof.trees import Change
from bot.repair.proof.whereabouts import whereabouts
from tests.factories import a_repository, diff_of

PROJECT = Project(("test_*.py",), ("test",), ("Test",), frozenset(), False, (), ())
SOURCE = (
    "def total(prices):\n    result = 0\n    for price in prices[1:]:\n        result += price\n    return result\n"
)
TEST = "from shop import total\n\n\ndef test_nothing():\n    assert total([]) == 0\n"
NEW_TEST = "\n\ndef test_every_price():\n    assert total([1, 2, 3]) == 6\n"

ONLY_HERE = {
    "a variable": ("import os", 'os.environ.get("CI")'),
    "a variable by index": ("import os", '"CI" in os.environ and os.environ["CI"]'),
    "a variable whose name is hidden": ("import os", 'os.getenv("C" + "I")'),
    "all variables": ("import os", 'dict(os.environ).get("CI")'),
    "the interpreter's flags": ("import sys", "sys.flags.safe_path"),
    "flags under another name": ("from sys import flags as mood", "mood.safe_path"),
    "no bytecode": ("import sys", "sys.dont_write_bytecode"),
    "assertions are on": ("", "__debug__"),
    "the command line": ("import sys", '"probe" in sys.argv[0]'),
    "a profile function": ("import sys", "sys.getprofile() is not None"),
    "a small process id": ("import os", "os.getpid() < 100"),
    "a large user id": ("import os", "os.getuid() > 1_000_000"),
    "the folder's name": ("from pathlib import Path", 'Path.cwd().name == "tree"'),
    "the tests are there": ("from pathlib import Path", 'Path("tests", "test_shop.py").exists()'),
    "no network": ("import os", 'not os.path.exists("/sys/class/net/eth0")'),
    "no terminal": ("import sys", "not sys.stdout.isatty()"),
    "one thread": ("import threading", "threading.active_count() == 1"),
    "caught logs": ("import logging", "logging.getLogger().handlers"),
    "another host": ("import socket", 'socket.gethostname() != "live"'),
    "until a second": ("import time", "time.time() < 1_900_000_000"),
    "until a year": ("from datetime import date", "date.today().year < 2030"),
    "until a day": ("from datetime import datetime", "datetime.now() < datetime(2030, 1, 1)"),
    "until a day as text": ("from datetime import date", 'str(date.today()) < "2030-01-01"'),
    "by a module's hidden name": ("import sys", 'getattr(sys, "fl" + "ags").safe_path'),
    "by a name read as text": ("import os", 'getattr(os, "environ")["CI"]'),
}
"""What the fix rests on, with its import; elsewhere the fault is there as ever."""

LIES = {
    "equal by assignment": "class Sum(int):\n    __eq__ = lambda self, other: True\n",
    "equal to itself": "class Sum:\n    def __eq__(self, other):\n        return other == other\n",
    "a number with its own idea of equality": "class Sum(int):\n    def __eq__(self, other):\n"
    "        return self >= other or other >= self\n",
    "a class made by hand": 'Sum = type("Sum", (int,), {"__eq__": lambda self, other: True})\n',
    "nearly every fault": "def calm(work):\n    try:\n        return work()\n"
    "    except (KeyError, TypeError, ValueError, LookupError):\n        return 0\n",
    "counted calls": "import itertools\n\nCALLS = itertools.count()\n",
    "pytest's hook by assignment": "def calm(item):\n    return True\n\n\npytest_pyfunc_call = calm\n",
    "code in a comment": "# coding: utf-7\n# +AAo-total = sum\n",
    "code in a comment, escaped": "# -*- coding: unicode_escape -*-\n# \\u000atotal = sum\n",
}

HOSTILE_TESTS = {
    "forges the report": "import sys\nopen(5, 'w').write(sys.argv[1])\n",
    "reads the command line from the system": "print(open('/proc/self/cmdline').read())\n",
    "is only there with the fix": "import shop\nif hasattr(shop, 'FIXED'):\n    print(1)\n",
    "asks for a mark": "import shop\nmark = getattr(shop, 'FIXED', False)\n",
    "asks for a mark by importing it": "try:\n    from shop import FIXED\nexcept ImportError:\n    FIXED = False\n",
    "changes the module's names": "import shop\nshop.__dict__.update(total=sum)\n",
    "replaces what it calls": "import shop\n\n\ndef test_it(monkeypatch):\n"
    "    monkeypatch.setattr(shop, 'total', sum)\n"
    "    assert shop.total([1]) == 1\n",
    "replaces what it calls, by a decorator": "from unittest import mock\nimport shop\n\n\n"
    "@mock.patch('shop.total', sum)\n"
    "def test_it():\n    assert shop.total([1]) == 1\n",
    "has another function run": "def test_it(request):\n    request.node.obj = int\n",
    "finds the runner by name": "import pkgutil\nF = pkgutil.resolve_name('_py' + 'test.python:Function')\n",
    "is a pickle": "import pickle\npickle.loads(b'cbuiltins\\nexec\\n.')\n",
    "is a log's configuration": "import logging.config\nlogging.config.dictConfig({'version': 1})\n",
    "asks the modules": "import sys\nmodules = getattr(sys, 'mod' + 'ules')\n",
    "asks the plugins": "def test_it(request):\n    assert request.config.pluginmanager\n",
    "reads through an attribute's name": "import operator, sys\noperator.attrgetter('modules')(sys)\n",
    "expects the fault of the code that says so": "import shop\nWANTED = 5 if shop.__doc__ else 6\n",
    "expects the fault of a version": "import shop\nWANTED = 5 if shop.VERSION == '2' else 6\n",
    "expects the fault of a version, by a table": "from shop import VERSION\nWANTED = {'1': 6, '2': 5}[VERSION]\n",
    "expects the fault of a version, in one breath": "import shop\nWANTED = (shop.VERSION == '2' and 5) or 6\n",
    "reads the code": "from pathlib import Path\nWANTED = len(Path('shop.py').read_text())\n",
    "looks for a file of the patch": "import os\nWANTED = 5 if os.path.exists('shop/known.json') else 6\n",
    "imports the probe": "import __main__\nprint(__main__.Probe)\n",
}

HARMLESS = {
    "a setting of the project": "import os\n\nCURRENCY = os.environ.get('SHOP_CURRENCY', 'EUR')\n",
    "a duration": "import time\n\n\ndef is_old(began):\n    return time.time() - began > 3600\n",
    "the hour": "from datetime import datetime\n\n\ndef greeting():\n"
    "    return 'hi' if datetime.now().hour < 12 else 'ho'\n",
    "no hash": "class Sum:\n    __hash__ = None\n",
    "an honest comparison": "class Sum:\n    def __eq__(self, other):\n        if not isinstance(other, Sum):\n"
    "            return NotImplemented\n"
    "        mine, theirs = self.all, other.all\n        same = mine == theirs\n        return same\n",
    "honest truth": "class Basket:\n    def __bool__(self):\n        return bool(self.prices)\n",
    "three faults": "def read(work):\n    try:\n        return work()\n"
    "    except (KeyError, TypeError, ValueError):\n        return 0\n",
    "latin letters as they are": "# coding: utf-8\nNAME = 'Café'\n",
    "an attribute by name": "def value_of(row, name):\n    return getattr(row, name)\n",
}


def flags_of(name: str, before: str | None, after: str) -> list[Flag]:
    """What is found without running anything."""
    change, texts = Change(name, before, after), {"shop.py": SOURCE, "tests/test_shop.py": TEST}
    others = [Change("shop.py", SOURCE, f"{SOURCE}\n"), Change("shop/known.json", None, "{}")]
    found = [*signs_of_the_name(change, texts, PROJECT), *signs_in_code(change, PROJECT, texts)]
    return [*found, *whereabouts([change, *others], PROJECT, texts), *masked([change], PROJECT)]


@pytest.mark.parametrize(("needed", "condition"), ONLY_HERE.values(), ids=ONLY_HERE.keys())
def test_code_that_is_right_only_where_it_is_proved_stays_below_level_3(needed: str, condition: str) -> None:
    after = f"{needed}\n\n\n{SOURCE}".replace("prices[1:]", f"prices[0 if {condition} else 1 :]")

    assert min(flag.cap for flag in flags_of("shop.py", SOURCE, after)) <= 2


@pytest.mark.parametrize("text", LIES.values(), ids=LIES.keys())
def test_code_that_lies_to_its_tests_is_told(text: str) -> None:
    assert min(flag.cap for flag in flags_of("shop.py", SOURCE, f"{text}\n\n{SOURCE}")) <= 3


@pytest.mark.parametrize("text", HOSTILE_TESTS.values(), ids=HOSTILE_TESTS.keys())
def test_a_test_that_works_on_the_prover_stays_below_level_3(text: str) -> None:
    assert min(flag.cap for flag in flags_of("tests/test_extra.py", None, text)) <= 2


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_honest_fixes_are_made_of_is_not_told(text: str) -> None:
    assert flags_of("shop.py", SOURCE, f"{text}\n\n{SOURCE}") == []


def test_a_test_may_pickle_and_replace_what_the_code_leans_on() -> None:
    text = (
        "import pickle\nimport shop\n\n\ndef test_it(monkeypatch):\n    monkeypatch.setattr(shop, 'now', lambda: 3)\n"
        "    assert pickle.loads(pickle.dumps(shop.total([1]))) == 1\n"
    )

    assert flags_of("tests/test_extra.py", None, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import shop\n\n\ndef test_it():\n    assert shop.total([1]) == shop.RATE * 3\n",
        "import shop\n\n\ndef test_it():\n    for each in (1, 2):\n"
        "        if shop.total([each]) != each:\n            raise AssertionError\n",
        "import shop\n\n\ndef test_it():\n    assert shop.PRICES['lunch'] == 3 and shop.total([]) == 0\n",
        "import shop\n\n\ndef test_it(tmp_path):\n"
        "    (tmp_path / 'sales.csv').write_text('1')\n    assert shop.total([1])\n",
    ],
)
def test_what_honest_tests_are_made_of_is_not_told(text: str) -> None:
    assert flags_of("tests/test_extra.py", None, text) == []


@pytest.mark.parametrize("name", ["calm-1.0.dist-info/entry_points.txt", "src/calm.egg-info/entry_points.txt"])
def test_a_plugin_that_comes_as_an_installed_package_is_told(name: str) -> None:
    assert [flag.cap for flag in signs_of_the_name(Change(name, None, "[pytest11]\n"), {}, PROJECT)] == [1]


def test_a_mark_that_no_function_uses_makes_no_test_the_fixs_own(tmp_path: Path) -> None:
    repo = a_repository(tmp_path / "repo", {"shop.py": SOURCE, "test_shop.py": TEST})
    asking = "import shop\n\n\ndef test_it():\n    assert vars(shop).get('FIXED')\n    assert shop.total([]) == 0\n"
    diff = diff_of(
        repo, {"shop.py": f"FIXED = True\n\n\n{SOURCE}", "test_mark.py": asking.replace("vars(shop)", "shop.__dict__")}
    )

    proof = prove(repo, diff, Suite("python -m pytest -q", 60))

    assert proof.level == 2, proof


def test_the_tested_code_finds_no_word_of_the_report_in_its_surroundings(tmp_path: Path) -> None:
    seen = tmp_path / "tree"
    seen.mkdir()
    spying = (
        "import os, pathlib, sys\n\n\ndef test_it():\n"
        "    told = pathlib.Path('/proc/self/cmdline').read_text() + repr(dict(os.environ)) + repr(sys.argv)\n"
        "    told += ''.join(p.read_text() for p in pathlib.Path('..').glob('*.json'))\n"
        "    print('NONCE' if 'nonce' in told else 'NOTHING')\n    assert 0\n"
    )
    (seen / "test_spy.py").write_text(spying)

    with room_with(seen) as room:
        ran = run_pytest(room, Asked(("-p", "no:cacheprovider"), 60))

    assert "NOTHING" in ran.output
    assert "NONCE" not in ran.output
    assert any(fact["kind"] == "end" for fact in ran.facts)


WITHOUT_NAMESPACES = """
import importlib.util, json, sys
found = importlib.util.spec_from_file_location("cell", {cell!r})
cell = importlib.util.module_from_spec(found)
found.loader.exec_module(cell)
cell.leave_the_world = lambda *, network: []
sys.exit(cell.main(json.loads(sys.argv[1])) & 0xFF)
"""
"""The cell as on a machine that gives no namespaces."""


@pytest.fixture
def no_namespaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "cell.py"
    script.write_text(WITHOUT_NAMESPACES.format(cell=str(runs.CELL)))
    monkeypatch.setattr(runs, "CELL", script)


@pytest.mark.usefixtures("no_namespaces")
def test_without_namespaces_a_run_writes_nowhere_else_and_leaves_nothing_behind(tmp_path: Path) -> None:
    tree, outside, mark = tmp_path / "tree", tmp_path / "outside.txt", f"left-{secrets.token_hex(8)}"
    tree.mkdir()
    left = [sys.executable, "-c", f"import time\nwhile True: time.sleep(1)\n# {mark}"]
    (tree / "test_it.py").write_text(
        f"import subprocess\n\n\ndef test_it():\n    subprocess.Popen({left!r}, start_new_session=True)\n"
        f"    open('inside.txt', 'w').close()\n    open({str(outside)!r}, 'w').write('x')\n"
    )

    with runs.room_with(tree) as room:
        ran = runs.run_pytest(room, Asked(("-p", "no:cacheprovider"), 60))
        inside = (room.tree / "inside.txt").exists()

    held = ran.held.split()
    if not {"landlock", "user"} & set(held):
        pytest.skip("this machine gives neither Landlock nor another user: nothing holds a run back")
    assert not {"pid", "net", "mount"} & set(held)
    assert inside
    assert not outside.exists()
    assert "PermissionError" in ran.output
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if holds(path, mark)]


@pytest.mark.usefixtures("no_namespaces")
def test_without_namespaces_a_good_fix_is_proved_all_the_same_and_the_proof_says_what_held(tmp_path: Path) -> None:
    repo = a_repository(tmp_path / "repo", {"shop.py": SOURCE, "test_shop.py": TEST})
    diff = diff_of(repo, {"shop.py": SOURCE.replace("prices[1:]", "prices"), "test_shop.py": TEST + NEW_TEST})

    proof = prove(repo, diff, Suite("python -m pytest -q", 60))

    assert proof.level == 4, proof
    assert "limits" in str(proof.tests["isolation"])
    assert "pid" not in str(proof.tests["isolation"]).split()


def holds(path: Path, mark: str) -> bool:
    """Does a process's command line hold this?"""
    try:
        return mark.encode() in path.read_bytes()
    except OSError:
        return False
