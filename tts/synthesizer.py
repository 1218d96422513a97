"""Synthesizers: text in, 8 kHz audio out, behind one interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
"""Mono PCM samples at `OUTPUT_RATE`: shape (n,), dtype int16, full scale +-32767."""

OUTPUT_RATE: Final = 8000
"""Samples a second (Hz) of everything that this room gives out."""


class Synthesizer(Protocol):
    """A loaded voice. Lives in a worker process; not thread-safe."""

    engine: str
    """``silero`` or ``rhvoice``."""
    voice: str
    """The voice's name, for example ``elena``."""
    version: str
    """Changes whenever the same text could sound different; part of the prompt cache's key."""

    def synthesize(self, text: str, rate: float = 1.0) -> Iterator[Pcm]:
        """Speak `text`, yielding chunks of about 100 ms as soon as they are ready.

        Args:
            text: normalised Russian (no digits, no Latin, no symbols), with ``+`` before a vowel
                that bears stress, as `tts.normalize` and `tts.stress` leave it.
            rate: 1.0 is the usual speed, 0.8 slower.

        Raises:
            SynthesisError: the engine failed on this text.
        """
        ...
