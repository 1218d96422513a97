"""One file over HTTP: continued where it stopped, checked at the end, never waiting for long."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import httpx

from models.errors import SourceFailed
from models.store import file_sha256, remove

_PROGRESS_BYTES: Final = 1 << 16
"""A connection that brought fewer bytes than this counts as a failure (bytes)."""
_MOST_FAILURES: Final = 3
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True)
class Timeouts:
    """How long to wait for a server (s)."""

    connect_s: float = 4.0
    """For its name and for the connection, each."""
    read_s: float = 15.0
    """For the next bytes."""
    pause_s: float = 0.5
    """Before trying again after a lost connection; doubled each time."""


PATIENT: Final = Timeouts()
"""What suits a slow line: gives up soon where there is no internet at all."""


@dataclass(frozen=True)
class Wanted:
    """What a download must be."""

    url: str
    size: int | None
    """Exact size (bytes), if known."""
    sha256: str | None
    most: int
    """Refuse more than this (bytes)."""


@dataclass(frozen=True)
class _Mark:
    """What a `.part` file is a part of; written beside it as `.part.json`."""

    url: str
    etag: str | None = None
    modified: str | None = None
    total: int | None = None

    @property
    def validator(self) -> str | None:
        """For If-Range: only a strong ETag or a date promises the same bytes (RFC 9110, 13.1.5)."""
        if self.etag is not None and not self.etag.startswith("W/"):
            return self.etag
        return self.modified


class _Dropped(Exception):  # noqa: N818 - says what happened
    """The connection was lost in the middle, or (`connected` false) never came about."""

    def __init__(self, reason: str, *, connected: bool = True) -> None:
        super().__init__(reason)
        self.connected = connected


def client(timeouts: Timeouts) -> httpx.Client:
    """An HTTP client that follows redirects and heeds the usual proxy variables."""
    return httpx.Client(
        follow_redirects=True,
        timeout=httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s),
        # Compression in transit would make Range and sizes meaningless.
        headers={"User-Agent": "voice122", "Accept-Encoding": "identity"},
    )


def download(
    http: httpx.Client,
    wanted: Wanted,
    target: Path,
    *,
    timeouts: Timeouts,
    moved: Callable[[int, int | None], None],
    checking: Callable[[], None] = lambda: None,
) -> None:
    """Bring `wanted` to `target`. What was there as `target`.part is continued.

    When the download stops half-way, for whatever reason, the `.part` file stays for the next time;
    when its content turns out wrong, it goes.

    Args:
        http: from `client`.
        wanted: address, size and digest.
        target: the file to write; its directory exists.
        timeouts: see there.
        moved: told the bytes that are here and the total, if known.
        checking: told when the digest is being computed.

    Raises:
        SourceFailed: it is not to be had from there; the message says why.
        OSError: the disk failed.
    """
    _resolve(wanted.url, timeouts.connect_s)
    part = target.with_name(target.name + ".part")
    failures = 0
    fresh = tried = False
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _transfer(http, wanted, part, moved)
        except _Dropped as drop:
            if not drop.connected and not tried:
                raise SourceFailed(f"no connection ({drop})") from None
            tried = True
            now = part.stat().st_size if part.exists() else 0
            failures = 1 if now - before >= _PROGRESS_BYTES else failures + 1
            if failures >= _MOST_FAILURES:
                raise SourceFailed(f"the connection was lost again and again ({drop})") from None
            time.sleep(timeouts.pause_s * 2 ** (failures - 1))
            continue
        checking()
        wrong = _wrong(wanted, part)
        if wrong is None:
            part.rename(target)
            remove(_mark_file(part))
            return
        _forget(part)
        if before == 0 or fresh:
            raise SourceFailed(wrong)
        fresh = True  # what was continued may have been bad from an earlier time: once more, whole


def _transfer(
    http: httpx.Client, wanted: Wanted, part: Path, moved: Callable[[int, int | None], None]
) -> None:
    """Fetch what is missing of `part`; returns when the server has sent all."""
    mark = _read_mark(part)
    have = part.stat().st_size if part.exists() else 0
    if have and (mark is None or mark.url != wanted.url or (mark.total or have) < have):
        _forget(part)
        have = 0
    if have and mark is not None and have == (mark.total or wanted.size):
        return  # whole already; only the check was missing
    headers = {}
    if have and mark is not None:
        headers["Range"] = f"bytes={have}-"
        if mark.validator is not None:
            headers["If-Range"] = mark.validator
    try:
        with http.stream("GET", wanted.url, headers=headers) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                _forget(part)
                raise _Dropped("the server has changed the file")
            if response.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
                reason = response.reason_phrase
                raise SourceFailed(f"the server answers {response.status_code} {reason}".strip())
            start, total = _placed(response, have, mark)
            if total is not None and wanted.size is not None and total != wanted.size:
                _forget(part)
                raise SourceFailed(f"the server has {total} bytes instead of {wanted.size}")
            _write(response, part, wanted, start, total, moved)
    except httpx.TransportError as error:
        connected = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        raise _Dropped(_reason(error), connected=connected) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceFailed(_reason(error)) from None


def _placed(response: httpx.Response, have: int, mark: _Mark | None) -> tuple[int, int | None]:
    """From which byte the answer goes on, and the size of the whole, if the server says."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise SourceFailed(f"the server sends it as {encoding}, though asked not to")
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        total = int(match[2]) if match and match[2] != "*" else None
        known = mark.total if mark else None
        if match is None or int(match[1]) != have or (total and known and total != known):
            raise SourceFailed("the server answers with another part of the file than asked for")
        return have, total or known
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None


