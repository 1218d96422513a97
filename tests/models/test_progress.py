"""The terminal shows what is fetched and what is used."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from models.catalogue import Catalogue
from models.events import FetchEvent, Step
from models.progress import FetchDisplay, rows, table
from models.store import ModelStore


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "models", system_root=tmp_path)
    (store.models_dir / "silero-vad").mkdir(parents=True)
    (store.models_dir / "silero-vad/silero_vad.onnx").write_bytes(b"cut")
    return store


def shown(events: list[FetchEvent], *, terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=200)
    with FetchDisplay(console) as display:
        for event in events:
            display(event)
    return out.getvalue()


EVENTS = [
    FetchEvent("m", Step.WAITING),
    FetchEvent("m", Step.TRYING, "https://a/m.zip"),
    FetchEvent("m", Step.DOWNLOADING, done=0, total=None),
    FetchEvent("m", Step.DOWNLOADING, done=500_000, total=1_000_000),
    FetchEvent("m", Step.CHECKING),
    FetchEvent("m", Step.FAILED, "https://a/m.zip: wrong [SHA-256]"),
    FetchEvent("m", Step.UNPACKING, done=5, total=10),
    FetchEvent("m", Step.DONE, "from https://b/m.zip"),
]


def test_a_log_gets_plain_lines_without_bars() -> None:
    assert shown(EVENTS, terminal=False).splitlines() == [
        "m: another process is fetching it; waiting",
        "m: https://a/m.zip",
        "m: did not work: https://a/m.zip: wrong [SHA-256]",
        "m: from https://b/m.zip",
    ]


def test_a_terminal_gets_a_bar_that_is_gone_at_the_end() -> None:
    assert "m: downloading" in shown(EVENTS[:4], terminal=True)


def test_the_list_says_for_each_model_its_terms_its_state_and_the_next_command(
    store: ModelStore,
) -> None:
    catalogue = Catalogue.load()
    listed = {str(row["name"]): row for row in rows(catalogue, store)}
    assert list(listed) == [entry.name for entry in catalogue]
    assert listed["silero-vad"]["state"] == "damaged"
    assert "voice122 models fetch silero-vad" in str(listed["silero-vad"]["reason"])
    assert listed["silero-v5-ru"]["commercial"] is False
    assert listed["silero-v5-ru"]["reason"] == "not chosen on its own: only when named"
    assert json.loads(json.dumps(list(listed.values()))) == list(listed.values())


def test_the_table_fits_the_same_facts_on_a_terminal(store: ModelStore) -> None:
    out = io.StringIO()
    Console(file=out, width=180).print(table(Catalogue.load(), store))
    text = out.getvalue()
    for word in ("t-one", "Apache-2.0", "damaged", "not commercial", "apt install rhvoice"):
        assert word in text
