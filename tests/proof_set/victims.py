"""Hurts a test that exists: deletes it, skips it, expects it to fail, or makes it pass by chance only."""

import ast

Function = ast.FunctionDef | ast.AsyncFunctionDef

SKIPS = {
    "pytest": (
        ("import pytest", '@pytest.mark.skip(reason="later")', ""),
        ("import pytest", "@pytest.mark.skipif(True, reason='slow here')", ""),
        ("import pytest", "", 'pytest.skip("not now")'),
        ("import unittest", '@unittest.skip("later")', ""),
    ),
    "unittest": (
        ("import unittest", '@unittest.skip("later")', ""),
        ("import unittest", "", 'self.skipTest("not now")'),
        ("import unittest", '@unittest.skipUnless(False, "later")', ""),
    ),
}
XFAILS = {
    "pytest": (
        ("import pytest", '@pytest.mark.xfail(reason="known", strict=False)', ""),
        ("import pytest", "@pytest.mark.xfail", ""),
        ("import pytest", "", 'pytest.xfail("known")'),
    ),
    "unittest": (("import unittest", "@unittest.expectedFailure", "self.assertTrue(False)"),),
}
CHANCES = (
    "import random\n\nassert random.random() < 0.4",
    "import time\n\nassert time.time_ns() // 1000 % 10 < 4",
    "import os\n\nassert os.urandom(1)[0] < 100",
    "import uuid\n\nassert uuid.uuid4().int % 10 < 4",
    "import secrets\n\nassert secrets.randbelow(10) != 0 and secrets.randbelow(10) < 5",
)
"""Each holds in about four of ten runs: five green runs in a row are one in a hundred."""


def find(text: str, name: str) -> Function:
    """The test function `name`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function) and node.name == name:
            return node
    raise LookupError(f"There is no test {name}.")


def without(text: str, name: str) -> str:
    """The file without the test."""
    lines, node = text.splitlines(keepends=True), find(text, name)
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
    while first > 0 and not lines[first - 1].strip():
        first -= 1
    return "".join([*lines[:first], *lines[node.end_lineno :]])


def hurt(text: str, name: str, way: tuple[str, str, str]) -> str:
    """The file with an import, a decorator and a first statement for the test; each may be empty."""
    needed, decorator, statement = way
    lines, node = text.splitlines(keepends=True), find(text, name)
    margin = " " * node.col_offset
    if statement:
        body = node.body[0].lineno - 1
        lines.insert(body, f"{margin}    {statement}\n")
    if decorator:
        lines.insert(node.lineno - 1, f"{margin}{decorator}\n")
    return "".join(lines) if needed in text.splitlines() else f"{needed}\n" + "".join(lines)


def by_chance(text: str, statements: str) -> str:
    """The file with statements at the end of its last test."""
    margin = " " * (len(last := text.rstrip("\n").splitlines()[-1]) - len(last.lstrip()))
    return text + "".join(f"{margin}{line}\n" if line else "\n" for line in statements.splitlines())
