"""A model is fetched whole or not at all, from the first source that works."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.errors import FetchError
from models.events import Step
from models.fetch import fetch
from models.store import ModelStore, State
from tests.models.support import (
    ARCHIVE,
    FILES,
    HASTY,
    Log,
    MakeModel,
    Page,
    Server,
    archive,
    files,
    installed,
    leftovers,
    payload,
    sha,
    tar_bz2,
    undigested,
    weights,
)


@pytest.mark.parametrize("kind", [archive, files])
def test_a_model_arrives_whole_with_a_lock_file(
    server: Server, store: ModelStore, model: MakeModel, kind: Callable[[Server], dict[str, Any]]
) -> None:
    entry = model(weights(FILES, kind(server)))
    log = Log()
    assert fetch(entry, store, progress=log, timeouts=HASTY) == store.directory(entry)
    assert installed(store, entry) == FILES
    assert store.verify(entry).present
    assert leftovers(store) == []
    lock = json.loads(store.lock_file(entry).read_text())
    assert lock["vouched"] is True
    assert lock["files"]["model.onnx"]["sha256"] == sha(FILES["model.onnx"])
    assert log[0].step is Step.TRYING
    assert log.notes(Step.DONE) == [f"from {entry.sources[0]}"]
    last = [event for event in log if event.step is Step.DOWNLOADING][-1]
    assert last.done == last.total


def test_what_is_here_and_whole_is_not_fetched_again(
    server: Server, store: ModelStore, model: MakeModel
) -> None:
    entry = model(weights(FILES, archive(server)))
    fetch(entry, store, timeouts=HASTY)
    server.asked.clear()
    fetch(entry, store, timeouts=HASTY)
    assert server.asked == []


def test_the_next_source_is_tried_and_the_first_ones_failure_told(
    server: Server, store: ModelStore, model: MakeModel
) -> None:
    server.pages["/m.tar.bz2"] = Page(b"", status=404)
    entry = model(weights(FILES, archive(server), files(server)))
    log = Log()
    fetch(entry, store, progress=log, timeouts=HASTY)
    assert installed(store, entry) == FILES
    assert log.notes(Step.FAILED) == [f"{server.url}/m.tar.bz2: the server answers 404 Not Found"]


def test_if_no_source_works_one_line_names_each_and_the_way_out(
    server: Server, store: ModelStore, model: MakeModel, tmp_path: Path
) -> None:
    server.pages["/m.tar.bz2"] = Page(payload(len(ARCHIVE), seed=2))
    server.pages["/m/model.onnx"] = Page(b"", status=500)
    entry = model(weights(FILES, archive(server), files(server)))
    with pytest.raises(FetchError) as caught:
        fetch(entry, store, tmp_path / "usb", timeouts=HASTY)
    message = str(caught.value)
    assert "\n" not in message
    assert f"{tmp_path}/usb (there is no such directory)" in message
    assert f"{server.url}/m.tar.bz2 (wrong SHA-256" in message
    assert f"{server.url}/m/ (the server answers 500" in message
    assert f"copy m/ or m.tar.bz2 into {tmp_path}/usb and run: voice122 models fetch m" in message
    assert [attempt.source for attempt in caught.value.attempts] == [
        str(tmp_path / "usb"),
        f"{server.url}/m.tar.bz2",
        f"{server.url}/m/",
    ]
    assert store.status(entry).state is State.ABSENT
    assert leftovers(store) == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (tar_bz2({"root-1.0/model.onnx": FILES["model.onnx"]}), "conf/model.conf is not in it"),
        (tar_bz2({**{f"root-1.0/{p}": c for p, c in FILES.items()}, "../x": b""}), "outside"),
        (tar_bz2({f"root-2.0/{p}": c for p, c in FILES.items()}), "nothing under root-1.0/"),
        (b"<html>Please log in to this network</html>", "the archive is broken"),
    ],
)
def test_an_archive_that_is_not_the_model_leaves_nothing(
    server: Server, store: ModelStore, model: MakeModel, content: bytes, complaint: str
) -> None:
    entry = model(weights(FILES, archive(server, content)))
    with pytest.raises(FetchError, match=complaint):
        fetch(entry, store, timeouts=HASTY)
    assert store.status(entry).state is State.ABSENT
    assert list(store.models_dir.glob(".staging/*")) == []


# Local directories, for sites without internet


def test_a_local_folder_comes_before_everything_else(
    server: Server, store: ModelStore, model: MakeModel, tmp_path: Path
) -> None:
    for path, content in FILES.items():
        (tmp_path / "usb/m" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "usb/m" / path).write_bytes(content)
    entry = model(weights(FILES, archive(server)))
    fetch(entry, store, tmp_path / "usb", timeouts=HASTY)
    assert installed(store, entry) == FILES
    assert server.asked == []


def test_a_local_archive_is_checked_like_one_from_the_net(
    server: Server, store: ModelStore, model: MakeModel, tmp_path: Path
) -> None:
    entry = model(weights(FILES, archive(server)))
    server.pages.clear()
    (tmp_path / "m.tar.bz2").write_bytes(ARCHIVE[:-1] + b"?")
    with pytest.raises(FetchError, match=r"m\.tar\.bz2 has another SHA-256"):
        fetch(entry, store, tmp_path, timeouts=HASTY)
    (tmp_path / "m.tar.bz2").write_bytes(ARCHIVE)
    fetch(entry, store, tmp_path, timeouts=HASTY)
    assert installed(store, entry) == FILES
    assert (tmp_path / "m.tar.bz2").read_bytes() == ARCHIVE  # what the site gave stays its own


def test_a_damaged_local_folder_is_refused_and_the_net_used(
    server: Server, store: ModelStore, model: MakeModel, tmp_path: Path
) -> None:
    (tmp_path / "usb/m/conf").mkdir(parents=True)
    (tmp_path / "usb/m/model.onnx").write_bytes(FILES["model.onnx"][::-1])
    (tmp_path / "usb/m/conf/model.conf").write_bytes(FILES["conf/model.conf"])
    entry = model(weights(FILES, archive(server)))
    log = Log()
    fetch(entry, store, tmp_path / "usb", progress=log, timeouts=HASTY)
    assert "model.onnx has another SHA-256 than it should" in log.notes(Step.FAILED)[0]
    assert installed(store, entry) == FILES


# Models of which nobody publishes digests


def unpinned(server: Server, content: bytes = ARCHIVE) -> dict[str, Any]:
    return {**archive(server, content), "sha256": None}


def test_without_published_digests_the_first_fetch_is_trusted_and_remembered(
    server: Server, store: ModelStore, model: MakeModel
) -> None:
    entry = model(undigested(weights(FILES, unpinned(server))))
    log = Log()
    fetch(entry, store, progress=log, timeouts=HASTY)
    assert log.notes(Step.WARNING) == [
        "nobody publishes digests of it: trusted now and remembered in m.lock.json"
    ]
    (store.directory(entry) / "model.onnx").write_bytes(b"?" * len(FILES["model.onnx"]))
    assert store.status(entry).present  # the quick check sees sizes only
    assert store.verify(entry).state is State.DAMAGED
    again = Log()
    fetch(entry, store, progress=again, timeouts=HASTY)
    assert again.notes(Step.WARNING) == [
        "what is here is damaged: model.onnx has another SHA-256 than it should"
    ]
    assert installed(store, entry) == FILES


def test_a_later_change_of_a_model_without_digests_is_refused(
    server: Server, store: ModelStore, model: MakeModel
) -> None:
    entry = model(undigested(weights(FILES, unpinned(server))))
    fetch(entry, store, timeouts=HASTY)
    for path in sorted(store.directory(entry).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    store.directory(entry).rmdir()
    other = {**FILES, "model.onnx": payload(400_000, seed=3)}
    server.pages["/m.tar.bz2"] = Page(tar_bz2({f"root-1.0/{p}": c for p, c in other.items()}))
    with pytest.raises(
        FetchError, match=r"model\.onnx is not what it was .* delete .*m\.lock\.json"
    ):
        fetch(entry, store, timeouts=HASTY)
    assert store.status(entry).state is State.ABSENT
    store.lock_file(entry).unlink()
    fetch(entry, store, timeouts=HASTY)
    assert installed(store, entry) == other


def test_a_digest_of_the_archive_vouches_for_its_members(
    server: Server, store: ModelStore, model: MakeModel
) -> None:
    entry = model(undigested(weights(FILES, archive(server))))
    log = Log()
    fetch(entry, store, progress=log, unvouched=False, timeouts=HASTY)
    assert log.notes(Step.WARNING) == []
    (store.directory(entry) / "conf/model.conf").write_bytes(b"--rate=9000\n")
    assert store.verify(entry).why == "conf/model.conf has another SHA-256 than it should"


def test_without_digests_a_model_does_not_come_unasked(
    server: Server, store: ModelStore, model: MakeModel
) -> None:
    entry = model(undigested(weights(FILES, unpinned(server))))
    with pytest.raises(FetchError, match="comes only when asked by name"):
        fetch(entry, store, unvouched=False, timeouts=HASTY)
    assert server.asked == []
