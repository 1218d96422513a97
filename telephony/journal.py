"""The journal of calls: what happened when, without a word of what was said.

One file a day, one JSON object a line, in the directory `journal` of the data. The words of a
conversation are in the store, under its rules; here are the times that an administrator looks at
when a caller complains. A thread writes, so that no call waits for the disk.
"""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from telephony.events import Answer, CallEvent, Ended, Guess, Silent

log = logging.getLogger(__name__)


class Journal(Silent):
    """An observer that writes. Use as a context manager.

    Args:
        directory: made if it is not there.
        now: the time of day, with a zone.
        keep: files of older days are deleted.
    """

    def __init__(self, directory: Path, now: Callable[[], datetime], keep: timedelta) -> None:
        self._directory = directory
        self._now = now
        self._keep = keep
        self._lines: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)

    def __enter__(self) -> Journal:
        """Begin to write."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left."""
        self._lines.put(None)
        self._thread.join(timeout=5)

    def happened(self, call_id: str, event: CallEvent) -> None:
        """See `telephony.events.Observer`."""
        if not isinstance(event, Guess):
            self._put({"call": call_id, "event": type(event).__name__, **_told(event)})

    def refused(self, call_id: str, reason: str) -> None:
        """See `telephony.events.Observer`."""
        self._put({"call": call_id, "event": "Refused", "reason": reason})

    def dropped(self, edge: str, reason: str) -> None:
        """See `telephony.events.Observer`."""
        self._put({"event": "Dropped", "edge": edge, "reason": reason})

    def _put(self, document: dict[str, Any]) -> None:
        now = self._now()
        line = json.dumps({"at": now.isoformat(timespec="milliseconds"), **document})
        self._lines.put((now.date().isoformat(), line))

    def _write(self) -> None:
        day, file = "", None
        with contextlib.ExitStack() as stack:
            while (item := self._lines.get()) is not None:
                date, line = item
                try:
                    if date != day or file is None:
                        stack.close()
                        self._directory.mkdir(parents=True, exist_ok=True)
                        path = self._directory / f"{date}.jsonl"
                        file = stack.enter_context(path.open("a", encoding="utf-8"))
                        day = date
                        self._forget_old(date)
                    file.write(line + "\n")
                    file.flush()
                except OSError as error:  # calls go on without it
                    file = None
                    log.error("the journal cannot be written: %s", error)

    def _forget_old(self, today: str) -> None:
        oldest = (datetime.fromisoformat(today) - self._keep).date().isoformat()
        for path in self._directory.glob("*.jsonl"):
            if path.stem < oldest:
                path.unlink(missing_ok=True)


def _told(event: CallEvent) -> dict[str, Any]:
    match event:
        case Answer(at=at, turn=turn):
            document = turn.to_json()
            return {"t": round(at, 3), "turn": turn.number, "ms": document["ms"]}
        case Ended(at=at, outcome=outcome):
            return {"t": round(at, 3), "outcome": outcome.kind, "target": outcome.target}
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return {"t": round(values.pop("at"), 3), **values}
