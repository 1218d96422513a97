"""Memory that loading has left behind."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Return freed memory to the system, where the C library can: 40 MB after loading a model.

    glibc keeps what was freed for the next allocation; a process that has loaded all that it ever
    will has no use for it.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
