"""The trained interpreter on disk: one npz file of arrays and a JSON description, never pickle."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dialog.errors import NluError
from dialog.nlu.anchors import Anchors
from dialog.nlu.atomic_file import write_atomically
from dialog.nlu.bands import Bands
from dialog.nlu.calibration import Calibration
from dialog.nlu.kernel import KernelModel
from dialog.nlu.lexical import Terms, TfIdf, lemmas, sounds
from dialog.nlu.scorer import Meaning, Scorer, Wording
from dialog.nlu.training import Head

FORMAT: Final = 4
MEND: Final = "train it again: voice122 train"

_TERMS: Final[dict[str, Terms]] = {"sounds": sounds, "lemmas": lemmas}

Arrays = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Model:
    """All that `voice122 train` makes."""

    data_hash: str
    """Of the training data, hexadecimal; see `train.data_hash`."""
    versions: dict[str, str]
    """Of the code and libraries that made it, for the record."""
    full: Head | None
    """With sentence embeddings; None where they could not be loaded in training."""
    lexical: Head
    """Without: for machines where they cannot be loaded."""


def save(model: Model, path: Path) -> None:
    """Write the model; a reader sees the old one or the new one.

    Raises:
        NluError: the file cannot be written.
    """
    wording = model.lexical.scorer.wording  # the same in both heads
    kinds = {function: kind for kind, function in _TERMS.items()}
    arrays: Arrays = {"projection": wording.projection}
    for number, terms in enumerate(wording.terms):
        words = "\n".join(terms.index).encode("utf-8")
        arrays[f"terms{number}"] = np.frombuffer(words, np.uint8)
        arrays[f"idf{number}"] = terms.weights
    document = {
        "format": FORMAT,
        "data_hash": model.data_hash,
        "versions": model.versions,
        "intents": model.lexical.scorer.intents,
        "terms": [kinds[terms.terms] for terms in wording.terms],
        "heads": {
            name: _pack(head, name, arrays)
            for name, head in (("full", model.full), ("lexical", model.lexical))
            if head is not None
        },
    }
    text = json.dumps(document, ensure_ascii=False, sort_keys=True)
    arrays["document"] = np.frombuffer(text.encode("utf-8"), np.uint8)
    try:
        write_atomically(path, arrays)
    except OSError as error:
        raise NluError(f"the model cannot be written to {path}: {error.strerror}") from error


def load(path: Path) -> Model:
    """Read a model.

    Raises:
        NluError: there is none, it is damaged, or it was made by another version.
    """
    try:
        # From memory: numpy leaves the file open where it is no archive.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        document = json.loads(arrays["document"].tobytes().decode("utf-8"))
        if document["format"] != FORMAT:
            raise NluError(f"{path} was made by another version of voice122; {MEND}")
        reader = _Reader(document, arrays)
        heads = {name: reader.head(name) for name in document["heads"]}
        return Model(
            document["data_hash"], document["versions"], heads.get("full"), heads["lexical"]
        )
    except FileNotFoundError:
        raise NluError(f"there is no trained interpreter at {path}; {MEND}") from None
    except PermissionError:
        raise NluError(f"{path} may not be read; let the service read it (chmod a+r)") from None
    except (
        OSError,
        EOFError,
        ValueError,  # JSON and UTF-8 errors are among its kinds
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise NluError(f"{path} is damaged ({type(error).__name__}); {MEND}") from error


def _pack(head: Head, name: str, arrays: Arrays) -> dict[str, Any]:
    meaning, model = head.scorer.meaning, head.scorer.model
    arrays[f"{name}.anchors"] = model.anchors.levels
    arrays[f"{name}.scales"] = model.anchors.scales
    arrays[f"{name}.weights"] = model.weights
    arrays[f"{name}.shares"] = model.shares
    encoder = None
    if meaning is not None:
        arrays[f"{name}.centre"] = meaning.centre
        encoder = {"name": meaning.encoder, "parts": meaning.parts, "shares": meaning.shares}
    return {
        "encoder": encoder,
        "calibration": asdict(head.calibration),
        "bands": asdict(head.bands),
    }


class _Reader:
    """Builds heads from what was read, and refuses what does not fit together."""

    def __init__(self, document: Mapping[str, Any], arrays: Arrays) -> None:
        self._document = document
        self._arrays = arrays
        self._intents = tuple(document["intents"])
        terms = tuple(self._terms(kind, number) for number, kind in enumerate(document["terms"]))
        self._directions = arrays["projection"].shape[1]
        shape = (sum(len(one.index) for one in terms), self._directions)
        self._wording = Wording(terms, self._floats("projection", *shape).astype(np.float16))

    def head(self, name: str) -> Head:
        document = self._document["heads"][name]
        intents, phrases = len(self._intents), len(self._arrays[f"{name}.anchors"])
        meaning, size = None, 0
        if document["encoder"] is not None:
            parts = tuple(document["encoder"]["parts"])
            shares = tuple(document["encoder"]["shares"])
            size = sum(parts)
            centre = self._floats(f"{name}.centre", size)
            meaning = Meaning(document["encoder"]["name"], parts, shares, centre)
        model = KernelModel(
            Anchors(
                self._levels(f"{name}.anchors", phrases, size + self._directions),
                self._floats(f"{name}.scales", phrases),
            ),
            self._floats(f"{name}.weights", phrases, intents),
            self._floats(f"{name}.shares", intents),
        )
        return Head(
            Scorer(self._intents, self._wording, meaning, model),
            Calibration(**document["calibration"]),
            Bands(**document["bands"]),
        )

    def _terms(self, kind: str, number: int) -> TfIdf:
        words = self._arrays[f"terms{number}"].tobytes().decode("utf-8")
        index = {word: column for column, word in enumerate(words.split("\n"))} if words else {}
        return TfIdf(_TERMS[kind], index, self._floats(f"idf{number}", len(index)))

    def _levels(self, key: str, *shape: int) -> npt.NDArray[np.int8]:
        array = self._arrays[key]
        if array.shape != shape or array.dtype != np.int8:
            raise ValueError(f"{key} does not fit")
        return array.astype(np.int8, copy=False)

    def _floats(self, key: str, *shape: int) -> npt.NDArray[np.float32]:
        array = self._arrays[key].astype(np.float32)
        if array.shape != shape or not np.isfinite(array).all():
            raise ValueError(f"{key} does not fit")
        return array
