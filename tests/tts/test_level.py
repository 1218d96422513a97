"""Level, band, limiter and fades of what a caller hears."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.engine import SpeechEngine
from tts.level import CEILING_DBFS, TARGET_DBFS, active_level_dbfs, fade_out, level
from tts.pcm import FULL_SCALE, rechunk, resample, to_float
from tts.rhvoice import FREE_VOICES, RhvoiceSynthesizer
from tts.synthesizer import OUTPUT_RATE, Pcm
from tts.trim import trim_silence

SENTENCE = "Ваша заявка принята, ожидайте звонка оператора."


def tone(hertz: float, dbfs: float, seconds: float = 3.0, dc: float = 0.0) -> Pcm:
    t = np.arange(int(seconds * OUTPUT_RATE)) / OUTPUT_RATE
    wave = np.sqrt(2) * 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * t) + dc
    return (np.clip(wave, -1, 1) * FULL_SCALE).astype(np.int16)


def levelled(pcm: Pcm, usual_dbfs: float = TARGET_DBFS, chunk: int = 800) -> Pcm:
    chunks = (pcm[start : start + chunk] for start in range(0, len(pcm), chunk))
    return np.concatenate(list(level(chunks, usual_dbfs)))


def peak_dbfs(pcm: Pcm) -> float:
    return 20 * float(np.log10(np.abs(pcm.astype(np.int32)).max() / FULL_SCALE))


@pytest.mark.parametrize("voice", FREE_VOICES)
@pytest.mark.parametrize("text", ["Здр+авствуйте.", SENTENCE])
def test_every_voice_speaks_at_the_same_level(voice: str, text: str) -> None:
    spoken = np.concatenate(list(SpeechEngine(RhvoiceSynthesizer(voice)).speak(text, 1.0)))
    assert -23.0 <= active_level_dbfs(to_float(spoken)) <= -20.0
    assert peak_dbfs(spoken) <= CEILING_DBFS + 0.01


@pytest.mark.parametrize("dbfs", [-36.0, -21.0, -9.0])
def test_a_voice_that_is_not_as_loud_as_expected_comes_to_the_target(dbfs: float) -> None:
    end = levelled(tone(440, dbfs, 12.0))[-OUTPUT_RATE:-100]
    assert active_level_dbfs(to_float(end)) == pytest.approx(TARGET_DBFS, abs=1.5)


@pytest.mark.parametrize("chunk", [1, 7, 160, 799, 5000])
def test_the_result_does_not_depend_on_how_the_audio_is_cut(chunk: int) -> None:
    speech = np.random.default_rng(1).normal(0, 4000, 4000).astype(np.int16)
    np.testing.assert_array_equal(levelled(speech, chunk=chunk), levelled(speech))


def test_length_is_kept() -> None:
    for length in (1, 79, 80, 161, 800, 12345):
        assert len(levelled(np.full(length, 1000, dtype=np.int16))) == length


def test_a_burst_is_limited_without_a_jump_of_gain() -> None:
    quiet, burst = tone(440, -30, 1.0), tone(440, -1, 0.2)
    out = levelled(np.concatenate((quiet, burst, quiet)), usual_dbfs=-30.0)
    assert peak_dbfs(out) <= CEILING_DBFS + 0.01
    assert np.abs(np.diff(out.astype(np.int32))).max() < 0.5 * FULL_SCALE


def test_dc_and_what_a_telephone_does_not_carry_are_removed() -> None:
    assert abs(levelled(tone(440, -21, dc=0.2))[800:-800].mean()) < 5
    hum = levelled(np.concatenate((tone(440, -21), tone(50, -21))))[-2 * OUTPUT_RATE : -100]
    hiss = levelled(np.concatenate((tone(440, -21), tone(3900, -21))))[-2 * OUTPUT_RATE : -100]
    for residue in (hum, hiss):
        assert 20 * np.log10(np.sqrt(np.mean(residue.astype(float) ** 2)) / FULL_SCALE) < -45


def test_both_ends_are_silent_and_rise_softly() -> None:
    out = levelled(tone(440, -15)).astype(np.int32)
    assert abs(out[0]) < 400
    assert abs(out[-1]) < 400


def test_a_cut_fades_out() -> None:
    cut = fade_out(tone(440, -15, 0.02)).astype(np.int32)
    assert np.abs(cut[-100:]).max() == 0
    assert np.abs(np.diff(cut)).max() < 5000


def test_silence_stays_silence() -> None:
    assert np.abs(levelled(np.zeros(4000, dtype=np.int16))).max() == 0
    assert active_level_dbfs(np.zeros(4000, dtype=np.float32)) == -np.inf


@given(
    rate=st.sampled_from([8000, 16000, 24000, 48000]),
    seconds=st.floats(0.05, 1.0),
    cuts=st.lists(st.floats(0, 1), max_size=20),
)
@settings(deadline=None, max_examples=50)
def test_resampling_in_pieces_leaves_no_seams(rate: int, seconds: float, cuts: list[float]) -> None:
    t = np.arange(round(rate * seconds)) / rate
    wave = np.sin(2 * np.pi * 1000 * t).astype(np.float32)
    whole = np.concatenate(list(resample([wave], rate)))
    pieces = np.split(wave, sorted(int(cut * len(wave)) for cut in cuts))
    np.testing.assert_allclose(np.concatenate(list(resample(pieces, rate))), whole, atol=1e-6)
    assert len(whole) == pytest.approx(len(wave) * OUTPUT_RATE / rate, abs=1)


@given(sizes=st.lists(st.integers(0, 500), max_size=20), size=st.integers(1, 400))
def test_even_chunks_hold_the_same_samples(sizes: list[int], size: int) -> None:
    samples = np.arange(sum(sizes), dtype=np.float32)
    even = list(rechunk(np.split(samples, np.cumsum(sizes)[:-1]) if sizes else [], size))
    assert all(len(chunk) == size for chunk in even[:-1])
    np.testing.assert_array_equal(np.concatenate([*even, samples[:0]]), samples)


def test_only_the_silence_at_the_ends_is_trimmed() -> None:
    def chunks() -> Iterator[Pcm]:
        pause = np.zeros(2000, dtype=np.int16)
        yield from (pause, tone(440, -20, 0.1), pause, tone(440, -20, 0.1), pause)

    trimmed = np.concatenate(list(trim_silence(chunks())))
    assert len(trimmed) == pytest.approx(2 * 800 + 2000 + 2 * 160, abs=20)
    assert not list(trim_silence([np.zeros(9000, dtype=np.int16)]))
