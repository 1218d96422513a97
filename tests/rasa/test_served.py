"""The real Rasa, trained on `nlu_data/` and served on loopback: run by `make test-rasa`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import httpx
import pytest

from bench.rasa_server import ServedRasa, served_rasa
from dialog.content.nlu_reader import load_nlu
from dialog.nlu.embedded import load_interpreter
from dialog.nlu.interpreter import Context, Interpreter, Parse
from dialog.nlu.rasa_client import RasaClient, RasaServer, trained_model
from dialog.nlu.rasa_interpreter import RasaInterpreter, connect_rasa
from dialog.nlu.text import plain
from dialog.nlu.train import train
from tests.dialog.nlu.contract import InterpreterContract
from tests.rasa.conftest import Clock, without_encoder
from voice122.settings import Settings

CONTENT = Path(__file__).parents[2] / "nlu_data"
NO_CONTEXT = Context()
PATIENCE_S = 60.0
"""On a busy machine, too, it must be Rasa that answers."""


class OnlyWithoutWords:
    """The embedded interpreter of all topics, which must not be needed where there are words."""

    name = "embedded"

    def __init__(self, inner: Interpreter) -> None:
        self._inner = inner
        self.needed = 0

    def parse(self, text: str, context: Context = NO_CONTEXT) -> Parse:
        readings = [text, *(reading for reading, sure in context.alternatives if sure > 0)]
        self.needed += any(plain(reading) for reading in readings)
        return self._inner.parse(text, context)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedRasa]:
    with served_rasa(tmp_path_factory.mktemp("rasa") / "rasa.log") as served:
        yield served


@pytest.fixture(scope="module")
def model() -> str:
    return trained_model(Settings().rasa_dir)


@pytest.fixture(scope="module")
def fallback(tmp_path_factory: pytest.TempPathFactory) -> OnlyWithoutWords:
    folder = tmp_path_factory.mktemp("embedded")
    report = train(CONTENT, folder / "model.npz", folder, make_encoder=without_encoder)
    return OnlyWithoutWords(load_interpreter(report.path))


@pytest.fixture(scope="module")
def interpreter(
    served: ServedRasa, model: str, fallback: OnlyWithoutWords
) -> Iterator[RasaInterpreter]:
    with RasaClient(RasaServer(served.url, model, PATIENCE_S)) as client:
        yield connect_rasa(client, fallback)


class TestContract(InterpreterContract):
    @pytest.fixture
    def intents(self) -> Collection[str]:
        return load_nlu(CONTENT / "nlu").intents

    @pytest.fixture(autouse=True)
    def answered_by_rasa(self, fallback: OnlyWithoutWords) -> Iterator[None]:
        before = fallback.needed
        yield
        assert fallback.needed == before, "the embedded interpreter answered in Rasa's place"


def test_it_has_learnt_what_it_was_taught(interpreter: RasaInterpreter) -> None:
    examples = load_nlu(CONTENT / "nlu").examples[::25]
    right = [interpreter.parse(e.text).ranking[0].intent == e.intent for e in examples]
    assert sum(right) >= 0.9 * len(right)


def test_it_names_entities_as_the_lists_do(interpreter: RasaInterpreter) -> None:
    text = "запишите меня к хирургу на завтра"
    found = {e.entity: e for e in interpreter.parse(text).entities}
    assert found["specialty"].text == "хирургу"
    assert found["specialty"].value == "surgeon"
    assert "date" in found


def test_another_expected_model_is_never_taken_for_the_right_one(
    served: ServedRasa, fallback: OnlyWithoutWords, caplog: pytest.LogCaptureFixture
) -> None:
    with RasaClient(RasaServer(served.url, "voice122-of-yesterday.tar.gz", PATIENCE_S)) as client:
        before = fallback.needed
        connect_rasa(client, fallback).parse("запишите к врачу")
    assert fallback.needed == before + 2
    assert "and not voice122-of-yesterday.tar.gz" in caplog.text


def test_it_listens_on_loopback_only(served: ServedRasa) -> None:
    port = httpx.URL(served.url).port
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            address, number = line.split()[1].split(":")
            if int(number, 16) == port and line.split()[3] == "0A":
                listening.append(address)
    # The kernel prints the four bytes as one number of this machine's order.
    loopback = f"{int.from_bytes((127, 0, 0, 1), sys.byteorder):08X}"
    assert listening == [loopback]


def test_its_log_holds_nothing_that_a_caller_said(
    served: ServedRasa, interpreter: RasaInterpreter
) -> None:
    interpreter.parse("меня зовут акакий башмачкин")
    printed = served.log.read_text("utf-8", errors="replace")
    assert "акакий" not in printed
    assert ascii("акакий")[1:-1] not in printed


def test_when_it_dies_in_the_middle_the_embedded_interpreter_goes_on(
    tmp_path: Path, model: str, fallback: OnlyWithoutWords, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    with (
        served_rasa(tmp_path / "rasa.log") as served,
        RasaClient(RasaServer(served.url, model, PATIENCE_S)) as client,
    ):
        interpreter = connect_rasa(client, fallback, clock)
        before = fallback.needed
        assert interpreter.parse("запишите к врачу").ranking
        assert fallback.needed == before
        served.kill()
        for number in range(1, 6):
            assert interpreter.parse("запишите к врачу").ranking
            assert fallback.needed == before + number
    assert caplog.text.count("Rasa at ") == 3, "one line a failure until it is left alone"
