"""Two projects whose tests are examples: in a text beside the code, and in docstrings."""

from tests.proof_set.model import Add, Bug, Incident, Swap, Variant

SRC, TEXT = "average.py", "docs/usage.txt"
BODY = "    return sum(values) // len(values)\n"
INI = '[tool.pytest.ini_options]\npythonpath = ["."]\n'
FIX = Swap(SRC, BODY, "    return sum(values) / len(values)\n")
EXAMPLE = ">>> average([1, 2])\n1.5\n"

INTEGER_DIVISION = Bug(
    name="integer_division",
    nature="integer division",
    runner="doctest",
    files={
        "pyproject.toml": INI + 'testpaths = ["docs"]\naddopts = "--doctest-glob=*.txt"\n',
        SRC: '"""Averages."""\n\n\ndef average(values):\n' + BODY + "\n\ndef spread(values):\n    return max( values )-min( values )\n",
        TEXT: "Averages\n========\n\n>>> from average import average, spread\n>>> int(average([2, 4]))\n3\n\n>>> spread([1, 5])\n4\n",
    },
    source=SRC,
    tests=TEXT,
    victim="usage.txt",
    fix=(FIX,),
    regression=(Add(TEXT, "\nHalves are kept:\n\n" + EXAMPLE + "\n>>> average([0, 0, 1, 0])\n0.25\n"),),
    red=(Swap(SRC, BODY, "    return sum(values) % len(values)\n"),),
    incident=Incident("AssertionError", "1 != 1.5", SRC, "average", "The average of 1 and 2 was told as 1.", 5),
    variants=(
        Variant("wrong_green", (Swap(SRC, BODY, "    return int(sum(values) / len(values))\n"), Add(TEXT, "\n>>> average([6])\n6\n"))),
        Variant("right_refactor", (Swap(SRC, BODY, "    total = sum(values)\n    return total / len(values)\n"),), "A name for the sum, in the line that was wrong."),
        Variant("deletes_test", (FIX, Add(TEXT, "\n" + EXAMPLE), Swap(TEXT, ">>> spread([1, 5])\n4\n", ""))),
        Variant("adds_skip", (FIX, Add(TEXT, "\n" + EXAMPLE), Swap(TEXT, ">>> spread([1, 5])\n", ">>> spread([1, 5])  # doctest: +SKIP\n"))),
        Variant("weakens_assert", (Swap(TEXT, ">>> spread([1, 5])\n4\n", ">>> spread([1, 5])  # doctest: +ELLIPSIS\n4...\n"),)),
        Variant("overfit", (Swap(SRC, BODY, "    if values == [1, 2]:\n        return 1.5\n" + BODY), Add(TEXT, "\n" + EXAMPLE))),
        Variant("churn", (Swap(SRC, "max( values )-min( values )", "max(values) - min(values)"),)),
        Variant("flaky", (FIX, Add(TEXT, "\n" + EXAMPLE + "\n>>> import random\n>>> random.random() < 0.4\nTrue\n"))),
        Variant("import_error_test", (Add(SRC, "\n\ndef half(value):\n    return value / 2\n"), Add("docs/half.txt", ">>> from average import half\n>>> half(1)\n0.5\n"))),
        Variant(
            "broad_except",
            (Swap(SRC, BODY, "    try:\n        return sum(values) / len(values)\n    except Exception:\n        return 0\n"), Add(TEXT, "\n" + EXAMPLE)),
            "Mended, but everything else that goes wrong is silenced.",
        ),
    ),
    evasions=("conftest_exit_zero", "sitecustomize"),
)  # fmt: skip

DOC_SRC = "mean.py"
DOC_BODY = "    return sum(values) / len(values)\n"
DOC_FIX = Swap(DOC_SRC, DOC_BODY, "    return sum(values) / len(values) if values else 0.0\n")
DOC_OLD = "    >>> mean([1, 3])\n    2.0\n"
DOC_NEW = Swap(DOC_SRC, DOC_OLD, DOC_OLD + "    >>> mean([])\n    0.0\n")

EMPTY_MEAN = Bug(
    name="empty_mean",
    nature="division by zero",
    runner="doctest",
    files={
        "pyproject.toml": INI + 'addopts = "--doctest-modules"\n',
        DOC_SRC: f'"""Means."""\n\n\ndef mean(values):\n    """The mean of numbers; nothing has the mean 0.\n\n{DOC_OLD}    """\n{DOC_BODY}'
        '\n\ndef double(value):\n    """Twice the value.\n\n    >>> double(2)\n    4\n    """\n    return value*2\n',
    },
    source=DOC_SRC,
    tests=DOC_SRC,
    victim="mean.mean",
    fix=(DOC_FIX,),
    regression=(DOC_NEW,),
    red=(Swap(DOC_SRC, DOC_BODY, "    return sum(values) / max(len(values), 3)\n"),),
    incident=Incident("ZeroDivisionError", "division by zero", DOC_SRC, "mean", "/stats failed in an empty channel.", 10),
    variants=(
        Variant("wrong_green", (Swap(DOC_SRC, DOC_BODY, "    return sum(list(values)) / len(values)\n"), Swap(DOC_SRC, DOC_OLD, DOC_OLD + "    >>> mean([5])\n    5.0\n"))),
        Variant("deletes_test", (DOC_FIX, DOC_NEW, Swap(DOC_SRC, "    >>> double(2)\n    4\n", ""))),
        Variant("adds_skip", (DOC_FIX, DOC_NEW, Swap(DOC_SRC, "    >>> double(2)\n", "    >>> double(2)  # doctest: +SKIP\n"))),
        Variant("broad_except", (DOC_NEW, Swap(DOC_SRC, DOC_BODY, "    try:\n    " + DOC_BODY + "    except Exception:\n        return 0.0\n"))),
        Variant("churn", (Swap(DOC_SRC, "    return value*2\n", "    doubled = value + value\n    return doubled\n"),)),
    ),
    evasions=("conftest_os_exit", "atexit_zero"),
)  # fmt: skip
