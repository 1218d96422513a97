"""Other sampling rates than ours: nothing is lost, delayed or folded into the voice."""

from __future__ import annotations

import numpy as np
import pytest

from asr.audio import FRAME_SAMPLES, Pcm
from telephony.audiosocket import RATES
from telephony.line_rate import FrameResampler, FromPeer

OTHERS = [rate for rate in RATES.values() if rate != 8000]


def tone(rate: int, hertz: float, seconds: float = 0.4) -> Pcm:
    wave = 10_000 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)
    return np.rint(wave).astype(np.int16)


def resampled(samples: Pcm, rate_in: int, rate_out: int) -> Pcm:
    resampler, size = FrameResampler(rate_in, rate_out), rate_in // 50
    return np.concatenate(
        [resampler.frame(samples[at : at + size]) for at in range(0, len(samples), size)]
    )


@pytest.mark.parametrize("rate", OTHERS)
def test_speech_comes_back_from_every_rate_within_two_milliseconds(rate: int) -> None:
    sent = tone(8000, 700) + tone(8000, 1900) // 2
    back = resampled(resampled(sent, 8000, rate), rate, 8000)
    assert len(back) == len(sent)
    best = max(
        float(np.corrcoef(sent[200:2500], back[200 + delay : 2500 + delay])[0, 1])
        for delay in range(24)
    )
    assert best > 0.999


@pytest.mark.parametrize("rate", OTHERS)
def test_what_the_telephone_band_cannot_carry_is_not_folded_into_it(rate: int) -> None:
    if rate >= 16_000:
        folded = resampled(tone(rate, 5500), rate, 8000)[400:]
        assert np.abs(folded).max() < 100  # 40 dB below


def test_pieces_of_any_length_become_frames() -> None:
    samples = np.arange(2000).astype(np.int16)
    peer = FromPeer(8000)
    frames = [frame for part in np.split(samples, [7, 7, 700, 900]) for frame in peer.frames(part)]
    assert {len(frame) for frame in frames} == {FRAME_SAMPLES}
    np.testing.assert_array_equal(np.concatenate(frames), samples[:1920])
