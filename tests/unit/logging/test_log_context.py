"""Every record made while a request runs carries the request's context."""

import asyncio
import json
import logging
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from logging.handlers import QueueHandler, QueueListener

import pytest

from bot.logging import RingBufferHandler, bind, bound, current, in_context, setup_logging, teardown


@pytest.fixture(autouse=True)
def _own_context():
    with bound():
        yield


def test_bound_fields_are_on_every_line_and_restored_after(logged):
    with bound(user="alice", channel="general"):
        logged.logger.info("inside")
        assert (logged.line()["user"], logged.line()["channel"]) == ("alice", "general")
    logged.logger.info("outside")

    assert "user" not in logged.line()
    assert dict(current()) == {}


def test_bind_adds_in_place(logged):
    with bound(user="alice"):
        bind(intent="log_expense", entities={"amount": 12.5})
        logged.logger.info("inside")
        assert (logged.line()["user"], logged.line()["intent"]) == ("alice", "log_expense")
        bind(intent=None)
        assert dict(current()) == {"user": "alice", "entities": {"amount": 12.5}}

    assert dict(current()) == {}


def test_bound_restores_after_an_error():
    with pytest.raises(LookupError), bound(user="alice"):
        raise LookupError

    assert dict(current()) == {}


def test_an_explicit_extra_wins_over_the_context(logged):
    with bound(user="alice", channel="general"):
        logged.logger.info("hello", extra={"user": "bob"})

    assert (logged.line()["user"], logged.line()["channel"]) == ("bob", "general")


def test_the_context_cannot_be_changed_behind_its_back():
    with bound(user="alice"):
        assert not hasattr(current(), "__setitem__")


async def test_a_child_task_carries_its_parents_context(logged):
    async def child() -> None:
        bind(channel="side")
        logged.logger.info("child")

    with bound(user="alice"):
        await asyncio.create_task(child())
        assert (logged.line()["user"], logged.line()["channel"]) == ("alice", "side")
        assert dict(current()) == {"user": "alice"}


async def test_two_requests_at_once_keep_their_contexts_apart(logged):
    meet = asyncio.Barrier(2)

    async def request(user: str) -> None:
        with bound(user=user):
            await meet.wait()
            logged.logger.info("by %s", user)
            await meet.wait()
            logged.logger.info("by %s", user)

    await asyncio.gather(request("alice"), request("bob"))

    lines = [json.loads(line) for line in logged.handler.lines()]
    assert len(lines) == 4
    assert all(line["msg"] == f"by {line['user']}" for line in lines)


async def test_a_thread_started_for_a_request_carries_its_context(logged):
    with bound(user="alice"):
        await asyncio.to_thread(logged.logger.info, "from a thread")

    assert logged.line()["user"] == "alice"


def test_in_context_carries_it_into_plain_threads_and_executors(logged):
    with bound(user="alice"):
        call = in_context(logged.logger.info)
        thread = threading.Thread(target=call, args=("from a thread",))
    thread.start()
    thread.join()
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(call, "from a pool") for _ in range(20)]:
            future.result()

    assert [json.loads(line)["user"] for line in logged.handler.lines()] == ["alice"] * 21


def test_in_context_runs_in_many_threads_at_once():
    with bound(user="alice"):
        barrier = threading.Barrier(3)

        def look() -> str:
            barrier.wait(10)
            return str(current()["user"])

        call = in_context(look)
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(call) for _ in range(3)]

    assert [future.result() for future in futures] == ["alice"] * 3


def test_a_bound_block_may_be_left_in_another_context():
    block = bound(user="alice")
    Context().run(block.__enter__)

    block.__exit__(None, None, None)

    assert dict(current()) == {}


def test_the_context_is_taken_when_the_record_is_made_not_when_it_is_handled():
    setup_logging("INFO", stream=None)
    try:
        waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        handler = RingBufferHandler()
        logger = logging.Logger("bot.queued")
        logger.addHandler(QueueHandler(waiting))
        listener = QueueListener(waiting, handler)

        def log_in_thread() -> None:
            with bound(user="alice"):
                logger.info("made in a thread")

        thread = threading.Thread(target=log_in_thread)
        thread.start()
        thread.join()
        with bound(user="bob"):
            listener.start()
            listener.stop()

        assert json.loads(handler.lines()[0])["user"] == "alice"
    finally:
        teardown()
