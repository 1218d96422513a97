"""Which synthesizer speaks, by what is on the machine."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from models.catalogue import Catalogue, Weights
from models.store import ModelStore
from tts.errors import NoSynthesizerError
from tts.selection import select_synthesizer

CATALOGUE = Catalogue.load()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def install(store: ModelStore, name: str) -> Path:
    """Files of the right names and sizes; nobody opens them here."""
    entry = CATALOGUE[name]
    assert isinstance(entry, Weights)
    for file in entry.files:
        path = store.directory(entry) / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as sparse:
            sparse.truncate(file.size or 10)
    return store.directory(entry) / entry.files[0].path


def test_rhvoice_speaks_where_silero_has_no_weights(store: ModelStore) -> None:
    selected = select_synthesizer(CATALOGUE, store)
    assert (selected.engine, selected.voice) == ("rhvoice", "irina")
    assert selected.reason == "used: the best that is here"
    assert selected().engine == "rhvoice"


def test_silero_is_preferred_once_its_weights_are_here(store: ModelStore) -> None:
    path = install(store, "silero-v5-cis-base")
    selected = select_synthesizer(CATALOGUE, store)
    assert (selected.engine, selected.path, selected.voice) == ("silero", path, None)


def test_what_was_asked_for_is_used(store: ModelStore) -> None:
    install(store, "silero-v5-cis-base")
    assert select_synthesizer(CATALOGUE, store, engine="rhvoice").engine == "rhvoice"
    assert select_synthesizer(CATALOGUE, store, voice="anna").voice == "anna"
    assert select_synthesizer(CATALOGUE, store, voice="ru_zhadyra").engine == "silero"


def test_a_missing_engine_is_named_with_how_to_bring_it(store: ModelStore) -> None:
    with pytest.raises(NoSynthesizerError, match="silero is not here; run: "):
        select_synthesizer(CATALOGUE, store, engine="silero")
    with pytest.raises(NoSynthesizerError, match="there are silero and rhvoice"):
        select_synthesizer(CATALOGUE, store, engine="festival")


def test_nothing_at_all_says_what_to_do_in_one_line(tmp_path: Path) -> None:
    empty = ModelStore(tmp_path / "models", system_root=tmp_path)
    with pytest.raises(NoSynthesizerError, match="no synthesizer is here") as caught:
        select_synthesizer(CATALOGUE, empty)
    assert "apt install" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_for_non_commercial_use_only_speaks_when_that_is_allowed(store: ModelStore) -> None:
    install(store, "silero-v5-5-ru")
    assert select_synthesizer(CATALOGUE, store).engine == "rhvoice"
    with pytest.raises(NoSynthesizerError):
        select_synthesizer(CATALOGUE, store, engine="silero")
    allowed = select_synthesizer(CATALOGUE, store, engine="silero", allow_restricted=True)
    assert allowed.model == "silero-v5-5-ru"
    with pytest.raises(NoSynthesizerError, match="allow_restricted_voices"):
        select_synthesizer(CATALOGUE, store, voice="tatiana")


def test_the_choice_travels_to_a_worker(store: ModelStore) -> None:
    selected = select_synthesizer(CATALOGUE, store)
    assert pickle.loads(pickle.dumps(selected)) == selected
