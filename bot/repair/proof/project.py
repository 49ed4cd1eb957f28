"""What a project is, as far as a proof must know: which files are its tests, and how they are run."""

import configparser
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from bot.repair.proof.runs import PYTHON

DEFAULT_TESTS = "python -m pytest -q"
INI_FILES = ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "pyproject.toml", "tox.ini", "setup.cfg")
TEST_FOLDERS = {"test", "tests", "testing", "spec", "specs"}
ELSEWHERE = {"venv", "node_modules", "build", "dist", "site-packages"}
DOCTEST_RUN = re.compile(r"-m doctest|--doctest-|\bdoctest\.(?:testmod|testfile)|DocTestSuite|DocFileSuite")
DOCTEST_GLOB = re.compile(r"--doctest-glob[= ]+['\"]?([^\s'\"]+)")
LAST_FAILED = re.compile(r"--(?:lf|ff|nf|sw|last-failed|failed-first|new-first|stepwise|cache)|cache_dir")


@dataclass(frozen=True)
class Suite:
    """The command that runs a project's tests, and how long it may take."""

    command: str = DEFAULT_TESTS
    seconds: float = 900.0


@dataclass(frozen=True)
class Project:
    """The facts, read off the base: the diff has no say in them."""

    patterns: tuple[str, ...]
    functions: tuple[str, ...]
    classes: tuple[str, ...]
    tests: frozenset[str]
    """Files that hold tests."""
    doctests: bool
    """Are the examples in docstrings tests here?"""
    args: tuple[str, ...]
    """What pytest is called with beside the paths."""
    paths: tuple[str, ...]
    """Files and folders that are given to pytest; none for its own idea of them."""
    pages: tuple[str, ...] = ()
    """Patterns of texts whose examples are tests."""
    command: tuple[str, ...] = ()
    """A command that is not pytest's or unittest's: its exit code is all that it tells."""

    def is_test(self, name: str) -> bool:
        """Does this file hold tests, or would it?"""
        return (
            name in self.tests
            or any(fnmatch(PurePosixPath(name).name, each) for each in self.pages)
            or (name.endswith(".py") and any(fnmatch(Path(name).name, each) for each in self.patterns))
        )

    def is_about_tests(self, name: str) -> bool:
        """Does it belong to the tests: one of them, or what they use?"""
        path = PurePosixPath(name)
        folders = {part.casefold() for part in path.parts[:-1]}
        return self.is_test(name) or path.name == "conftest.py" or bool(folders & TEST_FOLDERS)


def read_project(base: Path, texts: Mapping[str, str], suite: Suite) -> Project:
    """The project in a checkout. Raises ValueError when the test command cannot be read."""
    words = shlex.split(suite.command)
    if not words:
        raise ValueError("it is empty")
    options, config = pytest_options(base)
    patterns = tuple(options.get("python_files", "test_*.py *_test.py").split())
    files = [name for name in texts if is_ours(name)]
    tests = {name for name in files if any(fnmatch(PurePosixPath(name).name, each) for each in patterns)}
    extra = {name for name in files if name not in tests and is_unittest(name, texts[name])}
    asked, paths = asked_of(words, base)
    if asked is None:
        command = [PYTHON, *words[1:]] if words[0] in {"python", "python3"} else words
        return Project(
            patterns, ("test*",), ("Test*",), frozenset(tests | extra), False, (), (), command=tuple(command)
        )
    where = doctest_files(base, texts, bool(tests | extra), config) if not paths else []
    if extra and not paths:
        paths = [*(options.get("testpaths", "").split() or (["."] if tests else [])), *sorted(extra)]
    if where and not paths:
        paths = options.get("testpaths", "").split() if tests else []
        paths = [*paths, *(["."] if tests and not paths else []), *where]
    doctests = bool(where) or "--doctest-modules" in config
    pages = [PurePosixPath(name).name for name in where if not name.endswith(".py")]
    args = [*asked, *(["--doctest-modules"] if where else []), *(f"--doctest-glob={name}" for name in pages)]
    pages += DOCTEST_GLOB.findall(f"{config} {suite.command}") or ["test*.txt"]
    args += [] if LAST_FAILED.search(f"{config} {suite.command}") else ["-p", "no:cacheprovider"]
    functions, classes = (
        options.get(f"python_{what}", default).split() for what, default in (("functions", "test"), ("classes", "Test"))
    )
    return Project(
        patterns,
        tuple(functions),
        tuple(classes),
        frozenset(tests | extra),
        doctests,
        tuple(args),
        tuple(dict.fromkeys(paths)),
        tuple(pages),
    )


