"""What the tests of this room share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.catalogue import Catalogue, Weights
from models.store import ModelStore
from tests.models.support import Server, document, serve


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as served:
        yield served


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


MakeCatalogue = Callable[..., Catalogue]


@pytest.fixture
def catalogue(tmp_path: Path) -> MakeCatalogue:
    def make(preference: dict[str, list[str]] | None = None, **models: Any) -> Catalogue:
        data = document(**{name.replace("_", "-"): model for name, model in models.items()})
        data["preference"].update(preference or {})
        path = tmp_path / "catalogue.yaml"
        path.write_text(yaml.safe_dump(data), "utf-8")
        return Catalogue.load(path)

    return make


@pytest.fixture
def model(catalogue: MakeCatalogue) -> Callable[[dict[str, Any]], Weights]:
    def make(description: dict[str, Any]) -> Weights:
        entry = catalogue(m=description)["m"]
        assert isinstance(entry, Weights)
        return entry

    return make
