"""A loaded model in a process of its own.

Engines never run on the media event loop: they hold the GIL, crash and hang. A `Worker` starts a
child process, builds the engine there, and calls its methods over a pipe. When the child dies or
does not answer in time, the call in progress fails with a `WorkerError`, a fresh child is started
in the background, and the next call goes to it. One that dies soon, again and again, is started
after growing pauses: loading an engine takes a core from the calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import multiprocessing
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

from models.worker_process import DONE, FAILED, READY, serve

log = logging.getLogger(__name__)

STEADY_S: Final = 60.0
"""A child that lived so long after loading starts again at once (s)."""
LONGEST_PAUSE_S: Final = 60.0
"""The longest pause before a child is started again (s)."""


class WorkerError(Exception):
    """The call in progress is lost; the worker itself recovers."""


class WorkerDied(WorkerError):  # noqa: N818 - says what happened
    """The child process ended (crash, out of memory, killed)."""


class WorkerHung(WorkerError):  # noqa: N818
    """The child did not answer in time and was killed."""


class EngineFailed(WorkerError):  # noqa: N818
    """The engine raised an exception; the child lives on. The message is the engine's."""


class _Child:
    """One life of the child process and the thread that reads its answers."""

    def __init__(
        self, name: str, factory: Callable[[], object], on_end: Callable[[_Child], None]
    ) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self.pipe: Connection = ours
        self.process: BaseProcess = context.Process(
            target=serve, args=(factory, theirs), name=name, daemon=True
        )
        self.loop = asyncio.get_running_loop()
        self.answers: dict[int, asyncio.Queue[tuple[str, Any]]] = {0: asyncio.Queue()}
        self.dead = False
        self.loaded_at: float | None = None
        """When its engine was ready, by the worker's clock (s)."""
        self._on_end = on_end
        self.process.start()
        theirs.close()
        threading.Thread(target=self._read, name=f"{name}-reader", daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                request, kind, value = self.pipe.recv()
            except (EOFError, OSError):
                break
            self._post(self._deliver, request, kind, value)
        self._post(self._ended)

    def _post(self, function: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(function, *args)

    def _deliver(self, request: int, kind: str, value: Any) -> None:
        queue = self.answers.get(request)
        if queue is not None:
            queue.put_nowait((kind, value))

    def _ended(self) -> None:
        self.dead = True
        for queue in self.answers.values():
            queue.put_nowait((FAILED, None))
        self._on_end(self)

    def kill(self) -> None:
        self.dead = True
        if self.process.is_alive():
            self.process.kill()
        self.process.join(timeout=5)


class Worker:
    """A child process that holds one engine. Belongs to one event loop.

    Args:
        name: for the process list and the log.
        factory: builds the engine, inside the child. Must be picklable: a function of a module,
            or a `functools.partial` of one.
        start_timeout_s: how long building the engine may take (s).
        now: the clock (s).
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        name: str,
        factory: Callable[[], object],
        *,
        start_timeout_s: float = 120.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self.restarts = 0
        """How many times a dead or hung child was replaced."""
        self._factory = factory
        self._start_timeout_s = start_timeout_s
        self._now = now
        self._sleep = sleep
        self._child: _Child | None = None
        self._starting: asyncio.Task[_Child] | None = None
        self._pausing = False
        """Whether the next child is started only after a pause."""
        self._pause_s = 0.0
        """How long the next child that dies soon stays dead (s)."""
        self._requests = itertools.count(1)
        self._stopped = False

    @property
    def pid(self) -> int | None:
        """Process id of the child that lives now, or None."""
        child = self._child
        return None if child is None or child.dead else child.process.pid

    @property
    def ready(self) -> bool:
        """Whether a call is served at once: the child lives and its engine is loaded."""
        child = self._child
        return child is not None and child.loaded_at is not None and not child.dead

    async def start(self) -> None:
        """Start the child and wait until its engine is loaded.

        Raises:
            EngineFailed: the engine could not be built; the message says why.
            WorkerDied, WorkerHung: the child ended or was not ready in time.
        """
        self._stopped = False
        await self._living()

    async def stop(self) -> None:
        """End the child. A later call starts a new one."""
        self._stopped = True
        self._pausing = False
        if self._starting is not None:
            self._starting.cancel()
            with contextlib.suppress(asyncio.CancelledError, WorkerError):
                await self._starting
            self._starting = None
        if self._child is not None:
            self._child.kill()
            self._child = None

    async def call(self, method: str, *args: Any, timeout_s: float) -> Any:
        """Call ``engine.method(*args)`` in the child and return its result.

        Raises:
            EngineFailed, WorkerDied, WorkerHung: see there. Where the child has died again and
                again, `WorkerDied` comes at once until it is started anew.
        """
        child = await self._living()
        request, queue = self._send(child, method, args)
        try:
            kind, value = await self._answer(child, queue, timeout_s)
        finally:
            child.answers.pop(request, None)
        if kind == FAILED:
            raise EngineFailed(f"{self.name}: {value}")
        return value

    async def stream(self, method: str, *args: Any, timeout_s: float) -> AsyncGenerator[Any, None]:
        """Iterate over what ``engine.method(*args)`` yields, item by item as they come.

        Leaving the loop early stops the engine after the item in work.

        Args:
            method: name of the engine's method; it returns an iterator.
            args: its arguments, picklable.
            timeout_s: for each item (s).
        """
        child = await self._living()
        request, queue = self._send(child, method, args)
        finished = False
        try:
            while True:
                kind, value = await self._answer(child, queue, timeout_s)
                if kind == FAILED:
                    finished = True
                    raise EngineFailed(f"{self.name}: {value}")
                if kind == DONE:
                    finished = True
                    return
                yield value
        finally:
            child.answers.pop(request, None)
            if not finished and not child.dead:
                with contextlib.suppress(OSError):
                    child.pipe.send((request, None, ()))

    async def _living(self) -> _Child:
        if self._pausing:
            raise WorkerDied(f"{self.name}: the process dies again and again; see the log for why")
        starting = self._starting is not None and not self._starting.done()
        if self._child is not None and not self._child.dead and not starting:
            return self._child
        if self._starting is None or not starting:
            self._starting = asyncio.create_task(self._start_child())
        return await asyncio.shield(self._starting)

    async def _start_child(self) -> _Child:
        try:
            child = _Child(self.name, self._factory, self._ended)
        except OSError as error:
            raise WorkerDied(f"{self.name}: no process can be started: {error.strerror}") from error
        self._child = child
        try:
            async with asyncio.timeout(self._start_timeout_s):
                kind, value = await child.answers[0].get()
        except TimeoutError:
            child.kill()
            raise WorkerHung(f"{self.name}: not ready in {self._start_timeout_s:.0f} s") from None
        except asyncio.CancelledError:
            child.kill()
            raise
        if kind != READY:
            child.kill()
            if value is None:
                raise WorkerDied(f"{self.name}: the process ended while loading")
            raise EngineFailed(f"{self.name}: {value}")
        del child.answers[0]
        child.loaded_at = self._now()
        return child

    def _send(
        self, child: _Child, method: str, args: tuple[Any, ...]
    ) -> tuple[int, asyncio.Queue[tuple[str, Any]]]:
        request = next(self._requests)
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        child.answers[request] = queue
        try:
            child.pipe.send((request, method, args))
        except OSError:  # it has just died; the reader thread tells everybody
            queue.put_nowait((FAILED, None))
        return request, queue

    async def _answer(
        self, child: _Child, queue: asyncio.Queue[tuple[str, Any]], timeout_s: float
    ) -> tuple[str, Any]:
        try:
            async with asyncio.timeout(timeout_s):
                kind, value = await queue.get()
        except TimeoutError:
            self._replace(child)
            raise WorkerHung(f"{self.name}: no answer in {timeout_s:g} s; restarted") from None
        if kind == FAILED and value is None:
            self._replace(child)
            raise WorkerDied(f"{self.name}: the process died; restarted")
        return kind, value

    def _ended(self, child: _Child) -> None:
        """Do not wait for the next call to find it dead. (One that never loaded would not now.)"""
        if child.loaded_at is not None:
            self._replace(child)

    def _replace(self, child: _Child) -> None:
        """Kill `child` and start another in the background: the next call finds it ready."""
        child.kill()
        if self._stopped or self._child is not child:
            return
        self._child = None  # others whose calls died with it find it replaced
        self.restarts += 1
        if child.loaded_at is not None and self._now() - child.loaded_at >= STEADY_S:
            self._pause_s = 0.0
        self._start_again()

    def _start_again(self) -> None:
        pause_s = self._pause_s
        self._pause_s = min(LONGEST_PAUSE_S, max(1.0, 2 * pause_s))
        self._pausing = pause_s > 0
        log.warning("worker %s is restarted in %.0f s", self.name, pause_s)
        self._starting = asyncio.create_task(self._start_after(pause_s))
        # Whoever calls meanwhile awaits the task and gets its error; it may be that nobody does.
        self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _start_after(self, pause_s: float) -> _Child:
        if pause_s:
            await self._sleep(pause_s)
        self._pausing = False
        try:
            return await self._start_child()
        except WorkerError as error:
            if not self._stopped:
                log.warning("worker %s could not be restarted: %s", self.name, error)
                self._start_again()
            raise
