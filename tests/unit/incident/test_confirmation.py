"""Confirm tokens: one use, one diff, ten minutes, and few guesses."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events.catalog import LogPatternCritical
from bot.healing.reactions import wanted_of
from bot.incident.confirmation import LOCK, TOKEN_LIFE, WRONG_TRIES, Binding, ConfirmationRefused, Confirmations
from bot.watchdog.matching import Line, Matcher
from bot.watchdog.patterns import SHIPPED, read_patterns
from tests.factories import ADMIN, GUILD, OTHER_ADMIN, Clock

BINDING = Binding(
    order_id="wo_20260105_0001",
    incident_id="inc_0123456789ab",
    diff_sha256="a" * 64,
    base_sha="b" * 40,
    guild_id=GUILD,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def confirmations(clock: Clock) -> Confirmations:
    return Confirmations(clock.monotonic)


def is_refused(confirmations: Confirmations, token: str, person: int = ADMIN, guild_id: int | None = GUILD) -> str:
    """The sentence with which the token is refused."""
    with pytest.raises(ConfirmationRefused) as refused:
        confirmations.redeem(token, person=person, guild_id=guild_id)
    return str(refused.value)


def test_a_token_gives_back_what_it_was_issued_for(confirmations: Confirmations) -> None:
    issued = confirmations.issue(BINDING)

    assert confirmations.redeem(issued.token, person=ADMIN, guild_id=GUILD) == BINDING


def test_a_token_holds_128_random_bits_and_never_repeats(confirmations: Confirmations) -> None:
    tokens = {confirmations.issue(BINDING).token for _ in range(500)}

    assert len(tokens) == 500
    assert all(re.fullmatch(r"sut-[a-z2-7]{26}", token) for token in tokens)


def test_a_token_is_kept_nowhere_but_as_a_hash(confirmations: Confirmations) -> None:
    token = confirmations.issue(BINDING).token

    assert token.removeprefix("sut-") not in repr(vars(confirmations))


def test_a_token_is_for_one_use(confirmations: Confirmations) -> None:
    token = confirmations.issue(BINDING).token
    confirmations.redeem(token, person=ADMIN, guild_id=GUILD)

    assert "used already" in is_refused(confirmations, token)
    assert "used already" in is_refused(confirmations, token, person=OTHER_ADMIN)


def test_clicking_twice_is_no_wrong_try(confirmations: Confirmations) -> None:
    token = confirmations.issue(BINDING).token
    confirmations.redeem(token, person=ADMIN, guild_id=GUILD)
    for _ in range(WRONG_TRIES + 1):
        assert "used already" in is_refused(confirmations, token)

    assert confirmations.redeem(confirmations.issue(BINDING).token, person=ADMIN, guild_id=GUILD) == BINDING


def test_a_token_lives_ten_minutes_and_not_a_second_more(confirmations: Confirmations, clock: Clock) -> None:
    old = confirmations.issue(BINDING).token
    clock.forward(1)
    young = confirmations.issue(BINDING).token
    clock.forward(TOKEN_LIFE.total_seconds() - 1)

    assert "expired" in is_refused(confirmations, old)
    assert confirmations.redeem(young, person=ADMIN, guild_id=GUILD) == BINDING


def test_an_expired_token_stays_expired_when_the_clock_goes_back(confirmations: Confirmations, clock: Clock) -> None:
    token = confirmations.issue(BINDING).token
    clock.forward(TOKEN_LIFE.total_seconds())
    is_refused(confirmations, token)
    clock.ticks -= 3600

    assert is_refused(confirmations, token)


def test_a_restart_ends_all_tokens(confirmations: Confirmations, clock: Clock) -> None:
    token = confirmations.issue(BINDING).token

    assert "restarted" in is_refused(Confirmations(clock.monotonic), token)


@pytest.mark.parametrize("guild", [GUILD + 1, 0, None])
def test_a_token_is_refused_outside_its_guild_without_being_used_up(
    confirmations: Confirmations, guild: int | None
) -> None:
    token = confirmations.issue(BINDING).token

    assert "not valid" in is_refused(confirmations, token, guild_id=guild)
    assert confirmations.redeem(token, person=ADMIN, guild_id=GUILD) == BINDING


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1],
        lambda token: token + "a",
        lambda token: token.upper(),
        lambda token: token.removeprefix("sut-"),
        lambda token: token.replace("-", "\N{EN DASH}"),
        lambda token: token.replace("s", "\N{CYRILLIC SMALL LETTER DZE}", 1),
        lambda token: token[:8] + "\u200b" + token[8:],
        lambda token: token + "\x00",
        lambda token: "",
        lambda token: "\ud800",
        lambda token: "inc_0123456789ab",
    ],
)
def test_a_token_that_is_not_quite_it_is_refused(confirmations: Confirmations, spoil: Callable[[str], str]) -> None:
    token = confirmations.issue(BINDING).token

    assert "not valid" in is_refused(confirmations, spoil(token))


def test_the_refusal_does_not_say_which_kind_of_wrong_it_was(confirmations: Confirmations, clock: Clock) -> None:
    expired = confirmations.issue(BINDING).token
    clock.forward(TOKEN_LIFE.total_seconds())
    foreign = confirmations.issue(BINDING).token

    told = {
        is_refused(confirmations, expired),
        is_refused(confirmations, foreign, guild_id=1),
        is_refused(confirmations, "sut-never"),
    }

    assert len(told) == 1


def test_withdrawing_ends_the_tokens_of_one_order_only(confirmations: Confirmations) -> None:
    one, two = confirmations.issue(BINDING).token, confirmations.issue(BINDING).token
    other = confirmations.issue(replace(BINDING, order_id="wo_20260105_0002")).token

    confirmations.withdraw(BINDING.order_id)

    assert is_refused(confirmations, one)
    assert is_refused(confirmations, two)
    assert confirmations.redeem(other, person=ADMIN, guild_id=GUILD).order_id == "wo_20260105_0002"


def test_five_wrong_tries_lock_a_person_even_out_of_the_right_token(confirmations: Confirmations) -> None:
    token = confirmations.issue(BINDING).token
    for _ in range(WRONG_TRIES):
        assert "not valid" in is_refused(confirmations, "sut-guess")

    assert "locked" in is_refused(confirmations, token)
    assert confirmations.redeem(token, person=OTHER_ADMIN, guild_id=GUILD) == BINDING


def test_people_are_alerted_of_a_lock(confirmations: Confirmations, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(WRONG_TRIES):
        is_refused(confirmations, "sut-guess")

    (event,) = Matcher(read_patterns(SHIPPED)).met([Line(line, "bot.log") for line in caplog.messages])
    assert isinstance(event, LogPatternCritical)
    assert wanted_of(event) is None


def test_a_lock_lasts_fifteen_minutes_from_the_last_wrong_try(confirmations: Confirmations, clock: Clock) -> None:
    for _ in range(WRONG_TRIES):
        is_refused(confirmations, "sut-guess")
        clock.forward(60)
    last = clock.ticks - 60

    while clock.ticks + 30 < last + LOCK.total_seconds():
        assert "locked" in is_refused(confirmations, "sut-guess")
        clock.forward(30)
    clock.forward(31)
    token = confirmations.issue(BINDING).token

    assert confirmations.redeem(token, person=ADMIN, guild_id=GUILD) == BINDING


def test_the_lock_says_how_long_it_really_lasts(confirmations: Confirmations, clock: Clock) -> None:
    for _ in range(WRONG_TRIES):
        is_refused(confirmations, "sut-guess")
    clock.forward(60)

    assert "14 more minute(s)" in is_refused(confirmations, "sut-guess")


def test_a_right_token_forgets_the_wrong_ones(confirmations: Confirmations) -> None:
    for _ in range(3):
        for _ in range(WRONG_TRIES - 1):
            assert "not valid" in is_refused(confirmations, "sut-guess")
        assert confirmations.redeem(confirmations.issue(BINDING).token, person=ADMIN, guild_id=GUILD) == BINDING


def test_of_many_guesses_only_five_are_looked_at(confirmations: Confirmations) -> None:
    sentences = [is_refused(confirmations, f"sut-{number}") for number in range(2000)]

    assert sum("not valid" in sentence for sentence in sentences) == WRONG_TRIES


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
@settings(max_examples=100)
def test_no_guess_is_ever_right_and_none_breaks_anything(guess: str) -> None:
    confirmations = Confirmations(Clock().monotonic)
    confirmations.issue(BINDING)

    assert "not valid" in is_refused(confirmations, guess)
