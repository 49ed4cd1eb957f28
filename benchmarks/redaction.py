"""What redaction costs: a clean line beside the usual ways, and hostile lines of 64 KB, also as messages to mask."""

import random
import string
import time
from collections.abc import Callable

from benchmarks.peers import redact_by_key_name, redact_by_loop
from benchmarks.verdicts import Row, interleaved, show
from bot.incident.message_mask import masked
from bot.logging import redact, set_known_secrets

ROUNDS = 15
SIZE = 64 * 1024
LOOP = "loop of 10 patterns"

CLEAN = (
    '{"ts":"2025-11-13T12:32:12.999Z","level":"INFO","logger":"bot.ledger.sheet","msg":"row 4217 was saved to Expenses '
    'after 2 tries and 87 ms, and the member in #general was told so","user":"alice","user_id":983725000960626656,'
    '"channel":"general","intent":"log_expense","entities":{"amount":12.5,"currency":"EUR","category":"food"},'
    '"incident_id":"inc_0123456789ab","action":"row_saved","took":0.087}'
).ljust(400)


def hostile() -> dict[str, str]:
    """Lines that a pattern may stumble over, each of one shape."""
    chance = random.Random(7)
    letters = string.ascii_letters + string.digits
    noise = "".join(chance.choice(letters) for _ in range(SIZE))
    shapes = {
        "letters": noise,
        "one letter": "a" * SIZE,
        "telling names": "password=" * (SIZE // 9),
        "names and spaces": "token : " * (SIZE // 8),
        "options": "--password " * (SIZE // 11),
        "open quotes": "secret='" * (SIZE // 8),
        "backslashes": "\\" * SIZE,
        "escaped quotes": '\\"key\\":' * (SIZE // 8),
        "keys begun": "-----BEGIN PRIVATE KEY-----" * (SIZE // 27),
        "tokens begun": "ghp_" * (SIZE // 4),
        "real tokens": ("ghp_" + "a1" * 18 + " ") * (SIZE // 41),
        "jwt dots": "eyJ" + "a." * (SIZE // 2),
        "addresses": "https://a:" * (SIZE // 10),
        "at signs": "://" + "a@" * (SIZE // 2),
        "base64 lines": (noise[:76] + "\n") * (SIZE // 77),
        "cookies": "Cookie: " + "a=b; " * (SIZE // 5),
        "percent": "%3D%22" * (SIZE // 6),
        "percent and names": "password%3D" * (SIZE // 11),
        "braces": '{"a":' * (SIZE // 5),
        "bearers": "Bearer " * (SIZE // 7),
        "dashes": "a-_." * (SIZE // 4),
        "entities": "&quot;" * (SIZE // 6),
    }
    return {name: text[:SIZE] for name, text in shapes.items()}


def many(act: Callable[[str], object], text: str, times: int = 2_000) -> Callable[[], None]:
    """The act over so many lines, no two alike and none that is remembered from the round before."""
    lines = [text.replace("4217", f"{number:04d}").replace("0123456789ab", f"{number:012x}") for number in range(times)]

    def work() -> None:
        set_known_secrets(())
        for line in lines:
            act(line)

    return work


def slowest(act: Callable[[str], object]) -> tuple[str, float]:
    """The shape that takes the act longest, and its best of five in milliseconds of CPU."""
    found = {}
    for name, text in hostile().items():
        took = []
        for _ in range(5):
            set_known_secrets(())  # nothing is remembered from the time before
            start = time.thread_time()
            act(text)
            took.append(time.thread_time() - start)
        found[name] = min(took) * 1000
    for name, took_ms in sorted(found.items(), key=lambda item: -item[1]):
        print(f"  {name:44} {took_ms:8.2f} ms")
    return max(found.items(), key=lambda item: item[1])


def rows() -> list[Row]:
    """Measure and return the verdicts."""
    seconds = interleaved(
        {
            LOOP: many(redact_by_loop, CLEAN),
            "key-name scrubber": many(redact_by_key_name, CLEAN),
            "suture: redact()": many(redact, CLEAN),
            "suture: redact() of a line seen before": many(lambda _: redact(CLEAN), CLEAN),
        },
        ROUNDS,
    )
    show("A clean line of 400 bytes", seconds, LOOP)
    print("\nHostile lines of 64 KB, redacted")
    name, worst = slowest(redact)
    print("\nThe same as messages, masked")
    shape, masking = slowest(masked)
    return [
        Row(
            "redact() of a clean line, x a loop of 10 patterns", seconds["suture: redact()"] / seconds[LOOP], 0.2, 0.08
        ),
        Row(f"the worst of {len(hostile())} hostile lines of 64 KB ({name})", worst, 15, 5, "ms"),
        Row(f"the worst of them as a message that is masked ({shape})", masking, 15, 5, "ms"),
    ]


if __name__ == "__main__":
    for row in rows():
        print(row.told())
