"""Values that many requests have in common, each with its limits.

Text from outside never holds NUL or a lone surrogate: neither can be stored or sent everywhere.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

_DEEPEST: Final = 8
_MOST_VALUES: Final = 1000


def storable(text: str) -> str:
    """`text` itself.

    Raises:
        ValueError: a database or a browser could not take it.
    """
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("holds a NUL or half of a surrogate pair")
    return text


def sensible(moment: datetime) -> datetime:
    """A moment itself.

    Raises:
        ValueError: it is outside the years that calendars and databases agree on.
    """
    if not 2000 <= moment.year < 2100:
        raise ValueError("is not between 2000 and 2100")
    return moment


def bounded(document: dict[str, Any]) -> dict[str, Any]:
    """A JSON object itself.

    Raises:
        ValueError: it is too deep or too large, or holds what JSON or a database has no place for.
    """
    waiting: list[tuple[Any, int]] = [(document, 1)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if seen > _MOST_VALUES:
            raise ValueError(f"has more than {_MOST_VALUES} values")
        if isinstance(value, dict | list) and depth > _DEEPEST:
            raise ValueError(f"is nested deeper than {_DEEPEST} levels")
        if isinstance(value, dict):
            for name, inner in value.items():
                storable(name)
                waiting.append((inner, depth + 1))
        elif isinstance(value, list):
            waiting.extend((inner, depth + 1) for inner in value)
        elif isinstance(value, str):
            storable(value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError("holds a number that is not finite")
        elif isinstance(value, int) and abs(value) >= 1 << 53:
            raise ValueError("holds a whole number beyond 2^53")
    return document


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
"""Names a thing: 1 to 64 of letters, digits and ``_.:-``."""
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(storable),
]  # fmt: skip
"""A short text for people."""
Title = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(storable),
]  # fmt: skip
"""A name for people."""
Comment = Annotated[str, StringConstraints(max_length=4000), AfterValidator(storable)]
"""A longer text for people."""
Key = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]
"""Made up by the client: 1 to 200 visible ASCII characters."""
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,15}$")]
"""A telephone number: 3 to 15 digits, perhaps with a plus."""
Document = Annotated[dict[str, Any], AfterValidator(bounded)]
"""A JSON object: at most 8 levels and 1000 values."""
Moment = Annotated[AwareDatetime, AfterValidator(sensible)]
"""A moment with its zone, between 2000 and 2100."""
Number = Annotated[int, Field(ge=1, le=(1 << 63) - 1)]
"""An id that is a number."""
