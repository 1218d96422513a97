"""Rasa Open Source over HTTP: understand a text, say which model is loaded.

``POST /model/parse`` and ``GET /status`` of Rasa 3.6, started by `deploy/rasa/serve`.
"""

from __future__ import annotations

import json
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Final, Self

import httpx

from dialog.errors import NluError
from dialog.nlu.rasa_answer import RasaAnswer, read_answer

MAX_CHARS: Final = 1000
"""Sent at most: a minute of fast speech. Rasa's time grows with the length."""
MAX_ANSWER_BYTES: Final = 1_000_000
MEND: Final = "start it with: make serve-rasa"


@dataclass(frozen=True)
class RasaServer:
    """Where Rasa answers, and with which model."""

    url: str
    """For example ``http://127.0.0.1:5005``."""
    model: str
    """File name that must be loaded, for example ``voice122-0123456789abcdef.tar.gz``."""
    timeout_s: float
    """For one request, of which an utterance needs one to four (s)."""


def trained_model(rasa_dir: Path) -> str:
    """File name of the model that `deploy/rasa/train` made last.

    Args:
        rasa_dir: for example ``var/rasa``.

    Raises:
        NluError: none has been trained.
    """
    try:
        name = (rasa_dir / "model").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        name = ""
    if not name:
        raise NluError(f"no Rasa model has been trained in {rasa_dir}; run: make rasa")
    return name


class RasaClient:
    """Asks one server. Not for several threads at once. Its connections end with it at the latest.

    Args:
        server: where it is.
        clock: monotonic time (s).
    """

    def __init__(self, server: RasaServer, clock: Callable[[], float] = time.monotonic) -> None:
        self.server = server
        self._clock = clock
        # Loopback: a proxy of the environment must never see what a caller says.
        self._http = httpx.Client(
            base_url=server.url, timeout=server.timeout_s, trust_env=False, follow_redirects=False
        )
        weakref.finalize(self, self._http.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def parse(self, text: str) -> RasaAnswer:
        """Understand `text` (any string; its first `MAX_CHARS` characters).

        Raises:
            NluError: no answer in time, or a broken one. The message never holds the text.
        """
        sent = _sendable(text[:MAX_CHARS])
        return read_answer(self._ask("POST", "/model/parse", {"text": sent}), text)

    def check_model(self) -> None:
        """Make sure that the expected model is loaded.

        Raises:
            WrongModel: another one is, or none.
            NluError: no answer in time, or a broken one.
        """
        document = self._ask("GET", "/status")
        file = document.get("model_file") if isinstance(document, dict) else None
        loaded = PurePosixPath(file).name if isinstance(file, str) else ""
        if loaded != self.server.model:
            raise WrongModel(
                f"Rasa has loaded {loaded or 'no model'} and not {self.server.model}; "
                "restart it: make serve-rasa"
            )

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        deadline = self._clock() + self.server.timeout_s
        try:
            with self._http.stream(method, path, json=body) as response:
                if response.status_code == httpx.codes.CONFLICT:
                    raise WrongModel(f"Rasa has loaded no model; {MEND}")
                if response.status_code != httpx.codes.OK:
                    raise NluError(f"Rasa answers {response.status_code} to {path}; see its log")
                return json.loads(self._read(response, deadline))
        except httpx.TimeoutException:
            raise NluError(f"Rasa did not answer in {self.server.timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NluError(
                f"Rasa at {self.server.url} cannot be reached ({type(error).__name__}); {MEND}"
            ) from None
        except (ValueError, RecursionError):  # its message would quote the answer
            raise NluError(f"Rasa's answer to {path} is not JSON") from None

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        """The body; httpx limits the wait for each piece of it, not for the whole."""
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > MAX_ANSWER_BYTES:
                raise NluError(f"Rasa's answer is longer than {MAX_ANSWER_BYTES} bytes")
            if self._clock() > deadline:
                raise NluError(f"Rasa did not answer in {self.server.timeout_s:g} s")
        return b"".join(parts)


class WrongModel(NluError):  # noqa: N818 - says what happened
    """Rasa runs without the model that was trained last: it answers, but not what editors wrote."""


def _sendable(text: str) -> str:
    """`text` of the same length without halves of surrogate pairs, which no encoding takes."""
    return "".join(" " if "\ud800" <= c <= "\udfff" else c for c in text)
