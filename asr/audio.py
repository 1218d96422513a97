"""The one audio format inside the house: 16-bit mono PCM at 8 kHz, in frames of 20 ms."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
"""Mono PCM samples at `SAMPLE_RATE`: shape (n,), dtype int16, full scale +-32767."""

SAMPLE_RATE: Final = 8000
"""Samples a second (Hz)."""
FRAME_MS: Final = 20
"""Length of a frame (ms)."""
FRAME_S: Final = FRAME_MS / 1000
"""Length of a frame (s)."""
FRAME_SAMPLES: Final = SAMPLE_RATE * FRAME_MS // 1000
"""Samples in a frame: 160."""
_FRAME_TYPE: Final = np.dtype(np.int16)


def check_frame(frame: Pcm) -> Pcm:
    """Return `frame` if it is one: shape (160,), dtype int16.

    Raises:
        ValueError: it has another shape or dtype; the message says which.
    """
    if frame.dtype != _FRAME_TYPE or frame.shape != (FRAME_SAMPLES,):
        raise ValueError(
            f"a frame is int16 of shape ({FRAME_SAMPLES},), not {frame.dtype} of {frame.shape}"
        )
    return frame
