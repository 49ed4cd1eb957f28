"""Which patterns could run away: told from the parse tree before a pattern meets its first line."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined] # - the parse tree has no public door
from re import _parser as parser  # type: ignore[attr-defined] # - as above
from typing import Any

MAX_LINE = 2_000
"""Characters of a line that patterns are matched against."""
MOST_STEPS = 20_000_000
"""Of one pattern on one line, at worst: about a tenth of a second."""
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
BODIES = {op.MAX_REPEAT: 2, op.MIN_REPEAT: 2, op.POSSESSIVE_REPEAT: 2, op.SUBPATTERN: 3, op.ASSERT: 1, op.ASSERT_NOT: 1}
"""Where in a node its inner sequence stands."""
MANY = 10

Node = tuple[Any, Any]


class RunsAway(Exception):
    """The pattern could take too long on some line; the sentence says where, and what to write instead."""


@lru_cache(maxsize=1)  # what runs away and what is needed are asked in a row
def parsed(pattern: str) -> Sequence[Node]:
    """The pattern's parse tree. Raises re.error."""
    return list(parser.parse(pattern))


def check_runaway(pattern: str) -> None:
    """Raises RunsAway for a pattern that could take too long, re.error for one that is none."""
    nodes = parsed(pattern)
    for repeat in repeats_in(nodes):
        refuse_nested(repeat)
    if MAX_LINE * cost_of(nodes, None) > MOST_STEPS:
        raise RunsAway("several repeats without a bound could share the same text: bound them, such as .{0,80}")


def repeats_in(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every repeat of the tree, at any depth."""
    for node in nodes:
        if node[0] in REPEATS:
            yield node
        for inner in inner_of(node):
            yield from repeats_in(inner)


def inner_of(node: Node) -> list[list[Node]]:
    """The sequences inside of a node."""
    kind, value = node
    if kind is op.BRANCH:
        return [list(each) for each in value[1]]
    if kind is op.GROUPREF_EXISTS:
        return [list(each) for each in value[1:] if each]
    if kind is op.ATOMIC_GROUP:
        return [list(value)]
    at = BODIES.get(kind)
    return [] if at is None else [list(value[at])]


def refuse_nested(repeat: Node) -> None:
    """A repeat of what repeats, or of alternatives, can be tried in exponentially many ways."""
    _, high, body = repeat[1]
    if high is not op.MAXREPEAT and high <= MANY:
        return
    for inner in everything_in(list(body)):
        if inner[0] in REPEATS and inner[1][0] != inner[1][1]:
            raise RunsAway("a repeat stands inside of a repeat: write it without the outer one, or bound the outer one")
        if inner[0] is op.BRANCH:
            raise RunsAway("alternatives stand inside of a repeat: write them as one set, such as [ab], or bound it")


def everything_in(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every node, at any depth."""
    for node in nodes:
        yield node
        for inner in inner_of(node):
            yield from everything_in(inner)


def cost_of(nodes: Sequence[Node], after: Node | None, *, before: int = 1) -> int:
    """In how many ways these nodes can share a text among their repeats, at worst.

    `after` is what follows them; `before` is in how many ways what precedes them can be tried.
    """
    cost = 1
    for at, node in enumerate(nodes):
        following = nodes[at + 1] if at + 1 < len(nodes) else after
        if node[0] in REPEATS:
            cost *= ways_of(node, following, is_tried_again=before * cost > 1)
        elif inner := inner_of(node):
            cost *= max(cost_of(each, following, before=before * cost) for each in inner)
    return cost


def ways_of(repeat: Node, following: Node | None, *, is_tried_again: bool) -> int:
    """How often a repeat may give back what it took: once at the end, and where what follows cannot be what it repeats.

    One that is tried again for each way of what precedes it takes its text as often.
    """
    low, high, body = repeat[1]
    fits = len(body) == 1 and following is not None and following[0] is op.LITERAL
    is_sure = fits and not takes_any_case(body[0], chr(following[1] if following else 0))
    if following is None or (is_sure and not is_tried_again):
        return 1
    return min(int(high) - int(low) + 1, MAX_LINE)


def takes_any_case(node: Node, character: str) -> bool:
    """Whether a node of one character can be this one in either case: patterns are met without regard to it."""
    return any(takes(node, ord(each)) for each in {character, character.lower()[:1], character.upper()[:1]})


def takes(node: Node, character: int) -> bool:
    """Whether a node of one character can be this one; unsure means yes."""
    kind, value = node
    if kind is op.LITERAL:
        return bool(value == character)
    if kind is op.NOT_LITERAL:
        return bool(value != character)
    if kind is op.IN:
        negated = value[0][0] is op.NEGATE
        return any(is_in(each, character) for each in value) != negated
    return True


CATEGORIES = {op.CATEGORY_DIGIT: r"\d", op.CATEGORY_SPACE: r"\s", op.CATEGORY_WORD: r"\w"}
CATEGORIES |= {op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_NOT_WORD: r"\W"}


def is_in(member: Node, character: int) -> bool:
    """Whether a member of a set takes this character."""
    kind, value = member
    if kind is op.LITERAL:
        return bool(value == character)
    if kind is op.RANGE:
        return bool(value[0] <= character <= value[1])
    if kind is op.CATEGORY:
        return value not in CATEGORIES or re.match(CATEGORIES[value], chr(character)) is not None
    return False


Needs = tuple[frozenset[str], ...]


def needed_texts(pattern: str) -> tuple[Needs, ...]:
    """For each alternative of the pattern, sets of lower-case texts, the rarest set first.

    Every line that meets the pattern has one text of each set of one alternative.
    """
    nodes = parsed(pattern)
    alone = nodes[0] if len(nodes) == 1 else None
    alternatives = inner_of(alone) if alone is not None and alone[0] is op.BRANCH else [list(nodes)]
    return tuple(tuple(sorted(texts_of(each), key=rarity, reverse=True)) for each in alternatives)


def rarity(texts: frozenset[str]) -> int:
    """How seldom a line has one of these: the longer the shortest of them, the seldomer."""
    return min(map(len, texts))


def texts_of(nodes: Sequence[Node]) -> list[frozenset[str]]:
    """The same of a sequence: what each of its parts needs."""
    found: list[frozenset[str]] = []
    run = ""
    for node in [*nodes, (op.AT, None)]:
        if node[0] is op.LITERAL:
            run += chr(node[1])
            continue
        found += [frozenset({run.lower()})] if len(run) > 1 else []
        run = ""
        found += needed_of(node)
    return found


def needed_of(node: Node) -> list[frozenset[str]]:
    """What one node needs; of alternatives, one of the rarest texts of each."""
    kind = node[0]
    if kind is op.SUBPATTERN or (kind in REPEATS and node[1][0] > 0):
        return texts_of(inner_of(node)[0])
    if kind is op.BRANCH:
        each = [max(texts_of(inner), key=rarity, default=frozenset()) for inner in inner_of(node)]
        return [frozenset().union(*each)] if all(each) else []
    return []
