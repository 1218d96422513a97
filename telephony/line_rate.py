"""Between the 8 kHz of the house and the sampling rate of a peer, frame by frame.

A telephone conversation bears no detour: the filter here looks back and ahead by one millisecond.
(Streams of soxr, used elsewhere, hold back 40 to 170 ms.)
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.audio import FRAME_MS, SAMPLE_RATE, Pcm

_ZERO_CROSSINGS: Final = 8
"""Half length of the filter, in samples of the lower rate."""
_CUTOFF: Final = 0.92
"""Of the lower rate's band."""
_KAISER: Final = 6.0
"""Shape of the window (Kaiser's beta)."""


class FromPeer:
    """Cuts what a peer sends, in pieces of any length, into frames of the house.

    Args:
        rate: of the peer (Hz); a frame of 20 ms has a whole number of samples.
    """

    def __init__(self, rate: int) -> None:
        self._frame_samples = rate * FRAME_MS // 1000
        self._resampler = None if rate == SAMPLE_RATE else FrameResampler(rate, SAMPLE_RATE)
        self._rest: Pcm = np.zeros(0, np.int16)

    @property
    def passes_frames(self) -> bool:
        """Whether a frame of 20 ms would pass as it is."""
        return self._resampler is None and not len(self._rest)

    def frames(self, samples: Pcm) -> list[Pcm]:
        """The frames, shape (160,) each, that are complete with `samples`; shape (n,), int16."""
        size = self._frame_samples
        if len(samples) == size and not len(self._rest) and self._resampler is None:  # mostly
            return [samples]
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
    """Resamples 20 ms by 20 ms with a windowed-sinc low-pass filter, without a seam.

    Every frame begins at the same phase, so that one matrix of weights serves all of them.

    Args:
        rate_in, rate_out: Hz; 20 ms have a whole number of samples at both.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._sources, self._weights = _filters(rate_in, rate_out)
        self._before = np.zeros(rate_in * FRAME_MS // 1000, np.int16)

    def frame(self, frame: Pcm) -> Pcm:
        """The next 20 ms at the other rate; int16."""
        both = np.concatenate([self._before, frame]).astype(np.float32)
        self._before = frame
        filtered = np.einsum("ij,ij->i", both[self._sources], self._weights)
        result: Pcm = np.rint(filtered).clip(-32768, 32767).astype(np.int16)
        return result


@cache
def _filters(rate_in: int, rate_out: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """For each sample of a frame out: which samples of two frames in, and how much of each."""
    frame_in, frame_out = rate_in * FRAME_MS // 1000, rate_out * FRAME_MS // 1000
    lower = min(1.0, rate_out / rate_in)
    span = int(np.ceil(_ZERO_CROSSINGS / lower))  # on either side, in samples in
    slower = max(1.0, rate_in / rate_out)
    delay = np.ceil(span / slower) * slower  # whole samples of the lower rate
    centres = frame_in - delay + np.arange(frame_out) * rate_in / rate_out
    sources = np.floor(centres).astype(np.intp)[:, None] + np.arange(-span, span + 1)
    away = sources - centres[:, None]
    inside = np.clip(1 - (away / (span + 1)) ** 2, 0, None)
    weights = np.sinc(away * lower * _CUTOFF) * np.i0(_KAISER * np.sqrt(inside))
    weights /= weights.sum(axis=1, keepdims=True)
    return sources, weights.astype(np.float32)
