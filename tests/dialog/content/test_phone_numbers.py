"""A wrong digit sends callers to a stranger: spoken numbers are held against the list."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.content.phone_numbers import check_numbers, spoken_numbers
from tests.dialog.content.small_content import answer_with, change, found_by, write_content


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_content(tmp_path)


def say(content: Path, text: str) -> None:
    (content / "responses" / "more.yml").write_text(answer_with(text), encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Телефон: двести семнадцать, тридцать три, семьдесят.", ["2173370"]),
        ("восемь восемьсот, пятьсот пятьдесят, девяносто девять, ноль три", ["88005509903"]),
        ("Наберите сто три или сто двенадцать.", ["103", "112"]),
        ("Служба сто двадцать два работает ежедневно.", ["122"]),
        ("сразу звоните сто три: диспетчер решит", ["103"]),
        ("с мобильного сто двадцать четыре", ["124"]),
        ("Звоните 8 (342) 212-60-20.", ["83422126020"]),
        ("Пишите эсэмэс на 112", ["112"]),
        ("по-старому наберите ноль три", ["03"]),
        ("номер три-четыре-два, двести пятьдесят восемь, ноль семь", ["34225807"]),
    ],
)
def test_spoken_numbers_are_found(text: str, digits: list[str]) -> None:
    assert [number.digits for number in spoken_numbers(text)] == digits


@pytest.mark.parametrize(
    "text",
    [
        "На срок службы и ещё сто восемьдесят дней.",
        "Край выплачивал сто тысяч рублей и пятнадцать тысяч на ребёнка.",
        "до конца две тысячи двадцать шестого года",
        "возраст делится на три: восемнадцать, двадцать один, двадцать четыре, двадцать семь",
        "с восемнадцати до тридцати девяти лет — раз в три года",
        "в крае пятьдесят четыре филиала и более двухсот малых офисов",
        "на Сибирской, пятьдесят девять",
        "поликлиника номер два",
        "Служба работает с восьми до двадцати.",
    ],
)
def test_counts_ages_sums_and_years_are_no_numbers(text: str) -> None:
    assert spoken_numbers(text) == []


def test_listed_numbers_pass(content: Path) -> None:
    say(content, "Телефон двести семнадцать, тридцать три, семьдесят. Скорая — сто три.")
    assert found_by(check_numbers, content) == []


def test_a_wrong_digit_is_found_with_the_number_that_was_meant(content: Path) -> None:
    say(content, "Телефон: двести семнадцать, тридцать четыре, семьдесят.")
    (finding,) = found_by(check_numbers, content)
    assert "(2173470)" in finding.message
    assert "217-33-70 (центр поддержки)" in finding.mend


def test_a_redirect_to_an_unlisted_number_is_found_at_its_topic(content: Path) -> None:
    change(content, "intents.yml", 'number: "103"', 'number: "113"')
    (finding,) = found_by(check_numbers, content)
    assert finding.place == "nlu_data/intents.yml:4"


def test_a_listed_number_without_source_is_found(content: Path) -> None:
    change(content, "lists/numbers.yml", "source: приказ, ", "")
    (finding,) = found_by(check_numbers, content)
    assert finding.place == "nlu_data/lists/numbers.yml:2"
    assert "нет source" in finding.message


@pytest.mark.parametrize("text", ["numbers: да\n", "numbers: []\n", "telefony: {}\n"])
def test_a_list_without_numbers_is_one_error_and_not_one_for_every_answer(
    content: Path, text: str
) -> None:
    (content / "lists" / "numbers.yml").write_text(text, encoding="utf-8")
    (finding,) = found_by(check_numbers, content)
    assert "lists/numbers.yml" in finding.file


def test_a_missing_list_is_named(content: Path) -> None:
    (content / "lists" / "numbers.yml").unlink()
    (finding,) = found_by(check_numbers, content)
    assert "списка телефонов нет" in finding.message
