"""The telephone line of the benches: coder, levels, noises."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE
from bench.audio import (
    NOISES,
    Signal,
    a_law,
    active_level_db,
    add_noise,
    babble,
    level_db,
    line_noise,
    read_pcm,
    set_active_level,
    telephone_band,
    tile,
    to_pcm,
    to_signal,
    write_flac,
)
from bench.corpus import load_corpus

SECOND = SAMPLE_RATE


def tone(hz: float, seconds: float, amplitude: float = 0.1) -> Signal:
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return amplitude * np.sin(2 * np.pi * hz * t)


def test_a_law_is_the_coder_of_libsndfile() -> None:
    """Every 16-bit value; libsndfile rounds the borders of negative steps the other way."""
    values = np.arange(-32768, 32768).astype(np.int16)
    stream = io.BytesIO()
    soundfile.write(stream, values, SAMPLE_RATE, format="WAV", subtype="ALAW")
    stream.seek(0)
    theirs, _ = soundfile.read(stream, dtype="int16")
    ours = a_law(to_signal(values))
    differ = np.flatnonzero(ours != theirs)
    assert len(differ) <= 127
    assert np.all(values[differ] < 0)
    assert np.all(values[differ] % 16 == 0)


def test_line_passes_a_voice_and_stops_hum() -> None:
    passed = telephone_band(tone(1000, 1))
    assert len(passed) == SECOND
    assert level_db(passed) == pytest.approx(level_db(tone(1000, 1)), abs=0.2)
    assert level_db(telephone_band(tone(50, 1))[800:-800]) < level_db(tone(50, 1)) - 40


def test_line_takes_sound_of_another_rate_without_delay() -> None:
    click = np.zeros(24_000)
    click[12_000] = 1
    assert int(np.argmax(np.abs(telephone_band(click, 24_000)))) == 4000


def test_active_level_ignores_pauses() -> None:
    """P.56: a voice is as loud after two seconds of silence as before."""
    speech = tone(500, 4)
    paused = np.concatenate([speech, np.zeros(8 * SECOND), speech])
    assert active_level_db(paused) == pytest.approx(active_level_db(speech), abs=0.3)
    assert level_db(paused) == pytest.approx(level_db(speech) - 3, abs=0.1)


def test_active_level_of_nothing_is_the_floor_and_cannot_be_set() -> None:
    assert active_level_db(np.zeros(SECOND)) == -120
    assert level_db(np.zeros(0)) == -120
    with pytest.raises(ValueError, match="no sound"):
        set_active_level(np.zeros(SECOND), -26)


@pytest.mark.parametrize("level", [-40.0, -26.0, -15.0])
def test_active_level_can_be_set(level: float) -> None:
    (speech,) = (to_signal(p.pcm()) for p in load_corpus().phrases if p.path.stem == "covid")
    assert active_level_db(set_active_level(speech, level)) == pytest.approx(level, abs=0.3)


@pytest.mark.parametrize("noise", ["pink", "street", "babble"])
@pytest.mark.parametrize("snr_db", [-5.0, 5.0, 20.0])
def test_noise_is_added_at_the_ratio_asked_for(noise: str, snr_db: float) -> None:
    phrases = [to_signal(p.pcm()) for p in load_corpus().phrases if p.noise is None]
    rng = np.random.default_rng(1)
    speech = phrases[0]
    bed = babble(phrases[1:9], SECOND, rng) if noise == "babble" else NOISES[noise](SECOND, rng)
    noisy = add_noise(speech, bed, snr_db)
    assert active_level_db(speech) - level_db(noisy - speech) == pytest.approx(snr_db, abs=0.01)


@pytest.mark.parametrize("make_noise", [*NOISES.values(), line_noise])
def test_a_seed_makes_the_same_noise_again(make_noise: type) -> None:
    first, second, other = (make_noise(SECOND, np.random.default_rng(s)) for s in (7, 7, 8))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_noises_of_any_length_have_that_length() -> None:
    rng = np.random.default_rng(3)
    for n in (800, 801, 12_345):
        assert [len(make_noise(n, rng)) for make_noise in NOISES.values()] == [n, n]
        assert len(tile(tone(400, 0.05), n)) == n


def test_pink_noise_loses_three_decibels_an_octave() -> None:
    power = np.abs(np.fft.rfft(NOISES["pink"](60 * SECOND, np.random.default_rng(5)))) ** 2
    low, high = (np.mean(power[60 * hz : 120 * hz]) for hz in (500, 1000))
    assert 10 * np.log10(low / high) == pytest.approx(3, abs=0.3)


def test_one_voice_is_no_crowd() -> None:
    with pytest.raises(ValueError, match="two voices"):
        babble([tone(300, 1)], SECOND, np.random.default_rng(0))


def test_samples_beyond_full_scale_are_refused_not_clipped() -> None:
    with pytest.raises(ValueError, match="lower level"):
        to_pcm(np.array([0.0, 1.2]))
    assert to_pcm(np.array([-1.0, 1.0])).tolist() == [-32768, 32767]


def test_recordings_of_another_rate_are_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "wide.wav", np.zeros(16), 16_000)
    with pytest.raises(ValueError, match="expected 8000 Hz mono, found 16000 Hz"):
        read_pcm(tmp_path / "wide.wav")
    pcm = to_pcm(tone(700, 0.1))
    write_flac(tmp_path / "new" / "voice.flac", pcm)
    assert np.array_equal(read_pcm(tmp_path / "new" / "voice.flac"), pcm)
