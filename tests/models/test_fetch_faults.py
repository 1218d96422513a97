"""A fetch that is stopped, runs twice or is out of room loses nothing, leaves nothing by halves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models import fetch as fetch_module
from models.errors import DiskFull, StoreError
from models.events import FetchEvent, Step
from models.fetch import fetch
from models.store import ModelStore, State
from tests.models.support import (
    FILES,
    HASTY,
    Log,
    MakeModel,
    Server,
    archive,
    installed,
    leftovers,
    tar_bz2,
    weights,
)

CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run behind a "&"
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
