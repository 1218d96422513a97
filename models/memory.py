"""Memory that loading, or calls, have left behind."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Return freed memory to the system, where the C library can: 40 MB after loading a model.

    glibc keeps what was freed for the next allocation, and Python what refers to itself until
    there is much of it: two dozen MB after three hundred calls. Takes some ms.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