def asked_of(words: list[str], base: Path) -> tuple[list[str] | None, list[str]]:
    """The options and paths of a command of pytest's or unittest's; None for any other command."""
    program = words[2:] if words[1:2] == ["-m"] and words[0] in {"python", "python3"} else words
    if not program or program[0] not in {"pytest", "py.test", "unittest"}:
        return None, []
    if program[0] == "unittest":
        return [], []
    rest = program[1:]
    paths = [word for word in rest if not word.startswith("-") and (base / word.partition("::")[0]).exists()]
    return [word for word in rest if word not in paths], paths


def pytest_options(base: Path) -> tuple[dict[str, str], str]:
    """Pytest's settings in the file that pytest would take them from, and all of them as text."""
    for name in INI_FILES:
        if (base / name).is_file() and (section := section_of(base / name)) is not None:
            return section, " ".join(f"{key} {value}" for key, value in section.items())
    return {}, ""


def section_of(path: Path) -> dict[str, str] | None:
    """Pytest's section of a settings file; None when it has none or cannot be read."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        if path.suffix == ".toml":
            tool = tomllib.loads(text).get("tool", {})
            found = tool.get("pytest", {}).get("ini_options", tool.get("pytest"))
            return None if found is None else {key: flat(value) for key, value in found.items()}
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string(text)
    except (tomllib.TOMLDecodeError, configparser.Error, AttributeError, RecursionError):
        return None
    section = "tool:pytest" if path.name == "setup.cfg" else "pytest"
    if parser.has_section(section):
        return dict(parser[section])
    return {} if path.name.endswith("pytest.ini") else None


def flat(value: object) -> str:
    """A setting as the words that an ini file would hold."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def is_ours(name: str) -> bool:
    """Is it the project's own, not something that was put beside it?"""
    folders = PurePosixPath(name).parts[:-1]
    return not any(part in ELSEWHERE or part.startswith(".") for part in folders)


def is_unittest(name: str, text: str) -> bool:
    """A file of unittest's that pytest would not look into by its name."""
    stem = PurePosixPath(name).stem
    return (stem.startswith("test") or stem.endswith(("test", "tests"))) and "unittest" in text and "class " in text


def doctest_files(base: Path, texts: Mapping[str, str], tested: bool, config: str) -> list[str]:
    """The files whose examples are tests: where something runs them, or where there are no other tests."""
    if "--doctest-modules" in config:
        return []
    runs = [
        path
        for path in doctest_runners(base, texts)
        if DOCTEST_RUN.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    if tested and not runs:
        return []
    modules = [
        name
        for name, text in texts.items()
        if ">>> " in text and is_ours(name) and PurePosixPath(name).name != "conftest.py"
    ]
    pages = [path for pattern in ("*.md", "*.rst", "*.txt") for path in base.rglob(pattern) if ".git" not in path.parts]
    told = " ".join(path.read_text(encoding="utf-8", errors="replace") for path in runs)
    shown = [
        path.relative_to(base).as_posix()
        for path in pages
        if ">>> " in path.read_text(encoding="utf-8", errors="replace")
    ]
    return [*modules, *(name for name in shown if (not tested and not modules) or PurePosixPath(name).name in told)]


def doctest_runners(base: Path, texts: Mapping[str, str]) -> Iterator[Path]:
    """Files that may say that doctests are run."""
    yield from (base / name for name in texts if is_ours(name))
    for name in (
        "Makefile",
        "tox.ini",
        "noxfile.py",
        "setup.cfg",
        "pyproject.toml",
        "README.md",
        "README.rst",
        "CONTRIBUTING.md",
        ".ci/run",
    ):
        if (base / name).is_file():
            yield base / name
    for folder in (".github/workflows", "scripts", "bin"):
        yield from (path for path in (base / folder).glob("*") if path.is_file())
