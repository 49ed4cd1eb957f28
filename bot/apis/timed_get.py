"""How long an address of the operator's takes to answer; nothing of the answer but its status is looked at."""

import time
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Timed:
    """How an address answered, or why it did not."""

    milliseconds: float
    status: int | None
    error: str = ""


async def timed_get(url: str, seconds: float = 10.0) -> Timed:
    """Ask it once; redirects are not followed."""
    began = time.perf_counter()
    status: int | None = None
    error = ""
    try:
        async with httpx.AsyncClient(timeout=seconds, trust_env=False) as client:
            began = time.perf_counter()  # to make a client takes its time, too, and that is not the address's
            async with client.stream("GET", url) as answer:
                status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        error = f"no answer ({type(failure).__name__})"
    return Timed((time.perf_counter() - began) * 1000, status, error)
