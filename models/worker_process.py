"""The child's side of a worker: builds an engine and answers requests, until the pipe closes."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any, Final

from threadpoolctl import threadpool_limits

NICENESS: Final = 5
"""Of a child: when there is too little processor for everybody, the media loop goes first."""

READY: Final = "ready"
ITEM: Final = "item"
DONE: Final = "done"
FAILED: Final = "failed"


def serve(factory: Callable[[], object], pipe: Connection) -> None:
    """Build the engine, say so as the answer to request 0, then answer requests one by one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    os.nice(NICENESS)
    try:
        engine = factory()
    except Exception as error:
        pipe.send((0, FAILED, str(error) or type(error).__name__))
        return
    # Engines bring threads of their own. Those of numpy's products wait for each other: three rows
    # took 200 ms instead of 0.2 where the other core was busy.
    threadpool_limits(1, user_api="blas")
    pipe.send((0, READY, None))
    waiting: deque[tuple[int, str | None, tuple[Any, ...]]] = deque()
    with contextlib.suppress(EOFError, OSError):
        while True:
            request, method, args = waiting.popleft() if waiting else pipe.recv()
            if method is None:  # a stream was left that had already ended
                continue
            try:
                result = getattr(engine, method)(*args)
                if isinstance(result, Iterator):
                    _send_items(pipe, request, result, waiting)
                    result = None
            except (EOFError, OSError):
                raise
            except Exception as error:
                pipe.send((request, FAILED, str(error) or type(error).__name__))
            else:
                pipe.send((request, DONE, result))


def _send_items(
    pipe: Connection,
    request: int,
    items: Iterator[Any],
    waiting: deque[tuple[int, str | None, tuple[Any, ...]]],
) -> None:
    for item in items:
        pipe.send((request, ITEM, item))
        while pipe.poll():
            message = pipe.recv()
            if message[0] == request:  # the listener left
                return
            waiting.append(message)
