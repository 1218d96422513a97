"""The contract that every synthesizer keeps (`tts.synthesizer.Synthesizer`)."""

from __future__ import annotations

import numpy as np
import pytest

from tts.errors import SynthesisError
from tts.synthesizer import OUTPUT_RATE, Pcm, Synthesizer

TEXTS = [
    "да",
    "Здр+авствуйте! Вы позвонили в справочную службу сто двадцать два.",
    "Ох+анск, Сукс+ун — и Бард+а… Ёлка; подъезд: «семь».",
    "щ",
    "эмэфц+э, гэкап+э, сн+илс",
    "Кто-то по-русски сказал: «из-за»?",
]
LONG = "Приём ведут по будням с восьми до двадцати часов, кабинет двадцать один. " * 27


def spoken(synthesizer: Synthesizer, text: str, rate: float = 1.0) -> Pcm:
    return np.concatenate(list(synthesizer.synthesize(text, rate)))


def loud(pcm: Pcm) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.flatnonzero(np.abs(pcm.astype(np.int32)) > 300)


@pytest.mark.parametrize("text", TEXTS)
class TestSpeakable:
    def test_gives_16_bit_chunks_of_a_tenth_of_a_second(
        self, synthesizer: Synthesizer, text: str
    ) -> None:
        chunks = list(synthesizer.synthesize(text))
        assert all(chunk.dtype == np.int16 and chunk.ndim == 1 for chunk in chunks)
        assert all(0 < len(chunk) <= OUTPUT_RATE // 10 for chunk in chunks)
        assert len(loud(np.concatenate(chunks))) > 0

    def test_never_clips(self, synthesizer: Synthesizer, text: str) -> None:
        pcm = spoken(synthesizer, text)
        assert np.abs(pcm.astype(np.int32)).max() < 32767

    def test_begins_to_sound_within_a_fifth_of_a_second(
        self, synthesizer: Synthesizer, text: str
    ) -> None:
        assert loud(spoken(synthesizer, text))[0] < 0.2 * OUTPUT_RATE

    def test_says_the_same_text_the_same_way(self, synthesizer: Synthesizer, text: str) -> None:
        np.testing.assert_array_equal(spoken(synthesizer, text), spoken(synthesizer, text))


def test_slower_lasts_longer_and_faster_shorter(synthesizer: Synthesizer) -> None:
    slow, usual, fast = (len(spoken(synthesizer, TEXTS[1], rate)) for rate in (0.8, 1.0, 1.25))
    assert slow / usual == pytest.approx(1.25, abs=0.07)
    assert fast / usual == pytest.approx(0.8, abs=0.07)


@pytest.mark.parametrize("rate", [0.0, -1.0, 100.0])
def test_an_absurd_rate_is_held_to_what_can_be_understood(
    synthesizer: Synthesizer, rate: float
) -> None:
    usual = len(spoken(synthesizer, TEXTS[1]))
    assert 0.45 < len(spoken(synthesizer, TEXTS[1], rate)) / usual < 2.1


@pytest.mark.parametrize("text", ["", " ", "...", "+", "—", "123", "hello", "😀", "\n", "+ +"])
def test_nothing_to_pronounce_is_an_error(synthesizer: Synthesizer, text: str) -> None:
    with pytest.raises(SynthesisError, match="nothing to speak"):
        list(synthesizer.synthesize(text))


def test_a_text_of_2000_characters_is_spoken_to_its_end(synthesizer: Synthesizer) -> None:
    assert 1900 < len(LONG) < 2100
    once = len(spoken(synthesizer, LONG[: len(LONG) // 27]))
    assert sum(map(len, synthesizer.synthesize(LONG, 2.0))) > 20 * once / 2


def test_foreign_letters_are_left_out_and_the_rest_is_spoken(synthesizer: Synthesizer) -> None:
    mixed = spoken(synthesizer, "приём в hello 5 кабинете\x00\u200b")
    assert len(loud(mixed)) > 0


def test_leaving_in_the_middle_leaves_the_engine_fit_for_the_next_text(
    synthesizer: Synthesizer,
) -> None:
    expected = spoken(synthesizer, "да")
    left = synthesizer.synthesize(LONG)
    next(left)
    del left
    np.testing.assert_array_equal(spoken(synthesizer, "да"), expected)


def test_says_who_it_is(synthesizer: Synthesizer) -> None:
    assert synthesizer.engine in ("rhvoice", "silero")
    assert synthesizer.voice
    assert synthesizer.version.startswith(synthesizer.engine)
