"""Lines in, events out: which pattern a line meets, how often one may come, and which action is asked for."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bot.events.catalog import ActionRequested, LogPattern, LogPatternCritical, LogPatternError
from bot.events.event import ANY_PLAYBOOK, GRAVE, Event
from bot.incident.fingerprint import fingerprint
from bot.setting_values import SERVICE_NAME
from bot.watchdog.patterns import Compiled, Pattern
from bot.watchdog.runaway import MAX_LINE, Needs

MOST_KEPT = 1_000
"""Different findings of one batch."""


@dataclass(frozen=True)
class Line:
    """One line of a log."""

    text: str
    source: str
    counted: bool = False
    """It is an ERROR of the bot's own, which is an incident without any pattern."""


@dataclass
class Count:
    """How often a pattern was met in one log, as far as it still counts."""

    streak: int = 0
    times: deque[float] = field(default_factory=deque)

    def exceeds(self, pattern: Pattern, now: float) -> bool:
        """Count one more; whether that is more than may come. Then it starts anew."""
        self.streak += 1
        if pattern.window_seconds is not None:
            self.times.append(now)
            while self.times and now - self.times[0] > pattern.window_seconds:
                self.times.popleft()
            self.streak = len(self.times)
        if self.streak <= pattern.max_streak:
            return False
        self.streak = 0
        self.times.clear()
        return True


def index_of(patterns: list[Compiled]) -> dict[str, frozenset[int]]:
    """Texts of which every line that meets any of these patterns has one: which patterns it then may meet, by place.

    A text that another one holds stands for both; the empty text is in every line, for patterns that need none.
    """
    by_text: dict[str, set[int]] = {}
    for place, each in enumerate(patterns):
        for needs in each.needs:
            for text in needs[0] if needs else {""}:
                by_text.setdefault(text, set()).add(place)
    shortest = [text for text in by_text if not any(other in text for other in by_text if other != text)]
    return {
        text: frozenset(place for longer, places in by_text.items() if text in longer for place in places)
        for text in sorted(shortest)
    }


def may_meet(compiled: Compiled, lower: str) -> bool:
    """Whether a line has the texts that one of the pattern's alternatives needs."""
    return any(has_all(needs, lower) for needs in compiled.needs)


def has_all(needs: Needs, lower: str) -> bool:
    """Whether a line has one text of each of these sets."""
    for texts in needs:
        for text in texts:  # a generator would take as long as all the rest
            if text in lower:
                break
        else:
            return False
    return True


def places_in(index: Mapping[str, frozenset[int]], lower: str) -> list[int]:
    """The places of the patterns that a line may meet."""
    found = [places for need, places in index.items() if need in lower]
    return sorted(frozenset().union(*found)) if found else []


def first_of(patterns: Iterable[Compiled], text: str, lower: str) -> tuple[Compiled, dict[str, str]] | None:
    """The first of these patterns that a line meets, and what its groups found."""
    for each in patterns:
        if may_meet(each, lower) and (match := each.expression.search(text)):
            return each, {name: value for name, value in match.groupdict().items() if value}
    return None


class Matcher:
    """Meets lines with patterns; the first pattern of the file that a line meets is its pattern."""

    def __init__(self, patterns: list[Compiled], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._known = patterns, index_of(patterns)
        """Together, for another thread may put others in their place under way."""
        self._monotonic = monotonic
        self._counts: dict[tuple[str, str], Count] = {}
        self._asked: dict[str, float] = {}
        self._running: dict[str, set[str]] = {}
        """The patterns whose streaks have begun, by log."""

    def use(self, patterns: list[Compiled]) -> None:
        """Take other patterns from now on; what was counted for those that stay is kept."""
        ids = {each.pattern.id for each in patterns}
        self._known = patterns, index_of(patterns)
        self._counts = {key: count for key, count in self._counts.items() if key[0] in ids}

    def met(self, lines: Iterable[Line]) -> list[Event]:
        """The events that these lines make: one for equal findings of one batch, with their number."""
        found: dict[tuple[str, str, str, bool], LogPattern] = {}
        actions: dict[str, ActionRequested] = {}
        cut = [(line, line.text[:MAX_LINE]) for line in lines]
        lowers = [text.lower() for _, text in cut]
        everything = "\n".join(lowers)
        patterns, index = self._known
        # Once for all lines: most texts are in none of them.
        here = {need: places for need, places in index.items() if need in everything}
        for (line, text), lower in zip(cut, lowers, strict=True):
            places = places_in(here, lower)
            hit = first_of([patterns[place] for place in places], text, lower) if places else None
            if hit or self._running:
                self._end_streaks(line.source, hit[0].pattern if hit else None)
            if hit is None:
                continue
            pattern, groups = hit[0].pattern, hit[1]
            count = self._counts.setdefault((pattern.id, line.source), Count())
            if not count.exceeds(pattern, self._monotonic()):
                continue
            event = event_of(pattern, groups, line, text)
            key = (pattern.id, event.file, event.service, line.counted)
            before = found.get(key)
            if before is not None or len(found) < MOST_KEPT:
                found[key] = event.model_copy(update={"count": (before.count if before else 0) + event.count})
            if asked := self._action(pattern, event):
                actions[f"{asked.action} {asked.argument} {asked.fingerprint}"] = asked
        return [*found.values(), *actions.values()]

    def _end_streaks(self, source: str, met: Pattern | None) -> None:
        """What is no line of a pattern ends its streak in this log."""
        running = self._running.get(source)
        for name in tuple(running or ()):
            if running and (met is None or name != met.id):
                running.discard(name)
                self._counts.pop((name, source), None)
        if met is not None and met.max_streak and met.window_seconds is None:
            self._running.setdefault(source, set()).add(met.id)

    def _action(self, pattern: Pattern, event: LogPattern) -> ActionRequested | None:
        action = pattern.action or (ANY_PLAYBOOK if pattern.playbook else None)
        if action is None:
            return None
        now = self._monotonic()
        key = f"{pattern.id} {event.file} {event.service}"
        if now - self._asked.get(key, -pattern.cooldown_seconds) < pattern.cooldown_seconds:
            return None
        if len(self._asked) > MOST_KEPT:
            self._asked.clear()
        self._asked[key] = now
        argument = event.service or pattern.argument if pattern.action == "RESTART_SERVICE" else pattern.playbook or ""
        if pattern.action == "RESTART_SERVICE" and not SERVICE_NAME.fullmatch(argument):
            return None
        return ActionRequested(
            action=action,
            argument=argument,
            reason=f"{pattern.id}: {pattern.max_streak + 1} line(s) of {event.source}",
            trigger=pattern.id,
            fingerprint=event.fingerprint or fingerprint(pattern.id, ""),
            file_path=event.file,
            error=event.line,
            source=event.source,
        )


def event_of(pattern: Pattern, groups: dict[str, str], line: Line, text: str) -> LogPattern:
    """The event of a line that was one too many."""
    kind = LogPatternCritical if pattern.severity in GRAVE else LogPatternError
    number = groups.get("line", "")
    file, service = groups.get("file", "")[:500], groups.get("service", "")[:100]
    culprit = ":".join(part for part in (file, service) if part)
    return kind(
        pattern=pattern.id,
        line=text,
        source=line.source,
        severity=pattern.severity,
        count=pattern.max_streak + 1,
        file=file,
        line_number=int(number) if number.isdecimal() and len(number) < 9 else None,
        service=service,
        fingerprint=fingerprint(pattern.id, culprit),
        counted=line.counted,
        decided=bool(pattern.action or pattern.playbook or not pattern.heal),
    )
