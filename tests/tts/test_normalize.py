"""Every prompt becomes words: the table in normalization.yml, and what holds for any text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tts.normalize import Normalizer
from tts.normalize.cases import Case, Gender
from tts.normalize.free import FreeText
from tts.normalize.numerals import cardinal, ordinal
from tts.speakable import is_speakable

TABLE = yaml.safe_load((Path(__file__).parent / "normalization.yml").read_text("utf-8"))
CASES = [(kind, *case) for kind, cases in TABLE.items() for case in cases]
SPOKEN = re.compile(r"(?:[а-яёА-ЯЁ \n,.!?…:;—-]|\+(?=[аеёиоуыэюяАЕЁИОУЫЭЮЯ]))*")

WRITTEN = (
    "23.11.2026 13:00 9.30 8-800-200-01-22 +7(342)217-33-70 500 руб. 1,5 млн ₽ 38,5°C № 4 XXI "
    "век II группы ул. Ленина д. 16 кв. 5 56а 50% МФЦ СНИЛС 112-233-445 95 gosuslugi.ru Wi-Fi 😀 "
    "с до по в к 5-го 2-х 007 1/2 140/90 пн–пт декабря 2026 г. часов С+уксун … — - + * # & ( ) , "
    ". ! кабинет I V X 0 00 12 345 т.д. им. А. Б. каб. 1-5 тыс. и рублей"
)
PIECES = st.sampled_from(WRITTEN.split())
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text("0123456789.,:-–/ абвгдеАБВГ+№%₽XVI", max_size=40),
    st.lists(PIECES, max_size=12).map(" ".join),
)


@pytest.fixture(scope="module")
def normalizer() -> Normalizer:
    return Normalizer()


@pytest.mark.parametrize(("kind", "written", "spoken"), CASES)
def test_table(normalizer: Normalizer, kind: str, written: str, spoken: str) -> None:
    assert normalizer.normalize(written) == spoken, kind


def test_the_table_covers_every_kind_well() -> None:
    assert len(CASES) >= 120
    assert min(len(cases) for cases in TABLE.values()) >= 9


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(TEXTS)
@example("1 500 000 руб. с 8:00")
@example("І і Ω ß ٣ ²")
def test_any_text_becomes_words_and_pauses_once_and_for_all(text: str) -> None:
    normalizer = NORMALIZER
    spoken = normalizer.normalize(text)
    assert SPOKEN.fullmatch(spoken), spoken
    assert normalizer.normalize(spoken) == spoken
    if re.search(r"[а-яёА-ЯЁa-zA-Z0-9]", text):
        assert is_speakable(spoken)


NORMALIZER = Normalizer()


@pytest.mark.parametrize("text", ["", " ", "\n", "😀", "...", "\u0000\u200b"])
def test_nothing_to_say_stays_nothing(normalizer: Normalizer, text: str) -> None:
    assert not is_speakable(normalizer.normalize(text))


def test_a_line_break_stays_a_pause_between_paragraphs(normalizer: Normalizer) -> None:
    assert (
        normalizer.normalize("Приём в 9:00.\n\nКабинет 5.")
        == "Приём в девять часов.\nКабинет пять."
    )


def test_a_failing_library_does_not_lose_the_text(
    normalizer: Normalizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def normalize(self, text: str) -> str:
            raise RuntimeError("broken")

    free = FreeText()
    monkeypatch.setattr(free, "_library", Broken())
    monkeypatch.setattr(normalizer, "_free", free)
    assert normalizer.normalize("Вам нужно 3 справки") == "Вам нужно три справки"


def test_a_library_that_swallows_the_text_is_not_believed() -> None:
    class Empty:
        def normalize(self, text: str) -> str:
            return ""

    free = FreeText()
    free._library = Empty()
    assert free.normalize("5 копий") == "5 копий"


def test_numerals_decline() -> None:
    assert [cardinal(742, case) for case in Case] == [
        "семьсот сорок два",
        "семисот сорока двух",
        "семистам сорока двум",
        "семьсот сорок два",
        "семьюстами сорока двумя",
        "семистах сорока двух",
    ]
    assert cardinal(21_002, Case.NOM, Gender.FEMALE) == "двадцать одна тысяча две"
    assert ordinal(2000, Case.LOC) == "двухтысячном"
    assert ordinal(143, Case.DAT, Gender.FEMALE) == "сто сорок третьей"


def test_a_number_too_long_for_words_is_refused() -> None:
    with pytest.raises(ValueError, match="digit by digit"):
        cardinal(10**15)
