"""The house rules that a tool can hold; each finding names the file, the line and the rule."""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import bot
from bot.logging.credential_formats import find_forms

ROOT = Path(__file__).resolve().parent.parent
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)
LONGEST_FUNCTION, MOST_PARAMETERS, LONGEST_MODULE, LONGEST_SLEEP, CHARTER_LINES = 50, 5, 300, 0.1, 3

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "service"}
BROAD = {"Exception", "BaseException"}
BROAD_PLACES = {
    ("bot/repair/order_book.py", "OrderBook._tell"),  # event delivery: a watcher that fails must not stop the order
    ("bot/events/bus.py", "Subscription._deliver"),  # event delivery: a subscriber's failure is its own
    ("bot/cogs/buttons.py", "GuardedButton.callback"),  # event delivery: discord.py would drop a click's failure
    (
        "bot/logging/ring_buffer.py",
        "RingBufferHandler.handle",
    ),  # the log handler: a log call never raises in its caller
    ("bot/logging/guard.py", "attempt"),  # the log handler's parts, as above; nothing outside logging may import it
    ("bot/supervision.py", "supervised"),  # the supervisor: what breaks in one round must not end all rounds
}
PRINTING = (
    "bot/cli/",
    "bot/app.py",
    "bot/intake/telling.py",
    "bot/standalone.py",
    "bot/starting.py",
    "bot/repair/steps.py",
    "bot/sandbox/",
)
HEAVY = {"discord", "aiohttp", "httpx", "pydantic", "sqlalchemy", "yaml"}
MOCKS = {"unittest.mock", "mock", "pytest_mock", "respx", "responses"}

# Put together from pieces, so that this file does not hold what it looks for.
REGISTRIES = re.compile("|".join([r"py" + r"pi\.org", r"python" + r"hosted\.org", r"npm" + r"js\.(org|com)"]))
MACHINE_PATHS = re.compile(r"(?<![\w.~}])/(work|farm|root|home/(?!runner\b)\w+|Users/\w+)" + "/")
COMMON_WORDS = {
    *("bearer", "basic-auth", "url-password", "url-key", "webhook-token", "interaction-token"),
    *("command-password", "password", "signature", "digest-response"),
}
"""Formats told by what stands around the secret: a test that plants one says so in plain words."""


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that is, or would be, in the repository."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if (ROOT / ".git").exists() and listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
    else:  # a downloaded archive has no repository around it
        names = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*")]
        names = [
            name for name in names if not re.match(r"(\.venv|\.\w+_cache|\.hypothesis|\.git|state|\.env$)(/|$)", name)
        ]
    files = [ROOT / name for name in names if name]
    return tuple(sorted(path for path in files if path.is_file()))


@cache
def parsed(folder: str) -> tuple[tuple[str, str, ast.Module], ...]:
    """Path from the root, text and tree of each Python file below `folder`."""
    files = [path for path in tracked_files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == folder]
    texts = [(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in files]
    return tuple((name, text, ast.parse(text, name)) for name, text in texts)


def inside(tree: ast.AST, around: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], ast.AST]]:
    """Each node below `tree`, with the names of the definitions around it."""
    for node in ast.iter_child_nodes(tree):
        yield around, node
        yield from inside(node, (*around, node.name) if isinstance(node, DEFINITION) else around)


def dotted(node: ast.AST | None) -> str:
    """`a.b` for the expression a.b or a.b(…); empty for others."""
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".removeprefix(".")
    return node.id if isinstance(node, ast.Name) else ""


def named(node: ast.expr | None) -> set[str]:
    """The last names in an expression or a tuple of them."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return {dotted(part).rpartition(".")[2] for part in parts}


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of a function's parameters, without self and cls."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    rest = [each for each in (function.args.vararg, function.args.kwarg) if each]
    return [each.arg for each in (*given, *rest) if each.arg not in {"self", "cls"}]


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether its parameters are a command's options."""
    return any(dotted(each).endswith(".command") for each in function.decorator_list)


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each comment."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def told(found: list[str], rule: str) -> str:
    """The findings and the rule they break."""
    return "\n".join([f"The rule: {rule}", *found])


def test_functions_are_short_and_take_few_parameters() -> None:
    found = []
    for path, _, tree in parsed("bot"):
        for node in ast.walk(tree):
            if not isinstance(node, FUNCTION):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                found.append(f"{path}:{node.lineno}: {node.name} is {lines} lines long")
            if len(parameters(node)) > MOST_PARAMETERS and not is_command(node):
                found.append(f"{path}:{node.lineno}: {node.name} takes {', '.join(parameters(node))}")

    assert not found, told(
        found, "a function has at most 50 lines and 5 parameters (options of commands do not count)."
    )


def test_modules_are_short_and_their_names_say_something() -> None:
    found = []
    for path, text, _ in parsed("bot"):
        lines = text.count("\n")
        if lines > LONGEST_MODULE:
            found.append(f"{path}:1: {lines} lines; split it by its nouns")
        if vague := VAGUE_NAMES.intersection(Path(path).with_suffix("").parts):
            found.append(f"{path}:1: {vague.pop()} says nothing")

    assert not found, told(
        found, f"a module has at most 300 lines and is named none of {', '.join(sorted(VAGUE_NAMES))}."
    )


