"""Reports of a test: Rasa's names, figures that can be recomputed by hand, a page for editors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dialog.content.nlu_reader import Example
from dialog.errors import NluError
from dialog.nlu.embedded import EmbeddedInterpreter
from dialog.nlu.encoder import E5Encoder
from dialog.nlu.evaluate import Outcome, auroc, calibration_error, f1, measure
from dialog.nlu.interpreter import Parse, Ranked
from dialog.nlu.neighbours import Neighbours
from dialog.nlu.reports import intent_scores, write_reports
from dialog.nlu.testing import evaluate_by_cross_validation, evaluate_interpreter
from tests.dialog.nlu.conftest import write_content


def outcome(
    intent: str,
    decided: str | None,
    confidence: float = 0.9,
    *,
    asked: bool = False,
    text: str = "скажите",
) -> Outcome:
    outside = confidence if decided is None else 1 - confidence
    return Outcome(text, intent, decided, decided or "out_of_scope", confidence, outside, asked)


MIXED = [
    outcome("a", "a"),
    outcome("a", "a", 0.5, asked=True),
    outcome("a", "b", 0.8, text="<b>опасная & фраза</b>"),
    outcome("b", "b"),
    outcome("b", None, 0.6),
    outcome("out_of_scope", None),
    outcome("out_of_scope", "a", 0.7),
]


def test_figures_are_those_computed_by_hand() -> None:
    metrics = measure(MIXED)
    assert metrics.phrases == 7
    assert metrics.accuracy.value == pytest.approx(3 / 5)
    assert metrics.accuracy.low <= 3 / 5 <= metrics.accuracy.high
    assert metrics.out_of_scope_f1.value == pytest.approx(2 * 1 / (2 + 2))
    assert metrics.questions == pytest.approx(1 / 5)
    assert metrics.wrong_answers == pytest.approx(2 / 7)


def test_intervals_shrink_with_more_phrases_and_do_not_depend_on_chance() -> None:
    few, many = measure(MIXED), measure(MIXED * 30)
    assert many.accuracy.high - many.accuracy.low < few.accuracy.high - few.accuracy.low
    assert measure(MIXED) == few


def test_calibration_error_is_the_distance_between_sure_and_right() -> None:
    sure = np.array([0.95, 0.95, 0.95, 0.95], np.float32)
    assert calibration_error(sure, np.array([True] * 4)) == pytest.approx(0.05, abs=1e-6)
    assert calibration_error(sure, np.array([False] * 4)) == pytest.approx(0.95, abs=1e-6)
    certain = np.array([1.0, 1.0], np.float32)
    assert calibration_error(certain, np.array([True, True])) == pytest.approx(0)


def test_auroc_counts_pairs_in_order() -> None:
    scores = np.array([0.9, 0.4, 0.4, 0.1])
    assert auroc(scores, np.array([True, True, False, False])) == pytest.approx(3.5 / 4)
    assert auroc(scores, np.array([True, False, False, False])) == 1
    assert auroc(scores, np.array([False] * 4)) == 0.5


def test_f1_of_nothing_found_where_there_is_nothing() -> None:
    nothing = np.array([False, False])
    assert f1(nothing, nothing) == 1
    assert f1(~nothing, nothing) == 0


def test_scores_by_intent_say_what_it_was_taken_for() -> None:
    scores = intent_scores(MIXED)
    assert (scores["a"].precision, scores["a"].recall) == (
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
    )
    assert scores["a"].confused_with == {"b": 1}
    assert scores["b"].confused_with == {"out_of_scope": 1}
    assert scores["out_of_scope"].support == 2


def test_an_outcome_is_taken_from_a_parse() -> None:
    ranking = (Ranked("a", 0.6), Ranked("out_of_scope", 0.3), Ranked("b", 0.1))
    found = Outcome.of("b", Parse("текст", "a", 0.6, ranking, clarify=("a", "b")))
    assert found == Outcome("текст", "b", "a", "a", 0.6, 0.3, True)
    assert not found.right
    assert Outcome.of("out_of_scope", Parse("", None, 0.0, ranking)).right


def test_reports_have_the_names_and_the_shape_that_rasa_users_know(tmp_path: Path) -> None:
    write_reports(MIXED, tmp_path / "results", "Проверка")
    report = json.loads((tmp_path / "results" / "intent_report.json").read_text())
    assert set(report["a"]) == {"precision", "recall", "f1-score", "support", "confused_with"}
    assert report["accuracy"] == pytest.approx(4 / 7)
    assert report["weighted avg"]["recall"] == pytest.approx(4 / 7)
    errors = json.loads((tmp_path / "results" / "intent_errors.json").read_text())
    assert [e["intent_prediction"]["confidence"] for e in errors] == [0.8, 0.7, 0.6]
    assert errors[2]["intent_prediction"]["name"] == "out_of_scope"
    for name in ("intent_confusion_matrix.png", "intent_histogram.png"):
        assert (tmp_path / "results" / name).read_bytes().startswith(b"\x89PNG")


def test_the_page_is_whole_in_itself_and_shows_no_markup_of_callers(tmp_path: Path) -> None:
    write_reports(MIXED, tmp_path, "Проверка & отчёт")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<html lang="ru">' in page
    assert "&lt;b&gt;опасная &amp; фраза&lt;/b&gt;" in page
    assert "<b>опасная" not in page
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page


def test_a_test_without_phrases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NluError, match="no phrases"):
        write_reports([], tmp_path, "Проверка")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NluError, match=r"cannot be written to .*file"):
        write_reports(MIXED, tmp_path / "file", "Проверка")


def test_errors_come_with_the_training_phrase_that_explains_them(
    interpreter: EmbeddedInterpreter, encoder: E5Encoder, tmp_path: Path
) -> None:
    content = write_content(tmp_path / "content")
    write_content(
        content / "tests",
        {"lab_results": ["запишите меня к терапевту пожалуйста"], "affirm": ["да да верно"]},
    )
    metrics = evaluate_interpreter(
        interpreter, content, tmp_path / "out", tmp_path / "cache", make_encoder=lambda: encoder
    )
    assert metrics.accuracy.value == pytest.approx(1 / 2)
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "запишите меня к терапевту<br><small>make_appointment, all.yml:5" in page


def test_cross_validation_tests_every_training_phrase(encoder: E5Encoder, tmp_path: Path) -> None:
    content = write_content(tmp_path / "content")
    metrics = evaluate_by_cross_validation(
        content, tmp_path / "out", tmp_path / "cache", make_encoder=lambda: encoder
    )
    assert metrics.phrases == 62
    assert (tmp_path / "out" / "intent_report.json").exists()


def test_phrases_too_near_to_those_of_another_intent_are_found(
    encoder: E5Encoder, tmp_path: Path
) -> None:
    said = [
        ("где сдать кровь на анализ", "a"),
        ("где сдать на анализ кровь", "b"),
        ("где сдать на анализы кровь", "a"),
        ("запишите меня к хирургу", "a"),
        ("какие выплаты положены мобилизованным", "b"),
        ("сегодня хорошая погода", "b"),
    ]
    examples = [Example(t, intent, (), "x.yml", n) for n, (t, intent) in enumerate(said, 1)]
    findings = Neighbours(examples, encoder, tmp_path).too_near()
    assert {finding.line for finding in findings} == {2, 3}
    assert all("x.yml:" in finding.message for finding in findings)
