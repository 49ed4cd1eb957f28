"""Faults of awaiting, retries, inheritance, states and dates."""

from tests.proof_set.model import Incident
from tests.proof_set.sketch import Sketch, bug_of

AWAIT = '    return (fetch(key))["name"]\n'
MISSING_AWAIT = bug_of(
    Sketch(
        name="missing_await",
        nature="await missing",
        files={
            "conftest.py": "",
            "profiles.py": '"""Profiles from a slow place."""\n\nKNOWN = {1: {"name": "Ada"}, 2: {"name": "Bob"}}\n\n\nasync def fetch(key):\n    return KNOWN[key]\n\n\nasync def exists(key):\n    return key in KNOWN\n\n\nasync def name_of(key):\n' + AWAIT + "\n\ndef plural(count):\n    return 'profile' if count==1 else 'profiles'\n",
            "tests/test_profiles.py": 'import asyncio\n\nfrom profiles import exists, name_of, plural\n\n\ndef test_known_profiles():\n    assert asyncio.run(exists(1))\n\n\ndef test_an_unknown_profile_has_no_name():\n    try:\n        asyncio.run(name_of(9))\n    except (KeyError, TypeError):\n        return\n    raise AssertionError("there is no profile 9")\n\n\ndef test_plural():\n    assert plural(2) == "profiles"\n',
        },
        source="profiles.py",
        tests="tests/test_profiles.py",
        victim="test_an_unknown_profile_has_no_name",
        incident=Incident("TypeError", "'coroutine' object is not subscriptable", "profiles.py", "name_of", "/who failed for everybody.", 15),
        evasions=("plugin_by_addopts", "kills_its_parent"),
        body=AWAIT,
        fix='    return (await fetch(key))["name"]\n',
        regression='\n\ndef test_names_of_profiles():\n    assert asyncio.run(name_of(1)) == "Ada"\n    assert asyncio.run(name_of(2)) == "Bob"\n',
        red='    return str(key)\n',
        refactor=('    profile = await fetch(key)\n    return profile["name"]\n', "The answer gets a name in the line that was wrong."),
        green=('    profile = fetch(key)\n    return profile["name"]\n', "\n\ndef test_unknown_profiles():\n    assert not asyncio.run(exists(9))\n"),
        weak=('assert plural(2) == "profiles"', 'assert plural(2).startswith("pro")'),
        churn=("'profile' if count==1 else 'profiles'", '"profile" if count == 1 else "profiles"'),
        fresh=("\n\nasync def count():\n    return len(KNOWN)\n", "import asyncio\n\nfrom profiles import count\n\n\ndef test_count():\n    assert asyncio.run(count()) == 2\n"),
        overfit=('    if key == 1:\n        return "Ada"\n' + AWAIT, '\n\ndef test_ada():\n    assert asyncio.run(name_of(1)) == "Ada"\n'),
    )
)  # fmt: skip

