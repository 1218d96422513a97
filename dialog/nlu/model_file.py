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
from dialog.nlu.atomic_file import write_atomically
from dialog.nlu.bands import Bands
from dialog.nlu.calibration import Calibration
from dialog.nlu.lexical import Terms, TfIdf, char_ngrams, lemmas
from dialog.nlu.scorer import Embedded, Scorer
from dialog.nlu.training import Head

FORMAT: Final = 1
MEND: Final = "train it again: voice122 train"

_TERMS: Final[dict[str, Terms]] = {"chars": char_ngrams, "lemmas": lemmas}

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
    arrays: Arrays = {}
    document = {
        "format": FORMAT,
        "data_hash": model.data_hash,
        "versions": model.versions,
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
        heads = {name: _unpack(head, name, arrays) for name, head in document["heads"].items()}
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
    scorer = head.scorer
    arrays[f"{name}.lexical_weights"] = scorer.lexical_weights
    arrays[f"{name}.bias"] = scorer.bias
    kinds = {function: kind for kind, function in _TERMS.items()}
    for number, terms in enumerate(scorer.lexical):
        words = "\n".join(terms.index).encode("utf-8")
        arrays[f"{name}.terms{number}"] = np.frombuffer(words, np.uint8)
        arrays[f"{name}.idf{number}"] = terms.weights
    if scorer.embedded is not None:
        for part in ("centre", "weights", "examples", "labels"):
            arrays[f"{name}.embedded.{part}"] = getattr(scorer.embedded, part)
    return {
        "intents": scorer.intents,
        "terms": [kinds[terms.terms] for terms in scorer.lexical],
        "encoder": scorer.embedded.encoder if scorer.embedded is not None else None,
        "calibration": asdict(head.calibration),
        "bands": asdict(head.bands),
    }


def _unpack(document: Mapping[str, Any], name: str, arrays: Arrays) -> Head:
    intents = tuple(document["intents"])
    lexical = tuple(_terms(kind, name, n, arrays) for n, kind in enumerate(document["terms"]))
    weights = _floats(arrays[f"{name}.lexical_weights"])
    bias = _floats(arrays[f"{name}.bias"])
    _require(weights.shape == (sum(len(t.index) for t in lexical), len(intents)))
    _require(bias.shape == (len(intents),))
    embedded = None
    if document["encoder"] is not None:
        part = {
            key: arrays[f"{name}.embedded.{key}"]
            for key in ("centre", "weights", "examples", "labels")
        }
        size = len(part["centre"])
        _require(part["weights"].shape == (size, len(intents)))
        _require(part["examples"].shape == (len(part["labels"]), size))
        embedded = Embedded(
            document["encoder"],
            _floats(part["centre"]),
            _floats(part["weights"]),
            _floats(part["examples"]),
            part["labels"].astype(np.int64),
        )
    return Head(
        Scorer(intents, lexical, weights, bias, embedded),
        Calibration(**document["calibration"]),
        Bands(**document["bands"]),
    )


def _terms(kind: str, name: str, number: int, arrays: Arrays) -> TfIdf:
    words = arrays[f"{name}.terms{number}"].tobytes().decode("utf-8")
    index = {word: column for column, word in enumerate(words.split("\n"))} if words else {}
    idf = _floats(arrays[f"{name}.idf{number}"])
    _require(idf.shape == (len(index),))
    return TfIdf(_TERMS[kind], index, idf)


def _floats(array: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    floats = array.astype(np.float32)
    _require(bool(np.isfinite(floats).all()))
    return floats


def _require(fits: bool) -> None:
    if not fits:
        raise ValueError("arrays do not fit together")
