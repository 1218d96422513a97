"""An interpreter that remembers what it once understood, on disk: tests are then played at once."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from dialog.errors import NluError
from dialog.nlu.embedded import load_interpreter
from dialog.nlu.interpreter import Context, Interpreter, Parse, Ranked

log = logging.getLogger(__name__)

_CODE: Final = Path(__file__).parent
_NO_CONTEXT: Final = Context()


class RememberedInterpreter:
    """The embedded interpreter, loaded only when it is asked something new. An `Interpreter`.

    What is remembered belongs to one model and one state of this package: after training, or a
    change of the code, nothing of it is used.

    Args:
        model: what `voice122 train` wrote.
        memory: a file of the cache folder; one that is damaged or cannot be written is done
            without.

    Raises:
        NluError: the model is missing.
    """

    name = "embedded"

    def __init__(self, model: Path, memory: Path) -> None:
        self._model = model
        self._path = memory
        try:
            self._made_by = _digest(model)
        except OSError as error:
            raise NluError(f"no trained model at {model}: run voice122 train") from error
        self._known = self._read()
        self._news = 0

    def parse(self, text: str, context: Context = _NO_CONTEXT) -> Parse:
        """Understand `text`, or remember it."""
        key = _key(text, context)
        document = self._known.get(key)
        if document is None:
            parse = self._interpreter.parse(text, context)
            self._known[key] = {n: v for n, v in asdict(parse).items() if n != "text"}
            self._news += 1
            return parse
        document = dict(document)
        document["ranking"] = tuple(Ranked(**ranked) for ranked in document["ranking"])
        document["clarify"] = tuple(document["clarify"])
        document["entities"] = ()  # the lists name them, behind the interpreter
        return Parse(text, **document)

    def save(self) -> None:
        """Keep what is new for the next time."""
        if not self._news:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"made_by": self._made_by, "parses": self._known})
            self._path.write_text(text, encoding="utf-8")
        except OSError as error:
            log.warning("understood phrases cannot be kept: %s", error)

    @cached_property
    def _interpreter(self) -> Interpreter:
        return load_interpreter(self._model)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            if document["made_by"] == self._made_by:
                return dict(document["parses"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("memory of understood phrases is damaged and begun anew: %s", error)
        return {}


def _digest(model: Path) -> str:
    digest = hashlib.sha256(model.read_bytes())
    for path in sorted(_CODE.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _key(text: str, context: Context) -> str:
    heard = [text, context.expects, context.asr_confidence, context.alternatives]
    return hashlib.sha256(json.dumps(heard).encode()).hexdigest()[:32]
