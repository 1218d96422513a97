"""Rasa's place: faults on any machine, and the real Rasa where `make test-rasa` has set it up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialog.errors import NluError
from dialog.nlu.embedded import EmbeddedInterpreter, load_interpreter
from dialog.nlu.encoder import E5Encoder
from dialog.nlu.train import train
from tests.dialog.nlu.conftest import write_content
from tests.rasa.faulty import FaultyRasa

# 2.7 GB and another Python: only where asked for.
collect_ignore = [] if os.environ.get("TEST_RASA") == "1" else ["test_served.py"]


class Clock:
    """Time that stands still until a test moves it (s)."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def without_encoder() -> E5Encoder:
    raise NluError("words alone are enough here")


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded interpreter of five topics."""
    folder = tmp_path_factory.mktemp("embedded")
    content = write_content(folder / "content")
    return train(content, folder / "model.npz", folder, make_encoder=without_encoder).path


@pytest.fixture(scope="session")
def embedded(small_model: Path) -> EmbeddedInterpreter:
    return load_interpreter(small_model)


@pytest.fixture
def server() -> Iterator[FaultyRasa]:
    with FaultyRasa() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()