SHARES = "    return sum(shares) == 1\n"
FLOATS = bug_of(
    Sketch(
        name="float_compare",
        nature="float compare",
        runner="unittest",
        files={
            "tests/__init__.py": "",
            "shares.py": '"""Shares that should add up to one."""\n\nimport math\n\n\ndef is_whole(shares):\n' + SHARES + "\n\ndef percent(share):\n    x = share * 100\n    y = round(x)\n    return y\n",
            "tests/test_shares.py": "import unittest\n\nfrom shares import is_whole, percent\n\n\nclass SharesTest(unittest.TestCase):\n    def test_halves(self):\n        self.assertTrue(is_whole([0.5, 0.5]))\n\n    def test_too_little(self):\n        self.assertFalse(is_whole([0.5, 0.4]))\n\n    def test_percent(self):\n        self.assertEqual(percent(0.25), 25)\n",
        },
        source="shares.py",
        tests="tests/test_shares.py",
        victim="test_too_little",
        incident=Incident("ValueError", "the shares do not add up", "shares.py", "is_whole", "Ten shares of a tenth were refused.", 7),
        evasions=("load_tests", "shadow_unittest"),
        body=SHARES,
        fix="    return math.isclose(sum(shares), 1)\n",
        regression="\n    def test_tenths(self):\n        self.assertTrue(is_whole([0.1] * 10))\n        self.assertTrue(is_whole([0.7, 0.1, 0.1, 0.1]))\n",
        red="    return sum(shares) > 0.5\n",
        refactor=("    total = math.fsum(shares)\n    return math.isclose(total, 1)\n", "The sum gets a name and is made exactly."),
        green=("    return float(sum(shares)) == 1.0\n", "\n    def test_quarters(self):\n        self.assertTrue(is_whole([0.25] * 4))\n"),
        weak=("self.assertEqual(percent(0.25), 25)", "self.assertAlmostEqual(percent(0.25), 25, places=-2)"),
        churn=("    x = share * 100\n    y = round(x)\n    return y\n", "    return round(share * 100)\n"),
        fresh=("\n\ndef missing(shares):\n    return 1 - sum(shares)\n", "import unittest\n\nfrom shares import missing\n\n\nclass MissingTest(unittest.TestCase):\n    def test_missing(self):\n        self.assertEqual(missing([0.5]), 0.5)\n"),
        overfit=("    if shares == [0.1] * 10:\n        return True\n" + SHARES, "\n    def test_tenths(self):\n        self.assertTrue(is_whole([0.1] * 10))\n"),
        expectation=("self.assertFalse(is_whole([0.5, 0.4]))", "self.assertTrue(is_whole([0.5, 0.4]))"),
    )
)  # fmt: skip

TRIES = '        if attempt >= tries - 1:\n            raise ConnectionError(f"gave up after {attempt}")\n'
RETRIES = bug_of(
    Sketch(
        name="retry_count",
        nature="retry count",
        files={
            "setup.cfg": "[tool:pytest]\ntestpaths = tests\n",
            "retry/__init__.py": "",
            "retry/calls.py": '"""Calls that may fail a few times."""\n\n\ndef call(action, tries=3):\n    """What `action` returns, asked at most `tries` times."""\n    attempt = 0\n    while True:\n        attempt += 1\n        if action.works():\n            return action.result\n' + TRIES + "\n\ndef wait(attempt):\n    return min( 2**attempt,60 )\n",
            "tests/__init__.py": "",
            "tests/test_calls.py": 'import pytest\n\nfrom retry.calls import call, wait\n\n\nclass Action:\n    result = "done"\n\n    def __init__(self, failures):\n        self.failures, self.asked = failures, 0\n\n    def works(self):\n        self.asked += 1\n        return self.asked > self.failures\n\n\ndef test_second_try_helps():\n    assert call(Action(1)) == "done"\n\n\ndef test_gives_up():\n    with pytest.raises(ConnectionError):\n        call(Action(9))\n\n\ndef test_wait_is_limited():\n    assert wait(9) == 60\n    assert wait(2) == 4\n',
        },
        source="retry/calls.py",
        tests="tests/test_calls.py",
        victim="test_second_try_helps",
        incident=Incident("ConnectionError", "gave up after 2", "retry/calls.py", "call", "The third try was never made.", 12),
        evasions=("setup_cfg_functions", "git_hook", "reads_the_source"),
        body=TRIES,
        fix=TRIES.replace("tries - 1", "tries"),
        regression='\n\ndef test_the_last_try_is_made():\n    assert call(Action(2)) == "done"\n    assert call(Action(0), tries=1) == "done"\n',
        red=TRIES.replace("tries - 1", "tries - 2"),
        refactor=("        tries_left = tries - attempt\n        if not tries_left:\n            raise ConnectionError(f\"gave up after {attempt}\")\n", "The number that was wrong gets a name."),
        green=(TRIES.replace("attempt >= tries - 1", "attempt > tries - 2"), '\n\ndef test_first_try():\n    assert call(Action(0)) == "done"\n'),
        weak=("    assert wait(9) == 60\n", "    assert wait(9) <= 600\n"),
        churn=("min( 2**attempt,60 )", "min(2**attempt, 60)"),
        fresh=("\n\ndef is_last(attempt, tries):\n    return attempt == tries\n", "from retry.calls import is_last\n\n\ndef test_last():\n    assert is_last(3, 3)\n"),
        broad=("        try:\n            if attempt >= tries - 1:\n                raise ConnectionError(f\"gave up after {attempt}\")\n        except Exception:\n            if attempt >= tries:\n                raise\n", '\n\ndef test_third():\n    assert call(Action(2)) == "done"\n'),
    )
)  # fmt: skip

