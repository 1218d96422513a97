"""Keeps invented text out: recognizers, Whisper above all, write words where nobody spoke.

The evidence is weighed in order of strength; the first that fails empties the recognition and
names the reason, which tables and the call's journal show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from asr.readings import is_digit
from asr.recognizer import Recognition


class Doubt(StrEnum):
    """Why a text was thrown away."""

    NO_SPEECH = "no_speech"
    """The engine itself says that nobody spoke."""
    TOO_MANY_WORDS = "too_many_words"
    """More words than the detected speech has room for."""
    REPETITION = "repetition"
    """A loop: the same words over and over."""
    PHANTOM = "phantom"
    """Subtitle credits and the like, which Whisper learnt from films' silent ends."""


@dataclass(frozen=True)
class GuardSettings:
    """Thresholds, measured on telephone speech and on silence, hum, tones, music and noise."""

    no_speech: float = 0.30
    """The engine's own doubt from which a text needs confidence (0 to 1), the more the more it
    doubts: words in a crowd were right at a doubt of 0.37 to 0.45 and a confidence of 0.5."""
    no_speech_full: float = 0.55
    """The doubt from which a text needs all of `confident`."""
    confident: float = 0.6
    """Sounds that are not speech, doubted from 0.46 on, gave at most 0.45, but for phantoms;
    dictated digits, which the engine doubts up to 0.7, gave 0.66 or more."""
    no_speech_sure: float = 0.8
    """The engine's own doubt above which nothing helps a text (0 to 1)."""
    words_per_s: float = 6.0
    """The fastest speech; a news reader has 3."""
    words_free: int = 3
    """So many more are allowed: the detector may miss the ends of speech."""
    loop_repeats: int = 4
    """So many repetitions of a group of words in a row are a loop; "да да да" is not one."""
    sure: float = 0.75
    """A phantom phrase with at least this confidence, and undoubted, may really have been said."""


@dataclass(frozen=True)
class Guarded:
    """A recognition after the guard."""

    recognition: Recognition
    """With empty text and zero confidence if there was a doubt."""
    doubt: Doubt | None = None


_PHANTOMS: Final = re.compile(
    r"редактор субтитров|субтитры (сделал|делал|создавал|подготов|добавил|и перевод)"
    r"|корректор [а-яё]|субтитры$|продолжение следует|спасибо за (просмотр|внимание)"
    r"|подписывайтесь|подпишись|ставьте лайк|dimatorzok|amara ?org"
    r"|^((?!музыка)\w+ ){0,2}музыка( ((?!музыка)\w+ ){0,2}музыка)*$"
    r"|^телефонн(ый|ое)( звонок| звук)?$"
    r"|^(аплодисменты|смех|тишина|тихо|шум|звонок|выстрел|до новых встреч)$"
)


def guard(
    recognition: Recognition, *, speech_s: float, settings: GuardSettings = GuardSettings()
) -> Guarded:
    """Throw `recognition` away if it looks invented.

    Args:
        recognition: from any engine.
        speech_s: how much speech the voice detector found in the same audio (s).
        settings: thresholds.
    """
    if not recognition.text:
        return Guarded(recognition)
    doubt = _doubt(recognition, speech_s, settings)
    if doubt is None:
        return Guarded(recognition)
    return Guarded(replace(recognition, text="", confidence=0.0, words=(), alternatives=()), doubt)


def _doubt(recognition: Recognition, speech_s: float, settings: GuardSettings) -> Doubt | None:
    words = recognition.text.split()
    no_speech = recognition.no_speech or 0.0
    doubted = no_speech > settings.no_speech
    if no_speech > settings.no_speech_sure:
        return Doubt.NO_SPEECH
    if recognition.confidence < _needed(no_speech, settings):
        return Doubt.NO_SPEECH
    if is_loop(words, settings.loop_repeats):
        return Doubt.REPETITION
    if len(words) > settings.words_free + settings.words_per_s * max(0.0, speech_s):
        return Doubt.TOO_MANY_WORDS
    unsure = doubted or recognition.confidence < settings.sure
    if unsure and _PHANTOMS.search(recognition.text):
        return Doubt.PHANTOM
    return None


def _needed(no_speech: float, settings: GuardSettings) -> float:
    """The confidence that a text needs at this doubt of the engine: rises evenly."""
    span = settings.no_speech_full - settings.no_speech
    share = min(1.0, max(0.0, (no_speech - settings.no_speech) / span))
    return share * settings.confident


def is_loop(words: list[str], repeats: int) -> bool:
    """Whether a group of up to 6 words comes at least `repeats` times in a row.

    Digits are exempt: "0 0 0 0" is a thing that callers dictate.
    """
    for size in range(1, 7):
        for start in range(len(words) - size * repeats + 1):
            group = words[start : start + size]
            if all(is_digit(word) for word in group):
                continue
            if words[start : start + size * repeats] == group * repeats:
                return True
    return False
