"""Text as it is written -> text as it is spoken: our exact rules first, a library for the rest."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Final

from tts.normalize.abbreviations import say_abbreviations
from tts.normalize.addresses import say_addresses
from tts.normalize.clean import clean
from tts.normalize.counts import say_counts
from tts.normalize.dates import say_dates
from tts.normalize.documents import say_documents
from tts.normalize.free import FreeText
from tts.normalize.latin import say_latin, say_web
from tts.normalize.money import say_money
from tts.normalize.phones import say_phones
from tts.normalize.roman import say_roman
from tts.normalize.tidy import say_numbers, tidy
from tts.normalize.times import say_times

log = logging.getLogger(__name__)

Rule = Callable[[str], str]

RULES: Final[tuple[Rule, ...]] = (
    say_web,  # dots and digits of addresses are nobody else's
    say_dates,  # before documents, times and phones, which would see parts of a date
    say_phones,
    say_documents,
    say_times,
    say_money,
    say_addresses,
    say_counts,
    say_roman,
    say_abbreviations,
    say_latin,
)
_SPOKEN_ALREADY: Final = re.compile(r"[а-яё\s+,.!?…:;—–-]*", re.IGNORECASE)
_MAX_PASSES: Final = 5


class Normalizer:
    """Turns a prompt into words, stress marks (``+``) and pauses.

    The result has no digits, no Latin and no signs; what had a word or a number in it stays
    speakable; normalising twice changes nothing.
    """

    def __init__(self) -> None:
        self._free = FreeText()

    def normalize(self, text: str) -> str:
        """Return `text` as it is spoken. A line break stays a line break (a longer pause)."""
        lines = (self._until_stable(line) for line in clean(text).splitlines())
        return "\n".join(line for line in lines if line)

    def _until_stable(self, line: str) -> str:
        """What a pass leaves may look like a short form to the next («г.» after a dropped sign)."""
        for _ in range(_MAX_PASSES):
            before, line = line, self._line(line)
            if line == before:
                break
        return line

    def _line(self, line: str) -> str:
        for rule in RULES:
            line = _guarded(rule, line)
        if not _SPOKEN_ALREADY.fullmatch(line):
            line = self._free.normalize(line)
        for rule in (say_numbers, tidy):
            line = _guarded(rule, line)
        return line


def _guarded(rule: Rule, text: str) -> str:
    """A rule that fails must not cost the caller the prompt: the later ones still run."""
    try:
        return rule(text)
    except (ValueError, IndexError, KeyError, AssertionError) as error:
        log.warning("rule %s failed: %s", rule.__name__, type(error).__name__)
        return text
