"""Keeps telephone numbers out of logs, whoever writes them."""

from __future__ import annotations

import logging
import re
from typing import Final

_NUMBER: Final = re.compile(
    r"(?<![\w.-])(?!\d{4}-\d\d-\d\d)"  # no part of an id, no date
    r"(?:\+?[78][ (-]{0,2})?(?:\d[ ()-]{0,2}){9}\d(?![\w-])"
)
"""A number of the country: ten digits, with or without +7 or 8."""


def masked(text: str) -> str:
    """`text` with what looks like a telephone number cut to its last two digits."""
    return _NUMBER.sub(lambda match: f"***{match.group()[-2:]}", text)


class MaskNumbers(logging.Filter):
    """Put it on a handler: every record that passes is masked, its trace included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record; none is held back."""
        record.msg, record.args = masked(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        return True
