"""How many calls the machine holds, measured with its own engines at start.

A call has a turn every few seconds, and a turn costs recognition, understanding and synthesis. Well
before the processors or the recognizers have no idle time left, callers would wait for each other.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from asr.service import RecognizerService
from dialog.nlu.interpreter import Context
from telephony.conversation import Understand
from tts.voice import Voice

log = logging.getLogger(__name__)

TURN_EVERY_S: Final = 8.0
"""A prompt and its answer take so long (s)."""
USABLE: Final = 0.6
"""Share of the time that engines may be at work."""
_PHRASE: Final = "Запишите меня, пожалуйста, к участковому терапевту на завтра"


async def measured_calls(
    recognizer: RecognizerService,
    voice: Voice,
    understand: Understand,
    *,
    cores: int | None = None,
    now: Callable[[], float] = time.perf_counter,
) -> int:
    """Speech calls that this machine holds at once, at least 1.

    Args:
        recognizer, voice, understand: started.
        cores: processors; those that this process may use, where not given.
        now: a clock (s).
    """
    cores = cores or len(os.sched_getaffinity(0))
    began = now()
    spoken = np.concatenate([c async for c in voice.speak(_PHRASE, cacheable=False)])
    spoken_at = now()
    transcription = recognizer.open()
    await transcription.feed(spoken)
    recognition = await transcription.finish()
    heard_at = now()
    await understand(recognition.text or _PHRASE, Context())
    understood_at = now()
    hearing_s, turn_s = heard_at - spoken_at, understood_at - began
    # Threads wait for each other now and then: it is less than that.
    most_core_s = turn_s + (recognizer.settings.threads - 1) * hearing_s
    by_cores = cores * USABLE * TURN_EVERY_S / most_core_s
    by_recognizers = len(recognizer.workers) * USABLE * TURN_EVERY_S / hearing_s
    calls = max(1, int(min(by_cores, by_recognizers)))
    log.info(
        "a turn costs %.2f s (recognition %.2f): %d calls at once by speech",
        turn_s, hearing_s, calls,
    )  # fmt: skip
    return calls
