"""Silero: the more natural voice, from a local ``torch.package`` file.

The models skip or refuse what they were not trained on, may swallow the first sound of a sentence
and lose themselves in long ones; the guards here stand against each.
"""

from __future__ import annotations

import hashlib
import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import torch
from torch.package.package_importer import PackageImporter

from tts.errors import NoSynthesizerError, SynthesisError
from tts.pcm import Samples, rechunk, silence, to_float, to_pcm
from tts.sentences import split_sentences
from tts.speakable import STRESS, is_speakable, require_speakable
from tts.stretch import stretch
from tts.synthesizer import OUTPUT_RATE, Pcm

log = logging.getLogger(__name__)

PREFERRED_SPEAKERS: Final = ("ru_ekaterina", "xenia", "kseniya")
"""Clear female voices of the MIT model and of the non-commercial ones; else the first Russian."""
MIN_RATE: Final = 0.5
MAX_RATE: Final = 2.0
HEADROOM: Final = 0.95
"""Louder output is scaled to this peak: resampled full-scale audio would clip."""

_REPLACEMENTS: Final = {
    "—": ("–", ","),
    "…": (".",),
    ";": (",",),
    ":": (",",),
    "?": (".",),
    "!": (".",),
}
_PLAIN: Final = re.compile(r"[^а-яё +.,]")


class _Model(Protocol):
    """What Silero's packages offer, of which this much is used."""

    speakers: Sequence[str]

    def apply_tts(self, *, text: str, speaker: str, sample_rate: int) -> torch.Tensor: ...


class SileroSynthesizer:
    """A `tts.synthesizer.Synthesizer` on a Silero package. Build it only in a worker process.

    Args:
        path: the ``.pt`` file; nothing is ever downloaded.
        voice: one of the model's speakers; None takes the first of `PREFERRED_SPEAKERS` it has.
        threads: CPU threads of torch.

    Raises:
        NoSynthesizerError: the file is missing or is no Silero model, or the voice is not in it.
    """

    engine = "silero"

    def __init__(self, path: Path, voice: str | None = None, *, threads: int = 1) -> None:
        torch.set_num_threads(threads)
        self._model = _load(path)
        self.voice = _speaker(self._model, voice)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self.version = f"silero-{path.stem}-{digest[:12]}-torch{torch.__version__}"
        self._symbols = _symbols(self._model)
        self._speak("здр+авствуйте.")  # the first inference compiles; let it be now

    def synthesize(self, text: str, rate: float = 1.0) -> Iterator[Pcm]:
        """See `tts.synthesizer.Synthesizer.synthesize`; `rate` is held to 0.5 ... 2.0."""
        speakable = require_speakable(text)
        return self._stream(speakable, min(max(rate, MIN_RATE), MAX_RATE))

    def _stream(self, text: str, rate: float) -> Iterator[Pcm]:
        for sentence in split_sentences(text):
            for chunk in rechunk([stretch(self._sentence(sentence.text), rate)]):
                yield to_pcm(chunk)
            if sentence.pause_s:
                for chunk in rechunk([to_float(silence(sentence.pause_s / rate))]):
                    yield to_pcm(chunk)

    def _sentence(self, text: str) -> Samples:
        """One sentence; where the model refuses it, once more with letters and commas only."""
        prepared = self._prepare(text)
        try:
            return self._speak(prepared)
        except Exception as error:  # the package's own code raises bare exceptions
            log.warning("silero refused a sentence: %s; plainer now", type(error).__name__)
        plain = " ".join(_PLAIN.sub(" ", prepared).split())
        if not is_speakable(plain):
            raise SynthesisError("silero refused the sentence and nothing is left of it")
        try:
            return self._speak(plain)
        except Exception as error:
            raise SynthesisError(
                f"silero cannot speak a sentence of {len(text)} characters: {error}"
            ) from error

    def _prepare(self, text: str) -> str:
        """Known symbols, a pause in front for the first sound to survive, a stop at the end."""
        text = text.lower()
        for symbol, substitutes in _REPLACEMENTS.items():
            if symbol in text and not self._knows(symbol):
                text = text.replace(symbol, next(filter(self._knows, substitutes), " "))
        text = "".join(symbol if self._knows(symbol) else " " for symbol in text)
        text = " ".join(text.split()).lstrip(" ,.!?…:;–—-")
        if not text.endswith((".", "!", "?", "…")):
            text = text.rstrip(" ,:;–—-") + "."
        return f", {text}"

    def _knows(self, symbol: str) -> bool:
        return not self._symbols or symbol in self._symbols

    def _speak(self, text: str) -> Samples:
        torch.manual_seed(0)  # models with random parts must say the same text the same way
        with torch.inference_mode():
            audio = self._model.apply_tts(text=text, speaker=self.voice, sample_rate=OUTPUT_RATE)
        samples: Samples = torch.as_tensor(audio).detach().cpu().numpy().astype(np.float32).ravel()
        if not len(samples) or not np.isfinite(samples).all():
            raise SynthesisError("silero gave no usable audio")
        peak = float(np.abs(samples).max())
        return samples * np.float32(HEADROOM / peak) if peak > HEADROOM else samples


def _load(path: Path) -> _Model:
    if not path.is_file():
        raise NoSynthesizerError(f"no Silero model at {path}: run voice122 models fetch")
    try:
        with warnings.catch_warnings():
            # torch.package warns of torch's own storages on every load.
            warnings.filterwarnings("ignore", message="TypedStorage", category=UserWarning)
            model: _Model = PackageImporter(str(path)).load_pickle("tts_models", "model")
        to_device = getattr(model, "to", None)
        if to_device is not None:
            to_device(torch.device("cpu"))
    except Exception as error:  # whatever the file is, it is not a model
        raise NoSynthesizerError(
            f"{path.name} is damaged or not a Silero model ({type(error).__name__}): "
            "run voice122 models fetch"
        ) from error
    return model


def _speaker(model: _Model, wanted: str | None) -> str:
    speakers = list(model.speakers)
    if wanted is not None:
        if wanted not in speakers:
            raise NoSynthesizerError(f"Silero has no voice {wanted!r}; it has {_names(speakers)}")
        return wanted
    for name in PREFERRED_SPEAKERS:
        if name in speakers:
            return name
    russian = [name for name in speakers if name.startswith("ru_")]
    return (russian or speakers)[0]


def _names(speakers: Sequence[str]) -> str:
    russian = [name for name in speakers if name.startswith("ru_")] or list(speakers)
    return ", ".join(russian)


def _symbols(model: _Model) -> frozenset[str]:
    """Characters that the model knows, where it says so; empty means unknown."""
    symbols = getattr(model, "symbols", None)
    return frozenset(symbols) | {STRESS, " "} if isinstance(symbols, str) else frozenset()
