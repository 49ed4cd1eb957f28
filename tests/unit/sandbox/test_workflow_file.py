"""A workflow file is read whole or refused by the name of what is wrong."""

import pytest

from bot.sandbox.workflow_check import load_workflow
from bot.sandbox.workflow_file import find_types, read_yaml, sort_jobs
from bot.sandbox.workflow_values import WorkflowError

SMALL = """
name: Small
on: {repository_dispatch: {types: [go]}}
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - run: echo hi
"""


def load(text):
    return load_workflow(read_yaml(text), ".github/workflows/small.yml")


def test_words_of_yaml_1_2_stay_words():
    document = read_yaml(
        "on: push\nenv: {A: yes, B: off, C: 2025-01-01, D: 12:30, E: true, F: 1.10, G: 010, H: ~, I: }"
    )

    assert document["on"] == "push"
    assert document["env"] == {
        "A": "yes",
        "B": "off",
        "C": "2025-01-01",
        "D": "12:30",
        "E": True,
        "F": 1.1,
        "G": 10,
        "H": None,
        "I": None,
    }


@pytest.mark.parametrize(
    ("trigger", "types"),
    [
        ("on: push", None),
        ("on: repository_dispatch", frozenset()),
        ("on: [push, repository_dispatch]", frozenset()),
        ("on:\n  repository_dispatch:", frozenset()),
        ("on:\n  repository_dispatch:\n    types: go", frozenset({"go"})),
        ("on:\n  repository_dispatch:\n    types: [go, stop]\n  push:", frozenset({"go", "stop"})),
    ],
)
def test_the_dispatch_types_of_every_form_of_on_are_found(trigger, types):
    assert find_types(read_yaml(trigger)) == types


def test_a_job_says_what_it_may_or_takes_the_workflows_word():
    spec = load(
        SMALL.replace("jobs:", "permissions: {contents: write, pull-requests: read}\njobs:")
        + "  two:\n    runs-on: x\n    permissions: {}\n    needs: one\n    steps: [{run: 'true'}]\n"
    )

    assert spec.permissions == {"contents": "write", "pull_requests": "read"}
    assert spec.jobs["one"].permissions is None
    assert spec.jobs["two"].permissions == {}
    assert load(SMALL).permissions == {"contents": "read", "packages": "read", "metadata": "read"}
    assert load(SMALL.replace("jobs:", "permissions: read-all\njobs:")).permissions["pull_requests"] == "read"


def test_jobs_come_after_what_they_need():
    spec = load(
        "on: repository_dispatch\njobs:\n"
        "  last: {runs-on: x, needs: [first, middle], steps: [{run: 'true'}]}\n"
        "  middle: {runs-on: x, needs: first, steps: [{run: 'true'}]}\n"
        "  first: {runs-on: x, steps: [{run: 'true'}]}\n"
    )

    assert [job.key for job in sort_jobs(spec)] == ["first", "middle", "last"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: Small", "name: Small\nname: Twice", "'name' is given twice"),
        ("name: Small", "nmae: Small", "'nmae'"),
        ("name: Small", "name: [", "not YAML"),
        ("    steps:", "    strategy: {matrix: {a: [1]}}\n    steps:", "'strategy'"),
        ("    steps:", "    services: {}\n    steps:", "'services'"),
        ("    steps:", "    needs: two\n    steps:", "'two'"),
        ("    steps:", "    needs: one\n    steps:", "one need each other"),
        ("    steps:", "    permissions: {content: read}\n    steps:", "'content'"),
        ("    steps:", "    permissions: {contents: all}\n    steps:", "'all'"),
        ("    steps:", "    concurrency: {cancel-in-progress: true}\n    steps:", "no group"),
        ("    runs-on: ubuntu-latest\n", "", "no runs-on"),
        ("- run: echo hi", "- name: nothing", "either run or uses"),
        ("- run: echo hi", "- {run: x, uses: y@v1}", "either run or uses"),
        ("- run: echo hi", "- {run: x, with: {a: b}}", "'with'"),
        ("- run: echo hi", "- {uses: actions/cache@v4, shell: sh}", "'shell'"),
        ("- run: echo hi", "- {run: x, retries: 3}", "'retries'"),
        ("- run: echo hi", "- {run: x, id: a}\n      - {run: y, id: A}", "two steps with the id"),
        ("- run: echo hi", "- {run: x, id: 1a}", "'1a'"),
        ("- run: echo hi", "- run: echo ${{ matrix.os }}", "'matrix'"),
        ("- run: echo hi", "- run: echo ${{ shout(1) }}", "'shout'"),
        ("- run: echo hi", "- {run: x, if: a.b}", r"if: Unrecognized named-value: 'a'"),
        ("- run: echo hi", "- {run: x, if: 1 ==}", "its end"),
        ("  one:", "  1one:", "'?jobs.1one"),
        ("jobs:", "defaults: {shell: bash}\njobs:", "'shell'"),
    ],
)
def test_what_the_runner_does_not_know_is_refused_by_name(old, new, words):
    with pytest.raises(WorkflowError, match=words):
        load(SMALL.replace(old, new, 1))
