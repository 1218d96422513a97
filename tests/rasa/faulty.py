"""A server that stands where Rasa should, and does whatever a test wants of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

MODEL = "voice122-00000000000000aa.tar.gz"

Respond = Callable[[BaseHTTPRequestHandler], None]


def sends(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Respond:
    """Answers with a JSON document, or with bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return respond


def sends_raw(data: bytes) -> Respond:
    """Writes bytes that need not be HTTP, and hangs up."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return respond


def understands(
    ranking: dict[str, float], intent: str | None = None, entities: object = ()
) -> dict[str, Any]:
    """An answer of ``/model/parse``; the first of `ranking` is the intent unless told."""
    ranked = [{"name": name, "confidence": value} for name, value in ranking.items()]
    name = intent or next(iter(ranking))
    return {
        "text": "",
        "intent": {"name": name, "confidence": ranking.get(name, 0.9)},
        "intent_ranking": ranked,
        "entities": list(entities),  # type: ignore[call-overload] # broken ones on purpose
    }


class FaultyRasa:
    """Use as a context manager; `on_parse` and `on_status` may be changed at any time."""

    def __init__(self) -> None:
        self.on_status: Respond = sends({"model_file": f"/models/{MODEL}", "model_id": "1"})
        self.on_parse: Respond = sends(understands({"lab_results": 0.9, "affirm": 0.1}))
        self.asked: list[str] = []
        """Texts of ``/model/parse``, in order."""
        self.checks = 0
        """Requests of ``/status``."""
        self.released = threading.Event()
        """Set at the end: whoever answers late waits for it."""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.checks += 1
                owner.on_status(self)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner.asked.append(json.loads(body)["text"])
                owner.on_parse(self)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """The client has hung up, as it should on a late answer."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def never(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers nothing while the test lasts."""
        self.released.wait()
        handler.close_connection = True

    def drips(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers a byte now and then: never silent for long, never done."""
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not self.released.wait(0.02):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
