"""Between the 8 kHz of the house and the sampling rate of a peer, frame by frame.

A telephone conversation bears no detour: the filter here looks back and ahead by one millisecond.
(Streams of soxr, used elsewhere, hold back 40 to 170 ms.)
"""

from __future__ import annotations

from functools import cache
from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

from asr.audio import FRAME_MS, SAMPLE_RATE, Pcm

_ZERO_CROSSINGS: Final = 8
"""Half length of the filter, in samples of the lower rate."""
_CUTOFF: Final = 0.92
"""Of the lower rate's band."""


class FromPeer:
    """Cuts what a peer sends, in pieces of any length, into frames of the house.

    Args:
        rate: of the peer (Hz); a frame of 20 ms has a whole number of samples.
    """

    def __init__(self, rate: int) -> None:
        self._frame_samples = rate * FRAME_MS // 1000
        self._resampler = None if rate == SAMPLE_RATE else FrameResampler(rate, SAMPLE_RATE)
        self._rest: Pcm = np.zeros(0, np.int16)

    def frames(self, samples: Pcm) -> list[Pcm]:
        """The frames, shape (160,) each, that are complete with `samples`; shape (n,), int16."""
        size = self._frame_samples
        if len(samples) != size or len(self._rest):
            samples = np.concatenate([self._rest, samples])
        whole = len(samples) - len(samples) % size
        self._rest = samples[whole:]
        cut = [samples[at : at + size] for at in range(0, whole, size)]
        return cut if self._resampler is None else [self._resampler.frame(each) for each in cut]


class ToPeer:
    """Brings frames of the house to the rate of a peer.

    Args:
        rate: of the peer (Hz).
    """

    def __init__(self, rate: int) -> None:
        self._resampler = None if rate == SAMPLE_RATE else FrameResampler(SAMPLE_RATE, rate)

    def frame(self, frame: Pcm) -> Pcm:
        """The next 20 ms at the peer's rate."""
        return frame if self._resampler is None else self._resampler.frame(frame)


class FrameResampler:
    """Resamples 20 ms by 20 ms with a polyphase low-pass filter, without a seam.

    Args:
        rate_in, rate_out: Hz; 20 ms have a whole number of samples at both.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        common = gcd(rate_in, rate_out)
        self._up, self._down = rate_out // common, rate_in // common
        self._filter = _low_pass(self._up, self._down)
        self._out = rate_out * FRAME_MS // 1000
        self._before = np.zeros(rate_in * FRAME_MS // 1000, np.int16)

    def frame(self, frame: Pcm) -> Pcm:
        """The next 20 ms at the other rate; int16."""
        both = np.concatenate([self._before, frame])
        self._before = frame
        filtered = upfirdn(self._filter, both.astype(np.float32), self._up, self._down)
        result: Pcm = np.rint(filtered[self._out : 2 * self._out]).clip(-32768, 32767).astype("<i2")
        return result


@cache
def _low_pass(up: int, down: int) -> NDArray[np.float32]:
    widest = max(up, down)
    taps = firwin(2 * _ZERO_CROSSINGS * widest + 1, _CUTOFF / widest, window=("kaiser", 6.0))
    return np.asarray(taps * up, np.float32)