def catches_everything(node: ast.ExceptHandler | ast.Call) -> bool:
    """Whether it is `except:`, `except Exception`, or `suppress(Exception)`."""
    if isinstance(node, ast.ExceptHandler):
        return node.type is None or bool(BROAD & named(node.type))
    return "suppress" in named(node.func) and any(BROAD & named(each) for each in node.args)


def broad_handlers() -> Iterator[tuple[str, int, str]]:
    """File, line and function of everything that catches every exception."""
    for path, _, tree in parsed("bot"):
        for around, node in inside(tree):
            if isinstance(node, ast.ExceptHandler | ast.Call) and catches_everything(node):
                yield path, node.lineno, ".".join(around)


def test_only_the_named_places_catch_every_exception() -> None:
    found = [
        f"{path}:{line}: {function} catches every exception"
        for path, line, function in broad_handlers()
        if (path, function) not in BROAD_PLACES
    ]

    rule = "only event delivery, the log handler's handle and the supervisor may catch every exception; name the error."
    assert not found, told(found, rule)


def test_every_named_place_still_catches_every_exception() -> None:
    gone = BROAD_PLACES - {(path, function) for path, _, function in broad_handlers()}

    assert not gone, (
        f"BROAD_PLACES in {Path(__file__).name} names places that catch nothing broad; take them out: {gone}"
    )


def test_nothing_raises_a_bare_exception() -> None:
    found = [
        f"{path}:{node.lineno}: raise {dotted(node.exc)}"
        for path, _, tree in parsed("bot")
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and dotted(node.exc) in BROAD
    ]

    assert not found, told(found, "an error is named for what is true; nothing raises Exception itself.")


def is_public(around: tuple[str, ...], name: str) -> bool:
    """Whether a definition may be used from outside its module."""
    return not any(each.startswith("_") for each in (*around, name))


def test_everything_public_has_a_docstring() -> None:
    found = []
    for path, text, tree in parsed("bot"):
        if text.strip() and not ast.get_docstring(tree):
            found.append(f"{path}:1: the module has no docstring")
        functions = {node.name for node in ast.walk(tree) if isinstance(node, FUNCTION)}
        for around, node in inside(tree):
            if not isinstance(node, DEFINITION) or not is_public(around, node.name) or functions.intersection(around):
                continue
            is_overload = any("overload" in named(each) for each in node.decorator_list)
            if not ast.get_docstring(node) and not is_overload:
                found.append(f"{path}:{node.lineno}: {'.'.join((*around, node.name))} has no docstring")

    assert not found, told(found, "each public module, class and function says in a line what it is.")


def test_every_package_has_a_charter() -> None:
    found = [
        f"{path}:1: {len((ast.get_docstring(tree) or '').splitlines())} lines"
        for path, _, tree in parsed("bot")
        if Path(path).name == "__init__.py"
        and len([line for line in (ast.get_docstring(tree) or "").splitlines() if line.strip()]) < CHARTER_LINES
    ]

    assert not found, told(
        found, "a package says in three lines what belongs in it, what does not, and who may call it."
    )


def test_only_the_command_line_prints() -> None:
    found = [
        f"{path}:{node.lineno}: print(…)"
        for path, _, tree in parsed("bot")
        if not path.startswith(PRINTING)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node) == "print"
    ]

    assert not found, told(found, "what the bot has to say goes to its log; only the command line's own parts print.")


def test_no_test_sleeps() -> None:
    found = []
    for path, _, tree in parsed("tests"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not dotted(node).endswith("sleep") or not node.args:
                continue
            seconds = node.args[0].value if isinstance(node.args[0], ast.Constant) else 0
            if isinstance(seconds, int | float) and seconds > LONGEST_SLEEP:
                found.append(f"{path}:{node.lineno}: sleeps {seconds} s")

    assert not found, told(found, "a test waits for the event it needs, never for time to pass (over 0.1 s).")


def imported_modules(node: ast.AST) -> set[str]:
    """Every module that an import statement may reach."""
    if isinstance(node, ast.Import):
        return {each.name for each in node.names}
    if isinstance(node, ast.ImportFrom):
        return {node.module or "", *(f"{node.module}.{each.name}" for each in node.names)}
    return set()


def test_no_test_mocks() -> None:
    found = [
        f"{path}:{line}: imports {', '.join(sorted(names))}"
        for path, _, tree in parsed("tests")
        for node in ast.walk(tree)
        for line, names in [(getattr(node, "lineno", 0), MOCKS & imported_modules(node))]
        if names
    ]

    assert not found, told(found, "fakes are product code (bot/sandbox); nothing is mocked.")


def asserts_something(test: ast.AST) -> bool:
    """Whether a test holds an assertion, or calls what asserts by its name."""
    calls = [dotted(node).rpartition(".")[2] for node in ast.walk(test) if isinstance(node, ast.Call)]
    return any(isinstance(node, ast.Assert) for node in ast.walk(test)) or any(
        call in {"raises", "warns"} or call.startswith(("assert_", "expect_", "check_")) for call in calls
    )


def test_every_test_asserts_something() -> None:
    found = [
        f"{path}:{node.lineno}: {node.name}"
        for path, _, tree in parsed("tests")
        for node in ast.walk(tree)
        if isinstance(node, FUNCTION) and node.name.startswith("test_") and not asserts_something(node)
    ]

    assert not found, told(found, "a test that asserts nothing promises nothing.")


def test_test_folders_are_no_packages() -> None:
    found = [f"{path}:1: take it away" for path, _, _ in parsed("tests") if Path(path).name == "__init__.py"]

    assert not found, told(found, "test folders hold no __init__.py; test files have names of their own.")


SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore)\b", re.IGNORECASE)
SAID = re.compile(r"#\s*(noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|type:\s*ignore\[[a-z-]+(,\s*[a-z-]+)*\])\s*[-#–—]\s*\S")


