"""Silences that Whisper heard beforehand, to follow what is said.

Whisper needs silence after a turn, or it says things twice; but what it makes of silence depends
little on what was said before. So what follows a turn is taken from silences after murmurs of about
the same length: for a turn of 3.5 s in a window of 8 s half of the encoder's work. As much is heard
(docs/models.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
from onnxruntime import OrtValue

from asr.mel import HOP, MEL_RATE, log_mel
from asr.murmur import murmur
from asr.whisper_weights import Matrix

Heard = dict[str, OrtValue]
"""Keys and values of each layer, in turn: what the decoder looks at."""
Silence = list[tuple[int, npt.NDArray[np.float32]]]
"""A part of `Heard`: of each output the axis along which time passes, and itself."""
_POSITION: Final = 2 * HOP
"""Samples of one position of the encoder."""
_MURMURS_S: Final = (2.5, 3.5, 4.5, 6.0)
"""Lengths of the murmurs before the silences (s). Shorter turns need their own: after a borrowed
one "нет" was heard twice, and "да" with a confidence of 0.49 instead of 0.60."""


class Silences:
    """Args:
    window_s: how long a murmur and its silence are together (s); 0: there are none.
    hear: the encoder: what it makes of a spectrogram.
    """

    def __init__(self, window_s: float, hear: Callable[[Matrix], Heard]) -> None:
        self._known: list[tuple[int, Heard]] = []
        """Of whole windows that begin with a murmur, by its positions, the longest first."""
        window = np.zeros(round(window_s * MEL_RATE / _POSITION) * _POSITION, np.float32)
        for seconds in reversed(_MURMURS_S if len(window) else ()):
            voice = murmur(seconds, MEL_RATE)[: len(window)]
            window[:] = 0.0
            window[: len(voice)] = voice
            self._known.append((len(voice) // _POSITION, hear(log_mel(window))))

    def between(self, begin: int, end: int) -> Silence | None:
        """What follows a turn that ends at position `begin`, up to `end`; None if it is not known
        or there is nothing to follow."""
        known = next((heard for length, heard in self._known if length <= begin), None)
        if known is None or begin >= end:
            return None
        parts = [(2 - number % 2, part.numpy()) for number, part in enumerate(known.values())]
        if parts[0][1].shape[2] < end:
            return None
        return [
            (axis, part[:, :, begin:end] if axis == 2 else part[:, begin:end])
            for axis, part in parts
        ]


def followed(heard: Heard, silence: Silence) -> Heard:
    """What was heard, and the silence after it."""
    return {
        name: OrtValue.ortvalue_from_numpy(np.concatenate([part.numpy(), rest], axis))
        for (name, part), (axis, rest) in zip(heard.items(), silence, strict=True)
    }
