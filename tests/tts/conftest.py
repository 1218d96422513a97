"""Synthesizers that the tests of this room share."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from torch.package.package_exporter import PackageExporter

from tts.rhvoice import RhvoiceSynthesizer
from tts.silero import SileroSynthesizer
from tts.synthesizer import Synthesizer


def write_tiny_silero(path: Path) -> Path:
    """Pack `tiny_silero.TinyModel` as Silero packs its models."""
    source = Path(__file__).parent / "tiny_silero.py"
    spec = importlib.util.spec_from_file_location("tiny_silero", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tiny_silero"] = module
    try:
        spec.loader.exec_module(module)
        with warnings.catch_warnings(), PackageExporter(path) as exporter:
            warnings.filterwarnings("ignore", message="TypedStorage", category=UserWarning)
            exporter.intern("tiny_silero")
            exporter.extern("torch.**")
            exporter.save_pickle("tts_models", "model", module.TinyModel())
    finally:
        del sys.modules["tiny_silero"]
    return path


@pytest.fixture(scope="session")
def tiny_silero(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file that Silero's real loading code reads."""
    return write_tiny_silero(tmp_path_factory.mktemp("silero") / "v5_cis_base.pt")


@pytest.fixture(scope="session", params=["rhvoice", "silero"])
def synthesizer(request: pytest.FixtureRequest) -> Synthesizer:
    """Each engine in turn."""
    build: dict[str, Callable[[], Synthesizer]] = {
        "rhvoice": RhvoiceSynthesizer,
        "silero": lambda: SileroSynthesizer(request.getfixturevalue("tiny_silero")),
    }
    return build[request.param]()