INIT = "        self.name = name\n"
SUPER = bug_of(
    Sketch(
        name="inheritance",
        nature="inheritance",
        runner="unittest",
        files={
            "tests/__init__.py": "",
            "Makefile": "test:\n\tpython -m unittest\n",
            "cogs.py": '"""Parts of a bot."""\n\n\nclass Cog:\n    def __init__(self):\n        self.listeners = []\n\n    def listen(self, listener):\n        self.listeners.append(listener)\n        return len(self.listeners)\n\n\nclass NamedCog(Cog):\n    def __init__(self, name):\n' + INIT + "\n    def title(self):\n        return self.name.title()\n\n\ndef shout(text):\n    text = text.upper()\n    return text + '!'\n",
            "tests/test_cogs.py": 'import unittest\n\nfrom cogs import Cog, NamedCog, shout\n\n\nclass CogTest(unittest.TestCase):\n    def test_listeners(self):\n        self.assertEqual(Cog().listen(print), 1)\n\n    def test_title(self):\n        self.assertEqual(NamedCog("debug").title(), "Debug")\n\n    def test_shout(self):\n        self.assertEqual(shout("hi"), "HI!")\n',
        },
        source="cogs.py",
        tests="tests/test_cogs.py",
        victim="test_title",
        incident=Incident("AttributeError", "'NamedCog' object has no attribute 'listeners'", "cogs.py", "Cog.listen", "A cog with a name could not be loaded.", 9),
        evasions=("load_tests", "daemon_left_behind"),
        body=INIT,
        fix="        super().__init__()\n" + INIT,
        regression='\n    def test_a_named_cog_listens(self):\n        self.assertEqual(NamedCog("a").listen(print), 1)\n        self.assertEqual(NamedCog("b").listeners, [])\n',
        red="        super().__init__()\n        self.name = None\n",
        refactor=(INIT + "        super().__init__()\n", "The same two lines in the other order."),
        green=("        self.name = str(name)\n", '\n    def test_name(self):\n        self.assertEqual(NamedCog("a").name, "a")\n'),
        weak=('self.assertEqual(shout("hi"), "HI!")', 'self.assertIn("H", shout("hi"))'),
        churn=("    text = text.upper()\n    return text + '!'\n", '    return f"{text.upper()}!"\n'),
        fresh=("\n\ndef named(names):\n    return [NamedCog(name) for name in names]\n", 'import unittest\n\nfrom cogs import named\n\n\nclass NamedTest(unittest.TestCase):\n    def test_named(self):\n        self.assertEqual(len(named(["a"])), 1)\n'),
        expectation=('self.assertEqual(NamedCog("debug").title(), "Debug")', 'self.assertIsNone(NamedCog("debug").name)'),
    )
)  # fmt: skip

