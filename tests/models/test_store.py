"""What lies in the store is known at a glance, and damage is told with the way to mend it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from models.catalogue import Catalogue, SystemPackage, Weights
from models.errors import ModelDamaged, ModelMissing
from models.store import ModelStore, State
from tests.models.conftest import MakeCatalogue
from tests.models.support import undigested, weights

FILES = {"model.onnx": b"weights", "conf/model.conf": b"--rate=8000\n"}
NOWHERE = {"kind": "files", "base": "http://127.0.0.1:9/"}


@pytest.fixture
def entry(catalogue: MakeCatalogue) -> Weights:
    found = catalogue(m=weights(FILES, NOWHERE))["m"]
    assert isinstance(found, Weights)
    return found


@pytest.fixture
def placed(store: ModelStore, entry: Weights) -> Path:
    """The model, put there by hand: without a lock file."""
    folder = store.directory(entry)
    for path, content in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def test_a_model_that_was_never_fetched_is_absent(store: ModelStore, entry: Weights) -> None:
    assert store.status(entry).state is State.ABSENT
    with pytest.raises(ModelMissing, match=r"^m is not here; run: voice122 models fetch m$"):
        store.path(entry)
    assert not store.models_dir.exists()  # looking leaves no trace


def test_a_model_put_there_by_hand_is_as_good(
    store: ModelStore, entry: Weights, placed: Path
) -> None:
    assert store.status(entry).present
    assert store.verify(entry).present
    assert store.path(entry) == placed


def test_a_missing_file_is_seen_at_a_glance(
    store: ModelStore, entry: Weights, placed: Path
) -> None:
    (placed / "conf/model.conf").unlink()
    with pytest.raises(ModelDamaged, match=r"\(conf/model.conf is missing\); run: voice122 .* m$"):
        store.path(entry)


def test_a_cut_file_is_seen_at_a_glance(store: ModelStore, entry: Weights, placed: Path) -> None:
    (placed / "model.onnx").write_bytes(b"weig")
    assert store.status(entry).why == "model.onnx has 4 bytes instead of 7"


def test_a_flipped_bit_is_seen_by_the_thorough_check_only(
    store: ModelStore, entry: Weights, placed: Path
) -> None:
    (placed / "model.onnx").write_bytes(b"Weights")
    assert store.status(entry).present
    status = store.verify(entry)
    assert status.state is State.DAMAGED
    assert status.why == "model.onnx has another SHA-256 than it should"


def test_a_folder_in_the_place_of_a_file_is_damage(
    store: ModelStore, entry: Weights, placed: Path
) -> None:
    (placed / "model.onnx").unlink()
    (placed / "model.onnx").mkdir()
    assert store.verify(entry).state is State.DAMAGED


def test_files_that_nobody_can_check_are_counted(
    store: ModelStore, catalogue: MakeCatalogue, placed: Path
) -> None:
    entry = catalogue(m=undigested(weights(FILES, NOWHERE)))["m"]
    assert store.verify(entry).why == "no digest for 2 of its files"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 3}', '{"files": {"a": {"size": 1}}}'])
def test_a_broken_lock_file_is_as_good_as_none(
    store: ModelStore, entry: Weights, placed: Path, text: str
) -> None:
    store.lock_file(entry).write_text(text)
    assert store.record(entry) is None
    assert store.verify(entry).present


def test_a_newer_catalogue_finds_the_older_version_out(
    store: ModelStore, entry: Weights, placed: Path
) -> None:
    old = {"model.onnx": {"size": 7, "sha256": "0" * 64}}
    lock = {"source": "x", "vouched": True, "files": old}
    store.lock_file(entry).write_text(json.dumps(lock))
    assert store.status(entry).why == "model.onnx is not the catalogue's version"


def test_rhvoice_is_found_where_the_operating_system_has_it(store: ModelStore) -> None:
    rhvoice = Catalogue.load()["rhvoice"]
    assert isinstance(rhvoice, SystemPackage)
    here = Path("/usr/share/RHVoice/voices").is_dir()
    assert store.status(rhvoice).present == here
    if here:
        assert "elena" in store.voices(rhvoice)


def test_a_library_without_voices_is_not_enough(tmp_path: Path) -> None:
    rhvoice = Catalogue.load()["rhvoice"]
    (tmp_path / "usr/local/lib").mkdir(parents=True)
    (tmp_path / "usr/local/lib/libRHVoice.so.5").touch()
    store = ModelStore(tmp_path / "m", system_root=tmp_path)
    assert store.status(rhvoice).state is State.ABSENT
    (tmp_path / "usr/local/share/RHVoice/voices/anna").mkdir(parents=True)
    assert store.status(rhvoice).why == "voices: anna"
    shutil.rmtree(tmp_path / "usr/local/lib")
    with pytest.raises(ModelMissing, match="apt install rhvoice rhvoice-russian"):
        store.path(rhvoice)
