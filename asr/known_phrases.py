"""The phrases that editors wrote down and training accepted, as a recognizer's prior knowledge.

One phrase a line; where the file changes, the next utterance is heard with the new one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from asr.language_model import LanguageModel
from asr.shallow_fusion import TokenModel
from models.memory import give_back

log = logging.getLogger(__name__)


class KnownPhrases:
    """Keeps what was learnt last.

    Args:
        path: the file, in UTF-8; `voice122 train` writes it. None: nothing is known.
        over_tokens: fits a language model to the recognizer's tokens.
    """

    def __init__(
        self, path: Path | None, over_tokens: Callable[[LanguageModel], TokenModel]
    ) -> None:
        self._path = path
        self._over_tokens = over_tokens
        self._seen: tuple[int, int] | None = None
        self._model: TokenModel | None = None

    def model(self) -> TokenModel | None:
        """What is known now; None where nothing is.

        A file that is missing or broken is said in the log, once, and what was known stays.
        """
        if self._path is None:
            return None
        try:
            status = self._path.stat()
        except OSError as error:
            if self._seen != (0, 0):
                self._seen = (0, 0)
                self._complain(error.strerror)
            return self._model
        if (status.st_mtime_ns, status.st_size) != self._seen:
            self._seen = (status.st_mtime_ns, status.st_size)
            try:
                phrases = self._path.read_text("utf-8").splitlines()
                self._model = self._over_tokens(LanguageModel.fit(phrases))
                give_back()  # learning takes four times what is learnt
            except (OSError, ValueError) as error:  # what is not UTF-8 is a ValueError, too
                self._complain(str(error))
        return self._model

    def _complain(self, reason: str | None) -> None:
        known = "what was known stays" if self._model else "words are heard without them"
        log.warning("%s: %s; %s; run: voice122 train", self._path, reason, known)
