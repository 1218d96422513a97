"""What tests of the program share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.voice122.program import ROOT


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory of its own with the project's models: the store begins empty."""
    directory = tmp_path / "var"
    directory.mkdir()
    for name in ("models", "cache", "nlu", "phrases.txt"):
        (directory / name).symlink_to(ROOT / "var" / name)
    return directory
