"""How the catalogue and a fetch look on a terminal (rich)."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich import box, markup
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from models.catalogue import Catalogue, Role, SystemPackage
from models.choice import choose
from models.events import FetchEvent, Step
from models.fetch import megabytes
from models.store import ModelStore

_LASTING = frozenset({Step.TRYING, Step.FAILED, Step.WARNING, Step.WAITING, Step.DONE})


class FetchDisplay:
    """Shows a fetch: bars on a terminal, lines elsewhere. Call it with every `FetchEvent`.

    Use as a context manager; leaving it ends the bars, also on Ctrl-C.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._shown: tuple[str, Step] | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, event: FetchEvent) -> None:
        if event.step in _LASTING:
            self._end_bar()
            self._console.print(_line(event), soft_wrap=True, highlight=False)
            return
        if self._task is None or self._shown != (event.model, event.step):
            self._end_bar()
            self._shown = (event.model, event.step)
            self._task = self._bars.add_task(f"{event.model}: {event.step}", total=event.total)
        self._bars.update(self._task, completed=event.done, total=event.total)

    def _end_bar(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None


def _line(event: FetchEvent) -> str:
    note = markup.escape(event.note)
    match event.step:
        case Step.TRYING:
            return f"[dim]{event.model}: {note}[/]"
        case Step.FAILED:
            return f"[yellow]{event.model}: did not work: {note}[/]"
        case Step.WARNING:
            return f"[yellow]{event.model}: {note}[/]"
        case Step.WAITING:
            return f"{event.model}: another process is fetching it; waiting"
        case _:
            return f"[green]{event.model}[/]: {note}"


def table(catalogue: Catalogue, store: ModelStore) -> Table:
    """The catalogue with what is here, what is used for each role, and why."""
    result = Table(box=box.SIMPLE, show_edge=False)
    for heading in ("model", "role", "Hz", "size", "licence", "state"):
        result.add_column(heading, justify="right" if heading in ("Hz", "size") else "left")
    result.add_column("why", overflow="fold")
    for row in rows(catalogue, store):
        mark = "[green]*[/] " if row["used"] else "  "
        colour = {"present": "green", "damaged": "red"}.get(str(row["state"]), "dim")
        result.add_row(
            f"{mark}{row['name']}",
            str(row["role"]),
            "/".join(str(rate) for rate in row["sample_rates"]),  # type: ignore[attr-defined]  # a list, see rows
            megabytes(int(str(row["size"]))),
            f"{row['licence']}{'' if row['commercial'] else ' [red](not commercial)[/]'}",
            f"[{colour}]{row['state']}[/]",
            markup.escape(str(row["reason"])),
        )
    return result


def rows(catalogue: Catalogue, store: ModelStore) -> list[dict[str, object]]:
    """The same as `table`, for JSON: one object a model, in the catalogue's order."""
    reasons: dict[str, tuple[bool, str]] = {}
    for role in Role:
        choice = choose(role, catalogue, store)
        for candidate in choice.candidates:
            name = candidate.entry.name
            reasons[name] = (candidate.entry is choice.entry, candidate.reason)
    result = []
    for entry in catalogue:
        status = store.status(entry)
        named = "not chosen on its own: only when named"
        used, reason = reasons.get(entry.name, (False, named))
        row: dict[str, object] = {
            "name": entry.name,
            "title": entry.title,
            "role": str(entry.role),
            "language": entry.language,
            "sample_rates": list(entry.sample_rates),
            "size": entry.size,
            "licence": entry.licence.spdx,
            "commercial": entry.licence.commercial,
            "consequences": entry.licence.consequences,
            "state": str(status.state),
            "used": used,
            "reason": reason,
            "sources": [] if isinstance(entry, SystemPackage) else [str(s) for s in entry.sources],
        }
        result.append(row)
    return result