def test_everything_silenced_says_why() -> None:
    found = [
        f"{path}:{line}: {comment}"
        for path, text, _ in (*parsed("bot"), *parsed("tests"))
        if SILENCED.search(text)
        for line, comment in comments(text)
        if SILENCED.search(comment) and not SAID.search(comment)
    ]

    assert not found, told(
        found, "noqa and type: ignore name their code and their reason: `# noqa: ABC123 - the reason`."
    )


def test_help_is_told_without_heavy_imports() -> None:
    spoken = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in spoken.stderr.splitlines() if "|" in line}
    assert "typer" in imported
    assert not HEAVY & imported, (
        f"bot/cli/__init__.py:1: `python -m bot --help` imports {HEAVY & imported}; import them in a command."
    )


@cache
def tracked_lines() -> tuple[tuple[str, int, str], ...]:
    """File, number and text of every line in the repository, lock files' hashes aside."""
    texts = [(path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in tracked_files()]
    return tuple(
        (name, number, line)
        for name, content in texts
        if b"\0" not in content
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1)
        if not line.startswith("    --hash=sha256:")
    )


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        pytest.param(REGISTRIES, "no file names a package registry's host; pip knows it.", id="registry"),
        pytest.param(MACHINE_PATHS, "no file names a path of somebody's machine.", id="path"),
    ],
)
def test_no_file_is_tied_to_a_machine(pattern: re.Pattern[str], rule: str) -> None:
    found = [f"{name}:{number}: {line.strip()[:100]}" for name, number, line in tracked_lines() if pattern.search(line)]

    assert not found, told(found, rule)


def test_no_file_holds_anything_shaped_like_a_secret() -> None:
    found = [
        f"{name}:{number}: looks like a {kind}"
        for name, number, line in tracked_lines()
        for kind in (span.replacement[len("[redacted:") : -1] for span in find_forms(line))
        if kind not in COMMON_WORDS
    ]

    assert not found, told(
        found, "nothing is shaped like a live secret; a test puts its secrets together when it runs."
    )


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_versions_and_hashes_but_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    found = [
        f"{lock}:{number}: {line[:100]}"
        for number, line in enumerate(text.splitlines(), 1)
        if not re.match(r"[a-z0-9][a-z0-9-]*==\S+( ; .+)? \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$", line)
    ]

    assert not found, told(found, "a lock holds `name==version` and hashes, and never where to fetch them.")


@pytest.mark.parametrize(("lock", "extra"), [("requirements.lock", None), ("requirements-dev.lock", "dev")])
def test_a_lock_holds_every_dependency_of_the_project(lock: str, extra: str | None) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(project["optional-dependencies"][extra] if extra else [])]
    names = {re.split(r"[\[><=~! ]", each)[0].lower().replace("_", "-").replace(".", "-") for each in wanted}

    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))
    assert names <= locked, f"{lock}:1: {names - locked} is missing; run `make lock`."


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert bot.__version__ == project["version"], "bot/__init__.py and pyproject.toml tell different versions."


def test_every_layer_is_on_the_map() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    rows = next(each["layers"] for each in contracts if each["type"] == "layers")
    layers = [layer for row in rows for layer in row.split(" | ")]

    assert re.findall(r"^- `(\w+)`", bot.__doc__ or "", re.MULTILINE) == layers, (
        "bot/__init__.py: the map has other layers."
    )


def test_every_start_command_goes_through_the_package() -> None:
    railway = json.loads((ROOT / "railway.json").read_text(encoding="utf-8"))["deploy"]
    procfile = (ROOT / "Procfile").read_text(encoding="utf-8")

    commands = [railway["startCommand"], procfile.strip()]
    assert all(each.endswith("python -m bot run") for each in commands), (
        "`python bot/…` would shadow the stdlib's logging."
    )
    assert (railway["drainingSeconds"], railway["overlapSeconds"], railway["restartPolicyMaxRetries"]) == (15, 0, 10)