def _write(
    response: httpx.Response,
    part: Path,
    wanted: Wanted,
    start: int,
    total: int | None,
    moved: Callable[[int, int | None], None],
) -> None:
    if start == 0:
        mark = _Mark(
            wanted.url,
            response.headers.get("ETag"),
            response.headers.get("Last-Modified"),
            total,
        )
        _forget(part)
        _mark_file(part).write_text(json.dumps(asdict(mark)), "utf-8")
    done = start
    with part.open("ab") as sink:
        moved(done, total or wanted.size)
        for chunk in response.iter_raw():  # as it comes: what is buffered would be lost
            done += len(chunk)
            if done > wanted.most:
                sink.close()
                _forget(part)
                raise SourceFailed(f"the server sends more than {wanted.most} bytes")
            sink.write(chunk)
            moved(done, total or wanted.size)
        sink.flush()
        os.fsync(sink.fileno())
    if total is not None and done < total:
        raise _Dropped(f"{done} of {total} bytes came")


def _wrong(wanted: Wanted, part: Path) -> str | None:
    """What is wrong with a whole download, or None."""
    size = part.stat().st_size
    if wanted.size is not None and size != wanted.size:
        return f"{size} bytes came instead of {wanted.size}"
    if wanted.sha256 is not None and (found := file_sha256(part)) != wanted.sha256:
        return f"wrong SHA-256: {found[:12]}… instead of {wanted.sha256[:12]}…"
    return None


def _mark_file(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _read_mark(part: Path) -> _Mark | None:
    try:
        return _Mark(**json.loads(_mark_file(part).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _forget(part: Path) -> None:
    remove(part)
    remove(_mark_file(part))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _resolve(url: str, timeout_s: float) -> None:
    """Look the host's name up with a time limit: the system's resolver may take half a minute.

    Raises:
        SourceFailed: the name is not found, or not in time.
    """
    host = httpx.URL(url)
    proxies = urllib.request.getproxies()
    if host.scheme in proxies or "all" in proxies:
        return  # the proxy looks the name up
    failure: list[str] = ["no answer from the name server"]

    def look_up() -> None:
        try:
            socket.getaddrinfo(host.host, host.port or 443)
            failure.clear()
        except OSError as error:
            with contextlib.suppress(IndexError):
                failure[0] = error.strerror or str(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(timeout_s)
    if failure:
        raise SourceFailed(f"no connection ({host.host}: {failure[0]})")
