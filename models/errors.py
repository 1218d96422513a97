"""What can go wrong with models. Every message is one line and says what to do next."""

from __future__ import annotations

from dataclasses import dataclass


class ModelsError(Exception):
    """Anything about the catalogue, the store of weights, or fetching. The message is one line."""


class CatalogueError(ModelsError):
    """The catalogue file is not valid; the message names the place in it."""


class UnknownModel(ModelsError, KeyError):  # noqa: N818 - says what happened
    """No model of that name; the message lists those that exist."""

    def __str__(self) -> str:  # KeyError would print the repr
        return str(self.args[0])


class ModelMissing(ModelsError):  # noqa: N818
    """The model's files are not here; the message gives the command that fetches them."""


class ModelDamaged(ModelsError):  # noqa: N818
    """The model's files are not what they should be; the message gives the command that mends."""


class DiskFull(ModelsError):  # noqa: N818
    """There is not room enough. Nothing half-written is left behind."""


class StoreError(ModelsError):
    """The directory of models cannot be read or written."""


class SourceFailed(ModelsError):  # noqa: N818
    """One source did not work; the next is tried. The message says why, without naming it."""


@dataclass(frozen=True)
class Attempt:
    """A source that was tried in vain."""

    source: str
    """What was tried: an address, a directory or a package with its version."""
    why: str
    """One line."""


class FetchError(ModelsError):
    """No source worked. `attempts` says what was tried and why each failed."""

    def __init__(self, message: str, attempts: tuple[Attempt, ...]) -> None:
        super().__init__(message)
        self.attempts = attempts
