"""Code that asks where it runs: it may be right in a proof and nowhere else."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from bot.repair.proof.flags import Flag
from bot.repair.proof.project import Project
from bot.repair.proof.questions import questions
from bot.repair.proof.signs import top_modules
from bot.repair.proof.syntax import form, full_name, imported, new_nodes, parse, shown
from bot.repair.proof.trees import Change

HERE = re.compile(
    r"sys\.(?:flags|dont_write_bytecode|argv|orig_argv|executable|prefix|base_prefix|exec_prefix|path|warnoptions"
    r"|_xoptions|getprofile|gettrace|implementation|(?:std(?:in|out|err)|__std(?:in|out|err)__)\.(?:isatty|fileno|name))"
    r"|os\.(?:getpid|getppid|getuid|geteuid|getgid|getegid|getlogin|getcwdb?|uname|cpu_count|getsid|getpgrp)"
    r"|(?:pathlib\.)?Path\.(?:cwd|home)|platform\.\w+|socket\.(?:gethostname|getfqdn)|getpass\.getuser|warnings\.filters"
    r"|threading\.(?:active_count|enumerate|current_thread|main_thread|gettrace|getprofile)|tempfile\.gettempdirb?"
    r"|logging\.(?:root|lastResort|getLogger\.handlers)|__debug__|site\..*|sysconfig\..*|psutil\..*"
)
"""Names, in full, that answer otherwise in a proof than in the bot's life."""
OURS = re.compile(
    r"CI|HOME|TMPDIR|TMP|TEMP|LC_\w+|LANG|PATH|PWD|USER|LOGNAME|SHELL|TERM|PYTHON\w*|HOSTNAME|VIRTUAL_ENV"
)
PLACES = re.compile(r"(?:^|/)(?:tests?|testing)(?:/|$)|(?:^|/)test_\w*|^/(?:proc|sys|dev|tmp|home|root)\b|\.dockerenv")
NOW = re.compile(
    r"(?:time\.(?:time(?:_ns)?|localtime|gmtime|strftime|ctime)|(?:datetime\.)*(?:datetime|date)\.(?:now|utcnow|today))"
)
MOMENT = re.compile(r"(?:datetime\.)*(?:datetime|date)(?:\.fromisoformat|\.fromtimestamp)?")
LATE = 1_000_000
"""A number as large as this, beside a clock, is a moment and no duration."""


def whereabouts(changes: Sequence[Change], project: Project, texts: Mapping[str, str]) -> list[Flag]:
    """Everything of this kind that a diff brings."""
    found: list[Flag] = []
    touched = {each.name.rpartition("/")[2] for each in changes if not project.is_about_tests(each.name)}
    for change in changes:
        after = parse(change.after) if change.name.endswith(".py") else None
        if after is None:
            continue
        if project.is_about_tests(change.name):
            found += questions(change, after, top_modules(texts), touched)
        else:
            found += [*surroundings(change, after), *moments(change, after), *counters(change, after)]
    return found


def surroundings(change: Change, after: ast.Module) -> Iterator[Flag]:
    """The process, the user, the folder or the variables are asked where they were not before."""
    names = imported(after)
    docstrings = {id(node.value) for node in ast.walk(after) if isinstance(node, ast.Expr)}
    before = parse(change.before)
    used = {full_name(node, imported(before)) for node in ast.walk(before)} if before else set()
    plain = {id(each) for node in ast.walk(after) if reads_variable(node, names) for each in ast.walk(node)}
    for node in new_nodes(change.before, after):
        name = full_name(node, names) if isinstance(node, ast.Name | ast.Attribute) else ""
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if (
            (HERE.fullmatch(name) and name not in used)
            or (name == "os.environ" and id(node) not in plain)
            or (text and id(node) not in docstrings and PLACES.search(text))
            or asks_variable(node, names)
        ):
            yield Flag(2, "environment-asked", f"{change.name}:{getattr(node, 'lineno', 1)}", shown(node))


def reads_variable(node: ast.AST, names: dict[str, str]) -> list[ast.expr]:
    """The name of the variable that an expression reads, in a list; an empty one when it reads none."""
    if isinstance(node, ast.Subscript) and full_name(node.value, names) == "os.environ":
        return [node.slice]
    if isinstance(node, ast.Call) and full_name(node.func, names) in {"os.getenv", "os.environ.get"}:
        return node.args[:1]
    if isinstance(node, ast.Compare) and any(full_name(each, names) == "os.environ" for each in node.comparators):
        return [node.left]
    return []


def asks_variable(node: ast.AST, names: dict[str, str]) -> bool:
    """Is a variable read that says where the code runs, or one whose name is not to be seen?"""
    return any(
        not (isinstance(key, ast.Constant) and isinstance(key.value, str)) or OURS.fullmatch(key.value)
        for key in reads_variable(node, names)
    )


def moments(change: Change, after: ast.Module) -> Iterator[Flag]:
    """The clock is compared with a moment that stands in the code: then it is right for a time only."""
    names = imported(after)
    clocks = {
        target.id
        for node in ast.walk(after)
        if isinstance(node, ast.Assign) and tells_time(node.value, names)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in new_nodes(change.before, after):
        if not isinstance(node, ast.Compare):
            continue
        inside = list(ast.walk(node))
        reads = tells_time(node, names) or any(isinstance(each, ast.Name) and each.id in clocks for each in inside)
        if reads and any(is_moment(each, names) for each in inside):
            yield Flag(2, "right-for-a-time", f"{change.name}:{node.lineno}", shown(node))


def tells_time(node: ast.AST, names: dict[str, str]) -> bool:
    """Is the clock read in it?"""
    calls = (each for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(NOW.fullmatch(full_name(each.func, names)) for each in calls)


def is_moment(node: ast.AST, names: dict[str, str]) -> bool:
    """Is it a moment: a date out of constants, a late number, a date as text, or a year?"""
    if isinstance(node, ast.Call) and MOMENT.fullmatch(full_name(node.func, names)):
        return bool(node.args) and all(isinstance(each, ast.Constant) for each in node.args)
    if isinstance(node, ast.Attribute):
        return node.attr in {"year", "tm_year"}
    if not isinstance(node, ast.Constant):
        return False
    value = node.value
    if isinstance(value, str):
        return re.match(r"\d{4}-\d\d", value) is not None
    return isinstance(value, int | float) and value >= LATE


def counters(change: Change, after: ast.Module) -> Iterator[Flag]:
    """The code counts how often it was called."""
    names = imported(after)
    before = {form(node) for node in ast.walk(tree)} if (tree := parse(change.before)) else set()
    for node in after.body:
        if isinstance(node, ast.Assign) and form(node) not in before:
            value = node.value
            if isinstance(value, ast.Call) and full_name(value.func, names) in {"itertools.count", "iter"}:
                yield Flag(2, "counts-its-calls", f"{change.name}:{node.lineno}", shown(node))
