"""One file over HTTP, from servers that drop, lie, stall and change their mind."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from models import download as module
from models.download import Wanted, client, download
from models.errors import SourceFailed
from tests.models.support import HASTY, Page, Server, payload, sha

CONTENT = payload(1_000_000)


@pytest.fixture
def get(tmp_path: Path, server: Server) -> Callable[..., Path]:
    """Downloads /f to a file; by default it must be CONTENT."""

    def run(
        size: int | None = len(CONTENT),
        sha256: str | None = sha(CONTENT),
        most: int = 2_000_000,
        path: str = "/f",
        moved: Callable[[int, int | None], None] = lambda done, total: None,
    ) -> Path:
        target = tmp_path / "f"
        wanted = Wanted(server.url + path, size, sha256, most)
        with client(HASTY) as http:
            download(http, wanted, target, timeouts=HASTY, moved=moved)
        assert [path.name for path in tmp_path.iterdir()] == ["f"]
        return target

    return run


def part(tmp_path: Path, server: Server, content: bytes, etag: str | None = '"1"') -> None:
    """Leave what an interrupted download leaves."""
    mark = {"url": f"{server.url}/f", "etag": etag, "modified": None, "total": len(CONTENT)}
    (tmp_path / "f.part").write_bytes(content)
    (tmp_path / "f.part.json").write_text(json.dumps(mark))


def ranges(server: Server) -> list[str | None]:
    return [asked for _, asked in server.asked]


def test_progress_counts_every_byte_and_knows_the_total(
    get: Callable[..., Path], server: Server
) -> None:
    server.pages["/f"] = Page(CONTENT)
    seen: list[tuple[int, int | None]] = []
    assert get(moved=lambda done, total: seen.append((done, total))).read_bytes() == CONTENT
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_dropped_connection_is_continued_where_it_broke(
    get: Callable[..., Path], server: Server
) -> None:
    server.pages["/f"] = Page(CONTENT, drop_after=[300_000, 500_000])
    assert get().read_bytes() == CONTENT
    assert ranges(server) == [None, "bytes=300000-", "bytes=800000-"]


def test_an_interrupted_download_is_continued_another_day(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    server.pages["/f"] = Page(CONTENT)
    part(tmp_path, server, CONTENT[:400_000])
    assert get().read_bytes() == CONTENT
    assert ranges(server) == ["bytes=400000-"]


def test_a_part_that_is_whole_is_only_checked(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    part(tmp_path, server, CONTENT)
    assert get().read_bytes() == CONTENT
    assert server.asked == []


def test_a_server_without_ranges_sends_all_again(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    server.pages["/f"] = Page(CONTENT, ranges=False)
    part(tmp_path, server, CONTENT[:400_000])
    assert get().read_bytes() == CONTENT
    assert ranges(server) == ["bytes=400000-"]


def test_a_file_that_changed_meanwhile_is_fetched_whole(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    server.pages["/f"] = Page(CONTENT, etag='"2"')
    part(tmp_path, server, payload(400_000, seed=2), etag='"1"')
    assert get().read_bytes() == CONTENT


def test_a_file_that_shrank_meanwhile_is_fetched_whole(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    small = CONTENT[:300_000]
    server.pages["/f"] = Page(small, etag=None)
    part(tmp_path, server, CONTENT[:400_000], etag=None)
    assert get(size=len(small), sha256=sha(small)).read_bytes() == small


@pytest.mark.parametrize("remains", [b"\0" * 400_000, CONTENT[:399_999] + b"?"])
def test_a_rotten_part_is_thrown_away_and_all_fetched_once_more(
    get: Callable[..., Path], server: Server, tmp_path: Path, remains: bytes
) -> None:
    # After a power cut a file may have its length but not its content.
    server.pages["/f"] = Page(CONTENT)
    part(tmp_path, server, remains)
    assert get().read_bytes() == CONTENT
    assert ranges(server) == ["bytes=400000-", None]


def test_a_part_of_another_address_is_not_continued(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    server.pages["/g"] = Page(CONTENT)
    part(tmp_path, server, CONTENT[:400_000])
    assert get(path="/g").read_bytes() == CONTENT
    assert ranges(server) == [None]


def test_a_server_that_sends_the_wrong_part_is_found_out(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    server.pages["/f"] = Page(CONTENT, lie="range")
    part(tmp_path, server, CONTENT[:400_000])
    assert get().read_bytes() == CONTENT  # found out by the digest, then fetched whole
    assert ranges(server) == ["bytes=400000-", None]


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        (Page(payload(1_000_000, seed=2)), "wrong SHA-256: [0-9a-f]{12}… instead of"),
        (Page(CONTENT[:-1]), "the server has 999999 bytes instead of 1000000"),
        (Page(b"", status=404), "the server answers 404 Not Found"),
        (Page(b"", status=503), "the server answers 503"),
        (Page(CONTENT, lie="endless"), "sends more than 2000000 bytes"),
        (Page(b"", status=302, location="/f"), "redirects"),
        (Page(b"", status=302, location="file:///etc/passwd"), "protocol"),
    ],
)
def test_a_useless_answer_fails_and_leaves_nothing(
    get: Callable[..., Path], server: Server, tmp_path: Path, page: Page, complaint: str
) -> None:
    server.pages["/f"] = page
    with pytest.raises(SourceFailed, match=complaint):
        get()
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_says_another_place_fails_at_once(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    server.pages["/f"] = Page(CONTENT, lie="offset")
    part(tmp_path, server, CONTENT[:400_000])
    with pytest.raises(SourceFailed, match="another part of the file than asked for"):
        get()


def test_a_server_that_promises_more_than_it_has_is_given_up(
    get: Callable[..., Path], server: Server
) -> None:
    server.pages["/f"] = Page(CONTENT, lie="length", ranges=False)
    with pytest.raises(SourceFailed, match=r"bytes instead of|again and again"):
        get()


def test_a_server_that_always_drops_is_given_up_and_the_part_kept(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    server.pages["/f"] = Page(CONTENT, drop_after=[200_000] + [10] * 20)
    with pytest.raises(SourceFailed, match="lost again and again"):
        get()
    kept = (tmp_path / "f.part").read_bytes()
    assert len(kept) >= 200_000
    assert CONTENT.startswith(kept)


def test_a_slow_server_is_borne_with(get: Callable[..., Path], server: Server) -> None:
    server.pages["/f"] = Page(CONTENT, pause_s=0.05)
    assert get().read_bytes() == CONTENT


def test_a_silent_server_is_given_up_after_the_read_timeout(
    get: Callable[..., Path], server: Server
) -> None:
    server.pages["/f"] = Page(CONTENT, pause_s=30.0, ranges=False)
    with pytest.raises(SourceFailed, match="lost again and again"):
        get()


def test_without_size_and_digest_whatever_comes_is_taken(
    get: Callable[..., Path], server: Server
) -> None:
    server.pages["/f"] = Page(CONTENT)
    assert get(size=None, sha256=None).read_bytes() == CONTENT


def test_a_closed_port_fails_at_once_even_if_there_is_a_part(
    get: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        server.url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        part(tmp_path, server, CONTENT[:400_000])
        with pytest.raises(SourceFailed, match=r"no connection .*refused"):
            get()
    assert (tmp_path / "f.part").stat().st_size == 400_000


def test_a_host_that_nobody_knows_fails_with_its_name(
    get: Callable[..., Path], server: Server
) -> None:
    server.url = "http://no-such-host.invalid"
    with pytest.raises(SourceFailed, match=r"no connection \(no-such-host\.invalid: "):
        get()


def test_a_name_server_that_never_answers_is_given_up(
    get: Callable[..., Path], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    forever = threading.Event()
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *args: forever.wait(20))
    server.url = "http://slow.invalid"
    with pytest.raises(SourceFailed, match="no answer from the name server"):
        get()
    forever.set()
