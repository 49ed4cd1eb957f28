"""An alert goes out without an event loop, mentions nobody, and its failure is a sentence without the address."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.apis.webhooks import WebhookFailed, post_alert


class Receiver(ThreadingHTTPServer):
    """A local webhook: keeps what it is told and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.status = 204
        self.bodies: list[dict[str, object]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/webhooks/1/" + "t" * 20


class Answering(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the stdlib's name
        """Be quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_sentence_arrives_redacted_in_a_block_that_it_cannot_leave(receiver):
    post_alert(receiver.url, "blocked ``` @everyone with ghp_" + "a" * 36)

    (body,) = receiver.bodies
    assert body["allowed_mentions"] == {"parse": []}
    assert body["content"] == "```\nblocked ''' @everyone with [redacted:github-token]\n```"


def test_a_long_sentence_fits_a_message(receiver):
    post_alert(receiver.url, "x" * 5_000)

    assert len(str(receiver.bodies[0]["content"])) <= 2_000


@pytest.mark.parametrize("status", [302, 404, 429, 500])
def test_another_answer_than_success_is_a_sentence_without_the_address(receiver, status):
    receiver.status = status

    with pytest.raises(WebhookFailed, match=str(status)) as failure:
        post_alert(receiver.url, "hello")

    assert "t" * 20 not in str(failure.value)
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/webhooks/1/x", "http://[bad/webhooks/1/x"])
def test_a_webhook_that_is_not_there_is_a_sentence(url):
    with pytest.raises(WebhookFailed, match="DISCORD_WEBHOOK_URL does not answer"):
        post_alert(url, "hello")