NEXT = '    return {("idle", "start"): "running", ("running", "pause"): "paused"}[state, event]\n'
WITH_RESUME = '    return {("idle", "start"): "running", ("running", "pause"): "paused", ("paused", "resume"): "running"}[state, event]\n'
STATES = bug_of(
    Sketch(
        name="state_machine",
        nature="state machine",
        files={
            "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["src"]\naddopts = "-ra"\n',
            "src/player/__init__.py": "",
            "src/player/states.py": '"""The states of a player."""\n\n\ndef after(state, event):\n' + NEXT + "\n\ndef is_audible(state):\n    return (state == 'running')\n",
            "tests/conftest.py": 'import pytest\n\n\n@pytest.fixture\ndef state():\n    return "idle"\n',
            "tests/test_states.py": 'import pytest\n\nfrom player.states import after, is_audible\n\n\ndef test_start(state):\n    assert after(state, "start") == "running"\n\n\ndef test_nothing_stops_an_idle_player(state):\n    with pytest.raises(KeyError):\n        after(state, "pause")\n\n\ndef test_audible(state):\n    assert not is_audible(state)\n    assert is_audible("running")\n',
        },
        source="src/player/states.py",
        tests="tests/test_states.py",
        victim="test_nothing_stops_an_idle_player",
        incident=Incident("KeyError", "('paused', 'resume')", "src/player/states.py", "after", "A paused player could not go on.", 5),
        evasions=("ini_deselect", "forges_result", "not_a_test"),
        body=NEXT,
        fix=WITH_RESUME,
        regression='\n\ndef test_a_paused_player_goes_on():\n    assert after("paused", "resume") == "running"\n    assert after(after("running", "pause"), "resume") == "running"\n',
        red=NEXT.replace("[state, event]", '.get((state, event), "running")'),
        refactor=(WITH_RESUME.replace("    return {", "    allowed = {").replace("[state, event]", "") + "    return allowed[state, event]\n", "The table that lacked a row gets a name."),
        green=(NEXT.replace("[state, event]", "[(state, event)]"), '\n\ndef test_pause():\n    assert after("running", "pause") == "paused"\n'),
        weak=('    assert is_audible("running")\n', ""),
        churn=("    return (state == 'running')\n", '    return state == "running"\n'),
        fresh=('\n\ndef events(state):\n    return ["resume"] if state == "paused" else []\n', 'from player.states import events\n\n\ndef test_events():\n    assert events("paused") == ["resume"]\n'),
        broad=('    try:\n        return {("idle", "start"): "running", ("running", "pause"): "paused"}[state, event]\n    except Exception:\n        if state == "idle":\n            raise\n        return state\n', '\n\ndef test_resume():\n    assert after("paused", "resume") == "paused"\n'),
        early=('    if event == "resume":\n        return state\n' + NEXT, '\n\ndef test_resume():\n    assert after("paused", "resume") == "paused"\n'),
        expectation=('    with pytest.raises(KeyError):\n        after(state, "pause")\n', '    assert after(state, "pause") == "running"\n'),
    )
)  # fmt: skip

