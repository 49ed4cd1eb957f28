"""Workflow expressions mean here what they mean at GitHub."""

import math

import pytest

from bot.sandbox.workflow_expressions import (
    Scope,
    as_status_functions,
    check_condition,
    evaluate,
    interpolate,
    resolve,
    resolve_texts,
)
from bot.sandbox.workflow_functions import hash_files
from bot.sandbox.workflow_values import Value, WorkflowError, to_number, to_text

CONTEXTS: dict[str, Value] = {
    "github": {"event": {"client_payload": {"id": "inc_1", "n": 3, "on": True, "none": None}}, "Actor": "ada"},
    "needs": {
        "build": {"result": "success", "outputs": {"digest": "abc"}},
        "lint": {"result": "skipped", "outputs": {}},
    },
    "steps": {"a-b": {"outputs": {"x": "1"}, "outcome": "failure"}},
    "env": {"EMPTY": "", "WORD": "Hello"},
    "list": ["a", "b", {"c": 1}],
}
SCOPE = Scope(CONTEXTS)
STATUS = as_status_functions(is_success=True, is_failure=False, is_cancelled=False)
FAILED = as_status_functions(is_success=False, is_failure=True, is_cancelled=False)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'it''s'", "it's"),
        ("1", 1),
        ("-2.5e1", -25),
        ("0xff", 255),
        ("0o17", 15),
        ("true", True),
        ("null", None),
        ("github.event.client_payload.id", "inc_1"),
        ("github['event']['client_payload'].n", 3),
        ("GITHUB.actor", "ada"),
        ("github.event.nothing.at.all", None),
        ("steps.a-b.outputs.x", "1"),
        ("needs.build.outputs.digest == 'ABC'", True),
        ("list[0]", "a"),
        ("list[9]", None),
        ("list[2].c", 1),
        ("list['0']", "a"),
        ("needs.*.result", ["success", "skipped"]),
        ("needs.*.outputs.digest", ["abc"]),
        ("contains(needs.*.result, 'skipped')", True),
        ("join(needs.*.result, '-')", "success-skipped"),
        ("join(list)", "a,b,Object"),
        ("1 == '1'", True),
        ("'' == 0", True),
        ("null == ''", True),
        ("null == 0", True),
        ("true == 1", True),
        ("true == 'true'", False),
        ("'abc' == 0", False),
        ("'abc' != 0", True),
        ("'B' > 'a'", True),
        ("'b' >= 'B'", True),
        ("'10' < 9", False),
        ("2 <= '2'", True),
        ("list == list", True),
        ("fromJSON('[]') == fromJSON('[]')", False),
        ("'a' && 'b'", "b"),
        ("'' && 'b'", ""),
        ("'' || 'b'", "b"),
        ("!''", True),
        ("!!'0'", True),
        ("!fromJSON('[]')", False),
        ("1 < 2 == true", True),
        ("true || false && false", True),
        ("(true || false) && false", False),
        ("!false == true", True),
        ("env.EMPTY || env.WORD", "Hello"),
        ("contains('Hello', 'ELL')", True),
        ("startsWith('Hello', 'he')", True),
        ("endsWith('Hello', 'LO')", True),
        ("format('{0} {{{1}}} {0}', 'a', 2)", "a {2} a"),
        ("toJSON(needs.lint)", '{\n  "result": "skipped",\n  "outputs": {}\n}'),
        ("fromJSON('{\"a\": [1, null]}').a[0]", 1),
        ("fromJSON('1.5')", 1.5),
    ],
)
def test_an_expression_has_githubs_value(source, value):
    assert evaluate(source, SCOPE) == value


def test_nan_is_false_and_equals_nothing():
    assert evaluate("NaN || 'else'", SCOPE) == "else"
    assert evaluate("NaN == NaN", SCOPE) is False
    assert math.isnan(to_number("1_000"))
    assert to_number(" 12 ") == 12


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "true"), (3.0, "3"), (0.5, "0.5"), ([1], "Array"), ({}, "Object"), (float("inf"), "Infinity")],
)
def test_a_value_looks_in_a_text_as_at_github(value, text):
    assert to_text(value) == text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("matrix.os", "Unrecognized named-value: 'matrix'"),
        ("shout('a')", "function shout"),
        ("success()", "success"),
        ("contains('a')", "contains takes 2 to 2"),
        ("format('{1}', 'a')", r"no argument for '\{1\}'"),
        ("fromJSON('{')", "fromJSON cannot read"),
        ("1 +", r"'\+'"),
        ("a = b", "'= b'"),
        ("'open", "'open"),
        ("github.", "its end"),
        ("(1", "its end"),
        ("1 2", "'2'"),
    ],
)
def test_what_is_not_understood_is_an_error_that_names_it(source, words):
    with pytest.raises(WorkflowError, match=words):
        evaluate(source, SCOPE)


def test_a_text_is_filled_in_and_braces_in_strings_close_nothing():
    text = "run ${{ github.event.client_payload.id }} ${{ '}}' }}${{ github.nothing }}!"

    assert interpolate(text, SCOPE) == "run inc_1 }}!"


def test_an_expression_that_is_never_closed_is_an_error():
    with pytest.raises(WorkflowError, match="does not close"):
        interpolate("${{ github.actor", SCOPE)


def test_a_value_that_is_one_expression_keeps_its_kind():
    block: dict[str, Value] = {
        "n": "${{ github.event.client_payload.n }}",
        "s": "n=${{ 3 }}",
        "deep": ["${{ true }}", 7],
    }

    assert resolve(block, SCOPE) == {"n": 3, "s": "n=3", "deep": [True, 7]}
    assert resolve_texts({"on": True, "n": 1.0, "e": "${{ null }}"}, SCOPE) == {"on": "true", "n": "1", "e": ""}


@pytest.mark.parametrize(
    ("condition", "after_success", "after_failure"),
    [
        (None, True, False),
        ("", True, False),
        (True, True, False),
        (False, False, False),
        ("always()", True, True),
        ("failure()", False, True),
        ("${{ !cancelled() }}", True, True),
        ("env.WORD == 'hello'", True, False),
        ("${{ env.WORD == 'hello' }}", True, False),
        ("failure() || success()", True, True),
        ("always() && env.EMPTY", False, False),
        ("contains(fromJSON('[true]'), failure())", False, True),
        ("'failure()' && false", False, False),
    ],
)
def test_a_condition_asks_for_success_unless_it_asks_about_status(condition, after_success, after_failure):
    assert check_condition(condition, SCOPE.with_functions(STATUS)) is after_success
    assert check_condition(condition, SCOPE.with_functions(FAILED)) is after_failure


def test_a_condition_that_github_would_always_take_as_true_is_refused():
    with pytest.raises(WorkflowError, match="always true"):
        check_condition("${{ env.WORD }} == 'x'", SCOPE.with_functions(STATUS))


def test_status_functions_take_no_arguments():
    with pytest.raises(WorkflowError, match="no arguments"):
        check_condition("success('build')", SCOPE.with_functions(STATUS))


def test_hash_files_is_of_the_content_and_empty_without_files(make_tree):
    tree = make_tree({"a/one.lock": "1", "two.lock": "2", "b.txt": "3"})
    both = hash_files(tree, ["**/*.lock"])

    (tree / "b.txt").write_text("changed")
    assert hash_files(tree, ["**/*.lock"]) == both != ""
    (tree / "two.lock").write_text("changed")
    assert hash_files(tree, ["**/*.lock"]) != both
    assert hash_files(tree, ["*.none"]) == ""
    with pytest.raises(WorkflowError, match=r"\.\./up"):
        hash_files(tree, ["../up"])
