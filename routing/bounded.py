"""Methods of the store for somebody who cannot wait for ever, such as a caller.

A database whose disk stalls, whose server is stopped or whose network is gone does not fail: it
does not answer, for minutes. Somebody on the telephone must not hear silence for that.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final, TypeVar

from routing.errors import StoreError

R = TypeVar("R")

log = logging.getLogger(__name__)

_THREADS: Final = 32
"""Of their own: what hangs in the store must not take the threads of everything else."""
_pool: Final = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")


class Bounded:
    """Of one call or request: where the store has hung once, nobody waits until it answers again.

    Args:
        limit_s: how long to wait for an answer (s).
        reads: it is only read. While an answer is overdue nothing more is asked then: who looks
            again and again would take all threads.
    """

    def __init__(self, limit_s: float = 2.0, *, reads: bool = False) -> None:
        self.limit_s = limit_s
        self._reads = reads
        self._overdue: set[Future[Any]] = set()

    async def run(self, method: Callable[..., R], *args: Any) -> R:
        """Call ``method(*args)`` in a thread and return its result.

        Raises:
            StoreError: it did not answer in time; what was to be written may still be.
        """
        answer = self._asked(method, *args)
        here = asyncio.wrap_future(answer)
        here.add_done_callback(lambda done: done.cancelled() or done.exception())  # told below
        await asyncio.wait({here}, timeout=self._patience_s)
        return self._result(answer)

    def call(self, method: Callable[..., R], *args: Any) -> R:
        """`run` for a thread."""
        answer = self._asked(method, *args)
        wait({answer}, timeout=self._patience_s)
        return self._result(answer)

    @property
    def _patience_s(self) -> float:
        return 0.0 if self._overdue else self.limit_s

    def _asked(self, method: Callable[..., R], *args: Any) -> Future[R]:
        if self._reads and self._overdue:
            raise self._late()
        context = contextvars.copy_context()
        return _pool.submit(lambda: context.run(method, *args))

    def _result(self, answer: Future[R]) -> R:
        if answer.done():
            return answer.result()
        self._overdue.add(answer)
        answer.add_done_callback(self._answered)
        raise self._late()

    def _late(self) -> StoreError:
        return StoreError(f"the store has not answered in {self.limit_s:g} s; look after it")

    def _answered(self, answer: Future[Any]) -> None:
        self._overdue.discard(answer)
        if (error := answer.exception()) is not None:
            log.error("the store failed in the end: %s", error)
