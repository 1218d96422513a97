"""Text as it is written -> text as it is spoken."""

from __future__ import annotations

import re

from tts.normalize.free import FreeText


class Normalizer:
    """Turns a prompt into words, stress marks and pauses."""

    def __init__(self) -> None:
        self._free = FreeText()

    def normalize(self, text: str) -> str:
        """Return `text` in Russian words only; a line break stays a line break."""
        lines = (self._free.normalize(line) for line in text.splitlines())
        return "\n".join(re.sub(r"[^а-яёА-ЯЁ+ ,.!?…:;—-]", " ", line) for line in lines)
