"""Which engine is taken: the one named, or the best whose weights are here."""

from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path

import pytest

from asr.errors import NoRecognizerError
from asr.selection import ENGINES, find_recognizer, load_recognizer
from models.catalogue import Catalogue, Role
from models.store import ModelStore
from tests.asr.conftest import model_directory


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


def test_every_recognizer_of_the_catalogue_has_an_engine(catalogue: Catalogue) -> None:
    assert {entry.name for entry in catalogue.best(Role.ASR)} <= set(ENGINES)


def test_best_that_is_here_is_found(catalogue: Catalogue) -> None:
    directory = model_directory("whisper-base")
    assert find_recognizer(catalogue, ModelStore(directory.parent), "whisper-base") == (
        "whisper-base",
        directory,
    )
    name, _ = find_recognizer(catalogue, ModelStore(directory.parent))
    assert name in ENGINES


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "voice122 models fetch"),
        ("t-one", "voice122 models fetch t-one"),
        ("siri", "there are: t-one"),
    ],
)
def test_what_is_not_here_says_what_to_fetch(
    name: str | None, message: str, catalogue: Catalogue, tmp_path: Path
) -> None:
    with pytest.raises(NoRecognizerError, match=message):
        find_recognizer(catalogue, ModelStore(tmp_path), name)


def test_loading_can_be_sent_to_a_worker(tone_directory: Path) -> None:
    load = pickle.loads(pickle.dumps(partial(load_recognizer, "t-one", tone_directory)))
    assert load().name == "t-one"
