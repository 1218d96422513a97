"""Which engine is used: the best for its role that is here, and why not the others."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.catalogue import Catalogue, Role, SystemPackage, Weights
from models.download import PATIENT, Timeouts
from models.errors import ModelsError
from models.events import Progress
from models.fetch import fetch
from models.store import ModelStore, Status, remove, writing

CALL_ROLES: Final = (Role.ASR, Role.VAD, Role.TTS)
"""Without a model for each of these there is no call."""


@dataclass(frozen=True)
class Candidate:
    """A model that could be used for a role."""

    entry: Weights | SystemPackage
    status: Status
    reason: str
    """Why it is used or not, in a line."""


@dataclass(frozen=True)
class Choice:
    """What is used for a role."""

    role: Role
    entry: Weights | SystemPackage | None
    """None if nothing is here."""
    candidates: tuple[Candidate, ...]
    """In the order of preference."""


@dataclass(frozen=True)
class DefaultSet:
    """What `fetch_default` ended with."""

    choices: dict[Role, Choice]
    notes: tuple[str, ...]
    """What the user should know: better models that were not to be had, and why."""


def choose(role: Role, catalogue: Catalogue, store: ModelStore) -> Choice:
    """The best model for `role` that is here. Quick: looks at sizes, not at digests."""
    chosen: Weights | SystemPackage | None = None
    candidates: list[Candidate] = []
    for entry in catalogue.best(role):
        status = store.status(entry)
        if not status.present:
            why = f" ({status.why})" if status.why else ""
            reason = f"{status.state}{why}; run: {entry.mend}"
        elif chosen is None:
            chosen = entry
            reason = "used: the best that is here" if candidates else "used: the best there is"
        else:
            reason = f"here, but {chosen.name} is preferred"
        candidates.append(Candidate(entry, status, reason))
    return Choice(role, chosen, tuple(candidates))


def fetch_default(
    catalogue: Catalogue,
    store: ModelStore,
    sources_dir: Path | None = None,
    progress: Progress | None = None,
    *,
    roles: tuple[Role, ...] = CALL_ROLES,
    timeouts: Timeouts = PATIENT,
    python: str = sys.executable,
) -> DefaultSet:
    """Make sure that there is a model for each role, the best that can be had without questions.

    Goes down the order of preference. What is here is not checked again; what could not be had
    last time is not tried again while something else serves the role, so that this returns at once
    on a machine without internet (`fetch` by name tries again).

    Raises:
        ModelsError: a role has nothing; the message says what was tried for it.
    """
    notes: list[str] = []
    choices = {}
    for role in roles:
        serves = choose(role, catalogue, store).entry is not None
        for entry in catalogue.best(role):
            if store.status(entry).present:
                break
            if not isinstance(entry, Weights) or not entry.default:
                continue
            failed = store.downloads(entry).with_name(f"{entry.name}.failed")
            if serves and failed.exists():
                notes.append(
                    f"{entry.name} would be better but was not to be had; try again: {entry.mend}"
                )
                continue
            try:
                fetch(
                    entry,
                    store,
                    sources_dir,
                    progress,
                    unvouched=False,
                    timeouts=timeouts,
                    python=python,
                )
            except ModelsError as error:
                notes.append(str(error))
                with writing(store.models_dir):
                    failed.parent.mkdir(parents=True, exist_ok=True)
                    failed.write_text(f"{error}\n", "utf-8")
            else:
                remove(failed)
                break
        choice = choose(role, catalogue, store)
        choices[role] = choice
        if choice.entry is None:
            reasons = "; ".join(f"{each.entry.name}: {each.reason}" for each in choice.candidates)
            raise ModelsError(f"there is no model for {role}: {' | '.join((*notes, reasons))}")
    return DefaultSet(choices, tuple(notes))