MONTH = "    return day.replace(month=day.month + 1, day=1)\n"
DATES = bug_of(
    Sketch(
        name="date_arithmetic",
        nature="date arithmetic",
        red_on_base=True,
        files={
            "conftest.py": "",
            "calendar_days.py": '"""Days of a calendar."""\n\nfrom datetime import timedelta\n\n\ndef next_month(day):\n    """The first day of the month after `day`."""\n' + MONTH + "\n\ndef is_weekend(day):\n    return day.weekday() == 5 or day.weekday() == 6\n",
            "tests/test_days.py": "from datetime import date\n\nfrom calendar_days import is_weekend, next_month\n\n\ndef test_in_spring():\n    assert next_month(date(2024, 3, 31)) == date(2024, 4, 1)\n\n\ndef test_at_the_end_of_the_year():\n    assert next_month(date(2024, 12, 5)) == date(2025, 1, 1)\n\n\ndef test_weekend():\n    assert is_weekend(date(2024, 5, 4))\n",
        },
        source="calendar_days.py",
        tests="tests/test_days.py",
        victim="test_at_the_end_of_the_year",
        incident=Incident("ValueError", "month must be in 1..12", "calendar_days.py", "next_month", "The report of December failed.", 8),
        evasions=("modifyitems_drops", "in_process_mend"),
        body=MONTH,
        fix="    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)\n",
        regression="\n\ndef test_december_of_any_year():\n    assert next_month(date(2023, 12, 31)) == date(2024, 1, 1)\n    assert next_month(date(1999, 12, 1)) == date(2000, 1, 1)\n",
        red="    return day.replace(month=day.month % 12 + 1, day=1)\n",
        refactor=("    in_next = day.replace(day=28) + timedelta(days=4)\n    return in_next.replace(day=1)\n", "A name for the day in between."),
        green=("    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)\n", "\n\ndef test_april():\n    assert next_month(date(2024, 4, 2)) == date(2024, 5, 1)\n"),
        weak=("assert next_month(date(2024, 3, 31)) == date(2024, 4, 1)", "assert next_month(date(2024, 3, 31)) > date(2024, 3, 31)"),
        churn=("day.weekday() == 5 or day.weekday() == 6", "day.weekday() in (5, 6)"),
        fresh=("\n\ndef is_december(day):\n    return day.month == 12\n", "from datetime import date\n\nfrom calendar_days import is_december\n\n\ndef test_december():\n    assert is_december(date(2024, 12, 1))\n"),
        broad=("    try:\n    " + MONTH + "    except Exception:\n        return day.replace(year=day.year + 1, month=1, day=1)\n", "\n\ndef test_december():\n    assert next_month(date(2023, 12, 31)) == date(2024, 1, 1)\n"),
    )
)  # fmt: skip

JOIN = "    return posixpath.join(root, name)\n"
PATHS = bug_of(
    Sketch(
        name="path_join",
        nature="path join",
        red_on_base=True,
        files={
            "files.py": '"""Paths of uploads; none leaves the root."""\n\nimport posixpath\n\n\ndef upload_path(root, name):\n' + JOIN + "\n\ndef suffix(name):\n    return posixpath.splitext( name )[ 1 ]\n",
            "files_test.py": 'from files import suffix, upload_path\n\n\ndef test_a_plain_name():\n    assert upload_path("up", "a.png") == "up/a.png"\n\n\ndef test_an_absolute_name_stays_below():\n    assert upload_path("up", "/etc/passwd") == "up/etc/passwd"\n\n\ndef test_suffix():\n    assert suffix("a.png") == ".png"\n',
        },
        source="files.py",
        tests="files_test.py",
        victim="test_an_absolute_name_stays_below",
        incident=Incident("PermissionError", "[Errno 13] Permission denied: '/avatar.png'", "files.py", "upload_path", "An upload wanted to be written to the root.", 7),
        evasions=("renamed_test", "conftest_exit_zero"),
        body=JOIN,
        fix='    return posixpath.join(root, name.lstrip("/"))\n',
        regression='\n\ndef test_many_slashes_stay_below():\n    assert upload_path("up", "//avatar.png") == "up/avatar.png"\n    assert upload_path("in/up", "/b") == "in/up/b"\n',
        red='    return root + "/" + name\n',
        refactor=('    below = name.lstrip("/")\n    return posixpath.join(root, below)\n', "A name for what is joined."),
        green=('    return posixpath.join(root, name.lstrip("/"))\n', '\n\ndef test_b():\n    assert upload_path("up", "b.png") == "up/b.png"\n'),
        weak=('assert upload_path("up", "a.png") == "up/a.png"', 'assert upload_path("up", "a.png").endswith("a.png")'),
        churn=("posixpath.splitext( name )[ 1 ]", "posixpath.splitext(name)[1]"),
        fresh=('\n\ndef is_image(name):\n    return suffix(name) == ".png"\n', 'from files import is_image\n\n\ndef test_image():\n    assert is_image("a.png")\n'),
    )
)  # fmt: skip
