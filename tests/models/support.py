"""Small models to fetch, and a web server on loopback that behaves as badly as asked."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from models.catalogue import Weights
from models.download import Timeouts
from models.events import FetchEvent, Step
from models.store import ModelStore

HASTY = Timeouts(connect_s=1.0, read_s=1.0, pause_s=0.01)
LICENCE = {"spdx": "MIT", "commercial": True, "consequences": "Free for any use at all."}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def payload(size: int, seed: int = 1) -> bytes:
    """Bytes that do not compress and differ at every place."""
    block = b"".join(hashlib.sha256(f"{seed}:{n}".encode()).digest() for n in range(size // 32 + 1))
    return block[:size]


def tar_bz2(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:bz2") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@dataclass
class Page:
    """A file on the server and how the server treats who asks for it."""

    content: bytes
    status: int = 200
    ranges: bool = True
    etag: str | None = '"1"'
    drop_after: list[int] = field(default_factory=list)
    """The n-th answer ends, without a word, after so many bytes."""
    lie: str = ""
    """"range": 206 with bytes from the beginning; "offset": 206 that says another place;
    "length": promises more bytes than it sends; "endless": sends and sends."""
    pause_s: float = 0.0
    """Between blocks of 64 KiB."""
    location: str = ""


@dataclass
class Server:
    """A web server on loopback."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range of every request."""


@contextlib.contextmanager
def serve() -> Iterator[Server]:
    """Run the server for the length of a `with`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name above
            pass

        def end_headers(self) -> None:
            self.send_header("Connection", "close")
            super().end_headers()

        def do_GET(self) -> None:
            wanted_range = self.headers.get("Range")
            served.asked.append((self.path, wanted_range))
            page = served.pages.get(self.path)
            if page is None or page.status != 200:
                self.send_response(404 if page is None else page.status)
                if page is not None and page.location:
                    self.send_header("Location", page.location)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = 0
            same = self.headers.get("If-Range") in (None, page.etag)
            if wanted_range and page.ranges and same:
                start = int(wanted_range.removeprefix("bytes=").removesuffix("-"))
            size = len(page.content)
            if start >= size:
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = page.content[0 if page.lie == "range" else start :][: size - start]
            length = len(body) + (1000 if page.lie == "length" else 0)
            self.send_response(206 if start else 200)
            if page.etag is not None:
                self.send_header("ETag", page.etag)
            if start:
                said = 0 if page.lie == "offset" else start
                self.send_header("Content-Range", f"bytes {said}-{size - 1}/{size}")
            if page.lie != "endless":
                self.send_header("Content-Length", str(length))
            self.end_headers()
            cut = page.drop_after.pop(0) if page.drop_after else len(body)
            try:
                if page.lie == "endless":
                    while True:
                        self.wfile.write(page.content)
                for at in range(0, min(cut, len(body)), 1 << 16):
                    self.wfile.write(body[at : min(at + (1 << 16), cut)])
                    self.wfile.flush()
                    time.sleep(page.pause_s)
            except (BrokenPipeError, ConnectionResetError):
                pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    httpd = Quiet(("127.0.0.1", 0), Handler)
    served = Server(f"http://127.0.0.1:{httpd.server_port}")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def document(**models: dict[str, Any]) -> dict[str, Any]:
    """A catalogue with these models and no preferences."""
    none: list[str] = []
    preference = {"asr": none, "vad": none, "tts": none, "nlu": none, "test": none}
    return {"version": 1, "preference": preference, "models": models}


def weights(files: dict[str, bytes], *sources: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A model of these files, all with digests."""
    return {
        "kind": "weights",
        "title": "A model for a test",
        "role": "asr",
        "language": "ru",
        "sample_rates": [8000],
        "size": max(1, sum(len(content) for content in files.values())),
        "licence": LICENCE,
        "files": [
            {"path": path, "size": len(content), "sha256": sha(content)}
            for path, content in files.items()
        ],
        "sources": list(sources),
        **more,
    }


def undigested(description: dict[str, Any]) -> dict[str, Any]:
    """The same model, of which nobody publishes digests."""
    files = [{"path": f["path"], "size": None, "sha256": None} for f in description["files"]]
    return {**description, "files": files}


# A small model, and what a fetch of it left

FILES = {"model.onnx": payload(400_000), "conf/model.conf": b"--rate=8000\n"}
ARCHIVE = tar_bz2({f"root-1.0/{path}": content for path, content in FILES.items()})
MakeModel = Callable[[dict[str, Any]], Weights]
"""The fixture `model`."""


def archive(server: Server, content: bytes = ARCHIVE, path: str = "/m.tar.bz2") -> dict[str, Any]:
    server.pages.setdefault(path, Page(content))
    return {
        "kind": "archive",
        "url": server.url + path,
        "root": "root-1.0",
        "size": len(content),
        "sha256": sha(content),
    }


def files(server: Server, folder: str = "/m/") -> dict[str, Any]:
    for path, content in FILES.items():
        server.pages.setdefault(folder + path, Page(content))
    return {"kind": "files", "base": server.url + folder}


class Log(list[FetchEvent]):
    def __call__(self, event: FetchEvent) -> None:
        self.append(event)

    def notes(self, step: Step) -> list[str]:
        return [event.note for event in self if event.step is step]


def installed(store: ModelStore, entry: Weights) -> dict[str, bytes]:
    folder = store.path(entry)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def leftovers(store: ModelStore) -> list[str]:
    """What lies in the store beside installed models and their lock files."""
    hidden = [*store.models_dir.glob(".staging/*"), *store.models_dir.glob(".downloads/*/*/*")]
    return sorted(path.name for path in hidden)
