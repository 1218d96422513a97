"""The analyser of Russian word forms (pymorphy3, OpenCorpora's tags)."""

from __future__ import annotations

from functools import lru_cache

import pymorphy3


@lru_cache(maxsize=1)
def morphology() -> pymorphy3.MorphAnalyzer:
    """One for all of `dialog`: it takes 30 MB. Safe to share between threads."""
    return pymorphy3.MorphAnalyzer(lang="ru")
