"""`/metrics`, for Prometheus: the log, the orders, the runs, the events."""

from collections import Counter

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from bot.web.desk import Desk
from bot.web.feed import Feed
from bot.web.problems import RESPONSES

Family = CounterMetricFamily | GaugeMetricFamily


class Collected:
    """Figures that were read before they are written."""

    def __init__(self, families: list[Family]) -> None:
        self._families = families

    def collect(self) -> list[Family]:
        """The figures, as prometheus_client asks for them."""
        return self._families


def metrics_router(desk: Desk, feed: Feed) -> APIRouter:
    """The route, on this desk."""
    router = APIRouter(tags=["metrics"], responses=RESPONSES)

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """All figures, in Prometheus' text form."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Collected(await figures(desk, feed)))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


async def figures(desk: Desk, feed: Feed) -> list[Family]:
    """What is told. Raises StoreUnavailable."""
    orders: Counter[str] = Counter(order.status for order in await desk.store.orders.newest())
    runs: Counter[str] = Counter(run.status for run in await desk.store.runs.newest(limit=500))
    counts = desk.handler.counts
    return [
        labelled("suture_work_orders", "Work orders by status, of the newest 500.", "status", dict(orders)),
        labelled("suture_playbook_runs", "Runs of playbooks by status, of the newest 500.", "status", dict(runs)),
        labelled("suture_events", "Events that are kept, by name.", "name", await desk.store.events.counts()),
        CounterMetricFamily("suture_log_lines", "Log lines since the start.", value=counts.accepted),
        GaugeMetricFamily("suture_stream_readers", "Readers of the event stream.", value=feed.readers),
        CounterMetricFamily("suture_stream_evicted", "Readers that were too slow.", value=feed.evicted),
    ]


def labelled(name: str, words: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    """One figure by a label."""
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, count in sorted(values.items()):
        family.add_metric([value], count)
    return family
