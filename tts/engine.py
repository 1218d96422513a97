"""What runs in the worker process of the voice: one synthesizer, made ready for the phone line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from tts.errors import SynthesisError
from tts.level import TARGET_DBFS, active_level_dbfs, level
from tts.pcm import rechunk, to_float, to_pcm
from tts.synthesizer import Pcm, Synthesizer
from tts.trim import trim_silence

_REFERENCE = "здр+авствуйте, это справочная сл+ужба."


class SpeechEngine:
    """Speaks sentences at the phone's level, without the engine's own silence around them.

    Args:
        synthesizer: a loaded voice; it speaks once here, to learn how loud it usually is.
    """

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer
        reference = np.concatenate(list(synthesizer.synthesize(_REFERENCE)))
        usual = active_level_dbfs(to_float(reference))
        self._usual_dbfs = usual if np.isfinite(usual) else TARGET_DBFS

    def identity(self) -> tuple[str, str, str]:
        """Engine, voice and version of what speaks."""
        return self._synthesizer.engine, self._synthesizer.voice, self._synthesizer.version

    def ping(self) -> None:
        """Answer: the voice is loaded."""

    def speak(self, sentence: str, rate: float) -> Iterator[Pcm]:
        """Yield `sentence` in chunks of 100 ms, int16 at 8 kHz, levelled and trimmed.

        Raises:
            SynthesisError: the engine failed or gave only silence.
        """
        spoken = trim_silence(self._synthesizer.synthesize(sentence, rate))
        first = next(spoken, None)
        if first is None:
            raise SynthesisError("the synthesizer gave only silence for this text")
        levelled = level(chain((first,), spoken), self._usual_dbfs)
        for chunk in rechunk(map(to_float, levelled)):
            yield to_pcm(chunk)
