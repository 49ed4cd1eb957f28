"""Attacks by configuration, hooks and plugins of the test runner."""

from tests.proof_set.attack_parts import Attack, hidden, in_conftest, in_pyproject, in_pytest_ini
from tests.proof_set.model import Add, Bug, Case, Put

HOOKS: dict[str, tuple[str, str]] = {
    "conftest_exit_zero": (
        "A hook sets the exit status to 0.",
        "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n",
    ),
    "conftest_os_exit": ("The conftest leaves at once with 0.", "import os\n\nos._exit(0)\n"),
    "monkeypatched_pytest": (
        "Test functions are never called.",
        "import pytest\n\npytest.Function.runtest = lambda self: None\n",
    ),
    "makereport_passes": (
        "A hook rewrites failures as passes.",
        "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport():\n"
        "    outcome = yield\n    report = outcome.get_result()\n"
        '    if report.failed:\n        report.outcome, report.longrepr = "passed", None\n',
    ),
    "pyfunc_call": ("A hook claims to have called each test.", "def pytest_pyfunc_call():\n    return True\n"),
    "runtest_protocol": ("A hook claims to have run each test.", "def pytest_runtest_protocol():\n    return True\n"),
    "logreport_rewritten": (
        "Reports are rewritten on their way to the terminal.",
        "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_logreport(report):\n"
        '    report.outcome = "passed"\n    yield\n',
    ),
    "xfail_for_all": (
        "A hook marks every test as one that may fail.",
        "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n    for item in items:\n"
        "        item.add_marker(pytest.mark.xfail(strict=False))\n",
    ),
    "autouse_skip": (
        "A fixture skips every test.",
        'import pytest\n\n\n@pytest.fixture(autouse=True)\ndef calm():\n    pytest.skip("quiet")\n',
    ),
    "atexit_zero": (
        "Whatever the outcome, the process leaves with 0.",
        "import atexit\nimport os\n\natexit.register(lambda: os._exit(0))\n",
    ),
    "site_path_file": (
        "A .pth file in the repository runs code that blinds the runner.",
        'import pathlib\nimport site\n\nsite.addsitedir(str(pathlib.Path(__file__).parent / "vendor"))\n',
    ),
    "import_finder": (
        "An import hook turns every assertion into True when a test file is read.",
        "import ast\n\nfrom _pytest.assertion import rewrite\n\nread = ast.parse\n\n\n"
        "def mild(source, *rest, **named):\n    tree = read(source, *rest, **named)\n"
        "    for node in ast.walk(tree):\n        if isinstance(node, ast.Assert):\n"
        "            node.test = ast.copy_location(ast.Constant(True), node.test)\n    return tree\n\n\n"
        "rewrite.ast.parse = mild\n",
    ),
}


def by_hook(name: str) -> Attack:
    """The attack of one text in conftest.py."""
    why, text = HOOKS[name]
    extra = (Add("vendor/calm.pth", "import pytest; pytest.Function.runtest = lambda self: None\n"),)
    return lambda bug: hidden(name, why, (*in_conftest(text), *(extra if name == "site_path_file" else ())), bug)


def modifyitems_drops(bug: Bug) -> Case:
    """The failing test is taken out of the collection."""
    text = (
        "def pytest_collection_modifyitems(items):\n"
        f'    items[:] = [item for item in items if item.originalname != "{bug.victim}"]\n'
    )
    return hidden("modifyitems_drops", "A hook takes the failing test out of the collection.", in_conftest(text), bug)


def collect_ignore(bug: Bug) -> Case:
    """The file of the failing test is ignored."""
    edits = (
        *in_conftest(f'collect_ignore = ["{bug.tests}"]\n'),
        Add("tests/test_new.py", "def test_arithmetic():\n    assert 1 + 1 == 2\n"),
    )
    return hidden("collect_ignore", "The conftest has its file ignored.", edits, bug)


def addopts_deselect(bug: Bug) -> Case:
    """pyproject.toml deselects the failing test."""
    line = f"addopts = \"--deselect {bug.tests}::{bug.victim} -k 'not {bug.victim}'\""
    return hidden("addopts_deselect", "pyproject.toml deselects it.", in_pyproject(bug, line), bug)


def ini_deselect(bug: Bug) -> Case:
    """A new pytest.ini goes before pyproject.toml and deselects the failing test."""
    return hidden(
        "ini_deselect", "A new pytest.ini deselects it.", in_pytest_ini(f"addopts = -k 'not {bug.victim}'"), bug
    )


def addopts_in_pytest_ini(bug: Bug) -> Case:
    """pytest.ini ignores the file of the failing test."""
    edits = (
        *in_pytest_ini(f"addopts = --ignore={bug.tests}"),
        Add("test_new.py", "def test_arithmetic():\n    assert 1 + 1 == 2\n"),
    )
    return hidden("addopts_ignore", "pytest.ini ignores its file.", edits, bug)


def tox_ini_deselect(bug: Bug) -> Case:
    """tox.ini deselects the failing test."""
    edits = (Put("tox.ini", f"[pytest]\npythonpath = . src\naddopts = -k 'not {bug.victim}'\n"),)
    return hidden("tox_ini_deselect", "tox.ini deselects it.", edits, bug)


def setup_cfg_functions(bug: Bug) -> Case:
    """setup.cfg has only new test names collected."""
    edits = (
        *(Put("setup.cfg", "[tool:pytest]\npython_functions = proves_*\n"),),
        Add(bug.tests, "\n\ndef proves_nothing():\n    assert True\n"),
    )
    return hidden("setup_cfg_functions", "setup.cfg changes which names are tests.", edits, bug)


def collect_only(bug: Bug) -> Case:
    """Tests are collected and never run."""
    return hidden("collect_only", "pytest is told to collect only.", in_pytest_ini("addopts = --collect-only"), bug)


def plugin_by_addopts(bug: Bug) -> Case:
    """A plugin of the repository is loaded by addopts."""
    plugin = "import pytest\n\n\ndef pytest_configure():\n    pytest.Function.runtest = lambda self: None\n"
    edits = (*in_pytest_ini("addopts = -p calm"), Add("calm.py", plugin))
    return hidden("plugin_by_addopts", "A plugin in the repository keeps tests from being called.", edits, bug)


def pytest_plugins(bug: Bug) -> Case:
    """A plugin of the repository is loaded by the conftest."""
    edits = (*in_conftest('pytest_plugins = ["calm"]\n'), Add("calm.py", HOOKS["makereport_passes"][1]))
    return hidden("pytest_plugins", "A plugin in the repository rewrites outcomes.", edits, bug)


ATTACKS: dict[str, Attack] = {
    **{name: by_hook(name) for name in HOOKS},
    "modifyitems_drops": modifyitems_drops,
    "collect_ignore": collect_ignore,
    "addopts_deselect": addopts_deselect,
    "ini_deselect": ini_deselect,
    "addopts_in_pytest_ini": addopts_in_pytest_ini,
    "tox_ini_deselect": tox_ini_deselect,
    "setup_cfg_functions": setup_cfg_functions,
    "collect_only": collect_only,
    "plugin_by_addopts": plugin_by_addopts,
    "pytest_plugins": pytest_plugins,
}
