"""What every agent that is asked over HTTP shares: which phase an order is in, and errors in the port's words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bot.agents.agent import AgentRefused, AgentUnavailable, OutcomeUnknown
from bot.apis import http
from bot.records.work_order import Phase, WorkOrder


def phase_of(order: WorkOrder) -> Phase:
    """The phase whose request is to be looked at."""
    return "publish" if order.status == "publishing" else "propose"


@contextmanager
def in_our_words(service: str, remedies: Mapping[int, str]) -> Iterator[None]:
    """Turn a service's errors into the port's; `remedies` tells what to mend, by status."""
    try:
        yield
    except http.Unreachable as error:
        raise AgentUnavailable(str(error)) from error
    except http.OutcomeUnknown as error:
        raise OutcomeUnknown(str(error)) from error
    except http.Answered as error:
        if error.status >= 500 and error.retry_after is None:  # a gateway gave up; behind it the request may live on
            raise OutcomeUnknown(f"{service} {error}.") from error
        if error.may_pass:
            raise AgentUnavailable(f"{service} {error}.", error.retry_after or 0.0) from error
        raise AgentRefused(f"{service} {error}. {remedies.get(error.status, '')}".strip()) from error
