"""Free text: ru-normalizr, held so that a failure of it never loses the text."""

from __future__ import annotations

import logging
from typing import Protocol

log = logging.getLogger(__name__)


class _Library(Protocol):
    def normalize(self, text: str) -> str: ...


class FreeText:
    """Numbers with their nouns, ordinals and common abbreviations by ru-normalizr (MIT)."""

    def __init__(self) -> None:
        self._library = _load()

    def normalize(self, text: str) -> str:
        """Return `text` normalised, or as it was where the library fails or returns nothing."""
        if self._library is None or not text.strip():
            return text
        try:
            normalized = self._library.normalize(text)
        except Exception as error:  # any fault of the library: our last rules still apply
            log.warning("ru-normalizr failed: %s", type(error).__name__)
            return text
        return normalized if normalized.strip() else text


def _load() -> _Library | None:
    try:
        from ru_normalizr import NormalizeOptions, Normalizer
    except ImportError:
        return None
    library: _Library = Normalizer(
        NormalizeOptions.tts(
            enable_latinization=False,
            enable_url_normalization=False,
            remove_links=False,
            enable_first_word_decap=False,
        )
    )
    return library
