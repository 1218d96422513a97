"""What a fetch tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """What a fetch is doing."""

    WAITING = "waiting"
    """Another process is fetching the same model."""
    TRYING = "trying"
    """Turns to a source; `note` names it."""
    DOWNLOADING = "downloading"
    UNPACKING = "unpacking"
    CHECKING = "checking"
    FAILED = "failed"
    """The source did not work; `note` says which and why."""
    WARNING = "warning"
    """Something that the user should know; `note` says it in a line."""
    DONE = "done"
    """The model is here; `note` says where from."""


@dataclass(frozen=True)
class FetchEvent:
    """A step of a fetch, for a progress bar or a log."""

    model: str
    step: Step
    note: str = ""
    done: int = 0
    """Bytes so far, in DOWNLOADING and UNPACKING."""
    total: int | None = None
    """Bytes in all, if known."""


Progress = Callable[[FetchEvent], None]
"""Called often, from the thread that fetches; must return soon."""


@dataclass(frozen=True)
class Teller:
    """Events of one model."""

    model: str
    progress: Progress

    def step(self, step: Step, note: str = "") -> None:
        """A new step begins."""
        self.progress(FetchEvent(self.model, step, note))

    def moved(self, done: int, total: int | None) -> None:
        """So many bytes have come, of so many (None: not known)."""
        self.progress(FetchEvent(self.model, Step.DOWNLOADING, "", done, total))

    def unpacking(self, total: int) -> Callable[[int], None]:
        """A function to be told how many bytes were written since the last time."""
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            self.progress(FetchEvent(self.model, Step.UNPACKING, "", done, max(done, total)))

        return advance
