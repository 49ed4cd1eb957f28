"""What one log call costs: redacted, as JSON and kept in the ring, beside what others do without any of it."""

import json
import subprocess
import sys

if "--without-orjson" in sys.argv:  # before anything imports it
    sys.modules["orjson"] = None  # type: ignore[assignment]

from benchmarks.peers import Log, by_stdlib, peers, reference
from benchmarks.verdicts import Row, interleaved, show
from benchmarks.workload import Call, workload
from bot.logging import RingBufferHandler

ROUNDS = 9
REF = "python-json-logger (REF)"
OURS = "suture: redacted, JSON, ring"


def ours() -> Log:
    """A ring without a stream, as a library would be measured."""
    return by_stdlib(RingBufferHandler(), "ours")


def compared(logs: dict[str, Log], calls: list[Call], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds for all calls."""

    def all_calls(log: Log) -> None:
        for call in calls:
            log(call)

    return interleaved({name: lambda log=log: all_calls(log) for name, log in logs.items()}, rounds)


def ratio() -> float:
    """Ours beside the reference, over the full mix."""
    seconds = compared({REF: reference(), OURS: ours()}, workload())
    return seconds[OURS] / seconds[REF]


def ratio_without_orjson() -> float:
    """The same in a process that has no orjson."""
    command = [sys.executable, "-m", "benchmarks.log_engine", "--without-orjson"]
    return float(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def rows() -> list[Row]:
    """Measure, print the peers, and return the verdicts."""
    full = compared({**peers(), OURS: ours()}, workload())
    show("A log call, full mix", full, REF)
    plain = compared({**peers(), OURS: ours()}, workload(tracebacks=False))
    show("A log call, without tracebacks", plain, REF)
    return [
        Row("redact + JSON + ring, full mix, x REF", full[OURS] / full[REF], 0.55, 0.45),
        Row("the same without tracebacks, x REF", plain[OURS] / plain[REF], 0.95, 0.75),
        Row("without orjson, full mix, x REF", ratio_without_orjson(), 0.75, 0.65),
    ]


if __name__ == "__main__":
    if "--without-orjson" in sys.argv:
        print(ratio())
    else:
        for row in rows():
            print(row.told())
