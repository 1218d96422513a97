"""Stress, sentences, and the whole way from a prompt to what the synthesizer gets."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tts.errors import SynthesisError
from tts.fingerprint import text_fingerprint
from tts.sentences import MAX_SENTENCE, PARAGRAPH_PAUSE_S, SENTENCE_PAUSE_S, split_sentences
from tts.speakable import VOWELS
from tts.stress import Stresser, load_stress_list
from tts.text import TextPreparer

ROOT = Path(__file__).parents[2]
STRESS = ROOT / "nlu_data" / "lists" / "stress.yml"
NAMES = [
    ("Оханск", "Ох+анск"),
    ("в Суксуне", "в Сукс+уне"),
    ("Барда", "Бард+а"),
    ("Чусовой", "Чусов+ой"),
    ("Очер", "Очёр"),
    ("Лысьва", "Л+ысьва"),
    ("Кудымкар", "Кудымк+ар"),
    ("в Юсьве", "в +Юсьве"),
    ("Нытва", "Н+ытва"),
    ("в Березниках", "в Березник+ах"),
    ("в Бардымском округе", "в Бард+ымском округе"),
    ("Мотовилиха", "Мотовил+иха"),
    ("до Перми", "до П+ерми"),
    ("В Перми", "В Перм+и"),
    ("ОХАНСК", "Ох+анск"),
]


@pytest.fixture(scope="module")
def own() -> Stresser:
    return Stresser(load_stress_list(STRESS), with_model=False)


@pytest.fixture(scope="module")
def preparer() -> TextPreparer:
    return TextPreparer(STRESS)


@pytest.mark.parametrize(("written", "marked"), NAMES)
def test_local_names_are_stressed_as_people_there_say_them(
    own: Stresser, written: str, marked: str
) -> None:
    assert own.mark(written) == marked


def test_every_municipality_has_its_stress(own: Stresser) -> None:
    path = ROOT / "nlu_data" / "lists" / "municipalities.yml"
    for entry in yaml.safe_load(path.read_text("utf-8"))["entries"].values():
        for word in f"{entry['name']} {entry['spoken']}".split():
            vowels = sum(letter in VOWELS for letter in word.lower())
            if vowels > 1 and word[0].isupper() and word not in ("Большая", "Большой"):
                assert "+" in own.mark(word) or "ё" in word.lower(), word


def test_a_mark_in_the_text_wins_over_the_list(own: Stresser) -> None:
    assert own.mark("+Оханск") == "+Оханск"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("words: [Оханск]", "поставьте «\\+»"),
        ("words:\n  - {forms: [Ох+анск, Оханска]}", "«Оханска»"),
        ("words:\n  - {word: Ох+анск}", "список форм"),
        ("[Ох+анск]", "нужен список «words:»"),
        ("words: [", "не читается"),
        ("words: [Охк+нск]", "поставьте"),
    ],
)
def test_a_broken_list_says_what_to_mend(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "stress.yml"
    path.write_text(content, "utf-8")
    with pytest.raises(ValueError, match=complaint):
        load_stress_list(path)


def test_the_model_stresses_the_rest_and_resolves_homographs(preparer: TextPreparer) -> None:
    (castle,) = preparer.prepare("На горе стоит старинный замок.")
    (lock,) = preparer.prepare("Закройте дверь на замок, пожалуйста.")
    assert "з+амок" in castle.text
    assert "зам+ок" in lock.text


def test_the_letter_yo_is_restored(preparer: TextPreparer) -> None:
    (sentence,) = preparer.prepare("Прием еще не начался.")
    assert "ёщ" not in sentence.text
    assert "При+ём ещ+ё" in sentence.text


def test_a_model_that_breaks_leaves_the_words_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("no tensor")

    stresser = Stresser({}, with_model=False)
    monkeypatch.setattr(stresser, "_accentor", broken)
    assert stresser.mark("Приём завтра.") == "Приём завтра."
    monkeypatch.setattr(stresser, "_accentor", lambda *_, **__: "совсем другое")
    assert stresser.mark("Приём завтра.") == "Приём завтра."


def test_a_prompt_is_prepared_from_end_to_end(preparer: TextPreparer) -> None:
    sentences = preparer.prepare("Запись в Оханске: 23.11.2026 в 13:00, каб. 21. Возьмите СНИЛС!")
    text = " ".join(sentence.text for sentence in sentences)
    assert "Ох+анске" in text
    assert "сн+илс" in text
    assert not any(character.isdigit() for character in text)
    assert len(sentences) == 2


def test_a_prompt_without_words_is_an_error(preparer: TextPreparer) -> None:
    with pytest.raises(SynthesisError, match="nothing to speak"):
        preparer.prepare("😀 ...")


def test_sentences_and_paragraphs_have_their_pauses() -> None:
    first, second, third = split_sentences("Да. Нет!\nВсё.")
    assert (first.text, second.text, third.text) == ("Да.", "Нет!", "Всё.")
    assert (first.pause_s, second.pause_s, third.pause_s) == (
        SENTENCE_PAUSE_S,
        PARAGRAPH_PAUSE_S,
        0.0,
    )


@pytest.mark.parametrize("text", ["слово " * 300, "слово, " * 300, "а" * 2000])
def test_a_long_sentence_is_cut_and_nothing_is_lost(text: str) -> None:
    pieces = split_sentences(text)
    assert max(len(piece.text) for piece in pieces) <= MAX_SENTENCE
    assert "".join(piece.text for piece in pieces).replace(" ", "") == text.replace(" ", "")


def test_marks_alone_are_no_sentence() -> None:
    assert split_sentences("… ! — , \n\n ?") == ()


def test_the_fingerprint_changes_with_the_stress_list(tmp_path: Path) -> None:
    path = tmp_path / "stress.yml"
    path.write_text("words: [Ох+анск]")
    before = text_fingerprint(path)
    assert before == text_fingerprint(path)
    path.write_text("words: [+Оханск]")
    assert text_fingerprint(path) != before != text_fingerprint(None)
