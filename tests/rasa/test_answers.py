"""What Rasa's answers become: intents, questions, entities; and what Rasa is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from dialog.acts import AnswerKind
from dialog.errors import NluError
from dialog.nlu.breaker import CircuitBreaker
from dialog.nlu.embedded import EmbeddedInterpreter
from dialog.nlu.interpreter import Context, Entity, Parse
from dialog.nlu.rasa_client import MAX_CHARS, RasaClient, RasaServer, trained_model
from dialog.nlu.rasa_interpreter import RasaInterpreter
from dialog.nlu.understanding import load_understanding
from tests.dialog.nlu.conftest import PHRASES
from tests.rasa.conftest import Clock
from tests.rasa.faulty import MODEL, FaultyRasa, sends, understands
from voice122.settings import Settings
from voice122.wiring import build_understanding

ROOT = Path(__file__).parents[2]


@pytest.fixture
def interpreter(
    server: FaultyRasa, embedded: EmbeddedInterpreter, clock: Clock
) -> Iterator[RasaInterpreter]:
    with RasaClient(RasaServer(server.url, MODEL, 5.0)) as client:
        yield RasaInterpreter(client, embedded, CircuitBreaker(1, 30, clock), clock)


def chance(parse: Parse, intent: str) -> float:
    return next(r.confidence for r in parse.ranking if r.intent == intent)


def test_its_fallback_is_a_rejection_and_never_offered(
    interpreter: RasaInterpreter, server: FaultyRasa
) -> None:
    server.on_parse = sends(
        understands({"nlu_fallback": 0.7, "lab_results": 0.25, "affirm": 0.2, "deny": 0.05})
    )
    parse = interpreter.parse("эта самая")
    assert (parse.intent, parse.clarify) == (None, ())
    assert [r.intent for r in parse.ranking] == ["lab_results", "affirm", "deny"]
    assert parse.confidence == parse.ranking[0].confidence == pytest.approx(0.5)


def test_out_of_scope_is_a_rejection(interpreter: RasaInterpreter, server: FaultyRasa) -> None:
    server.on_parse = sends(understands({"out_of_scope": 0.8, "lab_results": 0.2}))
    parse = interpreter.parse("вызовите такси")
    assert (parse.intent, parse.clarify) == (None, ())
    assert parse.ranking[0].intent == "out_of_scope"


def test_between_two_intents_it_asks(interpreter: RasaInterpreter, server: FaultyRasa) -> None:
    server.on_parse = sends(
        understands({"lab_results": 0.5, "out_of_scope": 0.1, "make_appointment": 0.4})
    )
    parse = interpreter.parse("анализы у врача")
    assert parse.clarify == ("lab_results", "make_appointment")


def test_entities_are_mapped_to_the_callers_words(
    interpreter: RasaInterpreter, server: FaultyRasa
) -> None:
    def found(entity: str, value: object, start: int, end: int) -> dict[str, object]:
        return {"entity": entity, "value": value, "start": start, "end": end, "extractor": "DIET"}

    entities = [
        found("date", "завтра", 19, 25),
        found("specialty", "otolaryngologist", 11, 15),
        found("clinic", "лор", 12, 15),  # overlaps: the earlier stays
    ]
    server.on_parse = sends(understands({"make_appointment": 1.0}, entities=entities))
    assert interpreter.parse("запишите к Лору на завтра").entities == (
        Entity("specialty", "otolaryngologist", "Лору", 11, 15),
        Entity("date", "завтра", "завтра", 19, 25),
    )


def test_other_readings_have_their_say(interpreter: RasaInterpreter, server: FaultyRasa) -> None:
    context = Context(
        asr_confidence=0.6,
        alternatives=(("анализы готовы", 0.3), ("анализы, готовы!", 0.2), ("третье", 0.1)),
    )
    interpreter.parse("анализ готов", context)
    assert server.asked == ["анализ готов", "анализы готовы"]


def test_an_unsure_recognizer_flattens_the_chances(interpreter: RasaInterpreter) -> None:
    sure = interpreter.parse("готовы ли анализы")
    unsure = interpreter.parse("готовы ли анализы", Context(asr_confidence=0.1))
    assert chance(unsure, "lab_results") < chance(sure, "lab_results")
    assert chance(unsure, "lab_results") > chance(unsure, "affirm")


def test_a_yes_is_likelier_after_a_question_for_one(interpreter: RasaInterpreter) -> None:
    before = interpreter.parse("ну да")
    after = interpreter.parse("ну да", Context(expects=AnswerKind.YES_NO))
    assert chance(after, "affirm") > chance(before, "affirm")


@pytest.mark.parametrize("text", ["", " \n", "?!", "\x00", "\ud800"])
def test_nothing_is_asked_about_a_text_without_words(
    interpreter: RasaInterpreter, server: FaultyRasa, text: str
) -> None:
    parse = interpreter.parse(text)
    assert (parse.intent, parse.confidence) == (None, 0.0)
    assert {r.intent for r in parse.ranking} == set(PHRASES)
    assert server.asked == []


@pytest.mark.parametrize(
    "text", ["да \ud800 нет", "да\x00нет", "да\r\nнет", '"да": {нет}', "да" * 9999]
)
def test_any_text_can_be_sent(interpreter: RasaInterpreter, server: FaultyRasa, text: str) -> None:
    parse = interpreter.parse(text)
    assert (parse.text, parse.intent) == (text, "lab_results")
    assert server.asked == [text[:MAX_CHARS].replace("\ud800", " ")]


def test_safety_rules_stay_ahead_with_rasa_and_without(
    small_model: Path, server: FaultyRasa
) -> None:
    said = "муж не дышит помогите"
    for url in (server.url, "http://127.0.0.1:9"):
        rasa = RasaServer(url, MODEL, 5.0)
        understanding = load_understanding(ROOT / "nlu_data", small_model, rasa=rasa)
        parse = understanding.parse(said)
        assert parse.intent == "ambulance_103"
        assert parse.safety is not None
    assert said in server.asked


def test_lists_name_things_first_and_rasa_what_they_do_not_know(
    small_model: Path, server: FaultyRasa
) -> None:
    text = "запишите к лору на завтра"
    learnt = [
        {"entity": "specialty", "value": "лор", "start": 11, "end": 15},
        {"entity": "date", "value": "завтра", "start": 19, "end": 25},
    ]
    server.on_parse = sends(understands({"make_appointment": 1.0}, entities=learnt))
    understanding = load_understanding(
        ROOT / "nlu_data",
        small_model,
        lambda text: (Entity("specialty", "otolaryngologist", "лору", 11, 15),),
        RasaServer(server.url, MODEL, 5.0),
    )
    assert understanding.name == "rasa"
    assert [(e.entity, e.value) for e in understanding.parse(text).entities] == [
        ("specialty", "otolaryngologist"),
        ("date", "завтра"),
    ]


def test_it_is_chosen_by_a_setting(
    small_model: Path, server: FaultyRasa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICE122_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VOICE122_RASA_URL", server.url)
    monkeypatch.setenv("VOICE122_RASA_TIMEOUT_S", "5")
    (tmp_path / "nlu").write_bytes(small_model.read_bytes())
    monkeypatch.setenv("VOICE122_NLU", "rasa")
    with pytest.raises(NluError, match="make rasa"):
        build_understanding(Settings())
    (tmp_path / "rasa").mkdir()
    (tmp_path / "rasa" / "model").write_text(f"{MODEL}\n")
    assert build_understanding(Settings()).parse("запишите меня к терапевту").intent == (
        "lab_results"
    )
    monkeypatch.setenv("VOICE122_RASA_MODEL", "another.tar.gz")
    assert build_understanding(Settings()).parse("запишите меня к терапевту").intent == (
        "make_appointment"
    )


@pytest.mark.parametrize(
    "url", ["http://10.0.0.5:5005", "http://rasa.example:5005", "http://127.0.0.1.example:80", ""]
)
def test_rasa_is_looked_for_on_this_machine_only(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE122_RASA_URL", url)
    with pytest.raises(ValidationError, match="rasa_url"):
        Settings()


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_without_training_it_says_how(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "model").write_bytes(content)
    with pytest.raises(NluError, match="make rasa"):
        trained_model(tmp_path)
