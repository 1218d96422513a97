"""What a caller would hear wrongly, not at all, or without anybody to answer for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.content import answer_checks
from dialog.content.findings import Severity
from tests.dialog.content.small_content import answer_with, change, found_by, write_content

UNUSED = answer_checks.unused_answers({"utter_greeting"})
ALL = (
    answer_checks.check_readable,
    answer_checks.check_spoken,
    answer_checks.check_sourced,
    answer_checks.check_missing,
    UNUSED,
)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_content(tmp_path)


def say(content: Path, text: str) -> None:
    (content / "responses" / "more.yml").write_text(answer_with(text), encoding="utf-8")


def test_nothing_is_found_where_everything_is_right(content: Path) -> None:
    assert [finding for check in ALL for finding in found_by(check, content)] == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Приём с 8 до 20 часов.", "цифры: «8»"),
        ("Звоните 217-33-70.", "цифры: «217-33-70»"),
        ("Смотрите на сайте gosuslugi.ru в разделе.", "адрес сайта: «gosuslugi.ru»"),
        ("Спросите в бот Telegram.", "латинские буквы: «Telegram»"),
        ("Паспорт, полис и т. д. возьмите с собой.", "сокращение: «и т. д.»"),
        ("Поликлиника на ул. Ленина.", "сокращение: «ул.»"),
        ("Скидка сто % всем.", "знак: «%»"),
        ("Добрый день! 🙂", "знак: «🙂»"),
    ],
)
def test_what_a_voice_reads_wrongly_is_found(content: Path, text: str, what: str) -> None:
    say(content, text)
    (finding,) = found_by(answer_checks.check_spoken, content)
    assert finding.place == "nlu_data/responses/more.yml:3"
    assert what in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "Приём с восьми до двадцати — каждый день: «Мои документы», Сибирская, пятьдесят девять.",
        "Возьмите паспорт, полис и СНИЛС; первый этап (обычно) в тот же день…",
        "Адрес: улица Ленина. Где это? Скажите «оператор»!",
    ],
)
def test_spoken_russian_is_no_finding(content: Path, text: str) -> None:
    say(content, text)
    assert found_by(answer_checks.check_spoken, content) == []


def test_a_value_of_a_slot_that_no_flow_asks_for_is_an_error(content: Path) -> None:
    say(content, "Записываю {specialty} на {moon}.")
    (finding,) = found_by(answer_checks.check_spoken, content)
    assert finding.severity is Severity.ERROR
    assert "{moon}" in finding.message


def test_a_topic_without_its_answer_is_found_at_the_topic(content: Path) -> None:
    change(content, "responses/all.yml", "utter_lab_results:", "utter_lab_results_other:")
    (finding,) = found_by(answer_checks.check_missing, content)
    assert finding.place == "nlu_data/intents.yml:3"
    assert "utter_lab_results" in finding.message
    assert "сказать ему будет нечего" in finding.consequence


def test_answers_of_a_file_that_cannot_be_read_are_not_called_missing(content: Path) -> None:
    change(content, "responses/all.yml", "responses:", "responses: [")
    assert found_by(answer_checks.check_missing, content) == []
    assert len(found_by(answer_checks.check_readable, content)) == 1


def test_an_answer_that_nobody_calls_is_found(content: Path) -> None:
    change(content, "flows/visit.yml", "utter_ask_day", "utter_ask_time")
    (finding,) = found_by(UNUSED, content)
    assert "utter_ask_day ниоткуда не вызывается" in finding.message


def test_an_answer_of_the_program_itself_is_used(content: Path) -> None:
    text = "responses:\n  utter_greeting:\n  - text: Здравствуйте!\n"
    (content / "responses" / "more.yml").write_text(text, encoding="utf-8")
    assert found_by(UNUSED, content) == []


def test_an_answer_to_a_topic_may_not_pass_for_a_phrase(content: Path) -> None:
    text = "responses:\n  utter_ct_scan_price:\n  - text: Томография бесплатна.\n"
    (content / "responses" / "more.yml").write_text(text, encoding="utf-8")
    (finding,) = found_by(answer_checks.check_sourced, content)
    assert finding.severity is Severity.ERROR
    assert "нет источника" in finding.message


def test_an_answer_that_would_grow_old_unnoticed_is_found(content: Path) -> None:
    change(content, "responses/all.yml", 'review_by: "2027-06-01"', "review_by: null")
    (finding,) = found_by(answer_checks.check_sourced, content)
    assert "ни valid_until, ни review_by" in finding.message


def test_readers_findings_are_named_from_the_content_folder(content: Path) -> None:
    say(content, " ".join(["слово"] * 36))
    (finding,) = found_by(answer_checks.check_readable, content)
    assert finding.place == "nlu_data/responses/more.yml:3"
    assert "слов: 36" in finding.message


def test_an_answer_that_ends_within_a_month_is_found(content: Path) -> None:
    change(content, "responses/all.yml", "valid_until: null", 'valid_until: "2026-12-20"')
    (finding,) = found_by(answer_checks.check_readable, content)
    assert "осталось дней: 26" in finding.message
    assert finding.place == "nlu_data/responses/all.yml:3"
