"""The editors' own content, read once for all tests."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from dialog.load import load_script
from dialog.script import Script

CONTENT = Path(__file__).parents[2] / "nlu_data"


@lru_cache
def real_script() -> Script:
    return load_script(CONTENT)
