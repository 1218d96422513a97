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
from dialog.nlu.kernel import KernelModel
from dialog.nlu.lexical import Terms, TfIdf, char_ngrams, lemmas
from dialog.nlu.scorer import Features, Meaning, Scorer
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
    features, model, meaning = scorer.features, scorer.model, scorer.features.meaning
    # Half precision is beyond the precision of the embeddings, and halves the file.
    arrays[f"{name}.projection"] = features.projection.astype(np.float16)
    arrays[f"{name}.anchors"] = model.anchors.astype(np.float16)
    arrays[f"{name}.weights"] = model.weights
    arrays[f"{name}.shares"] = model.shares
    kinds = {function: kind for kind, function in _TERMS.items()}
    for number, terms in enumerate(features.lexical):
        words = "\n".join(terms.index).encode("utf-8")
        arrays[f"{name}.terms{number}"] = np.frombuffer(words, np.uint8)
        arrays[f"{name}.idf{number}"] = terms.weights
    if meaning is not None:
        arrays[f"{name}.centre"] = meaning.centre
    return {
        "intents": scorer.intents,
        "terms": [kinds[terms.terms] for terms in features.lexical],
        "encoder": None
        if meaning is None
        else {"name": meaning.encoder, "parts": meaning.parts, "shares": meaning.shares},
        "calibration": asdict(head.calibration),
        "bands": asdict(head.bands),
    }


def _unpack(document: Mapping[str, Any], name: str, arrays: Arrays) -> Head:
    def floats(key: str, *shape: int) -> npt.NDArray[np.float32]:
        array = arrays[f"{name}.{key}"].astype(np.float32)
        if array.shape != shape or not np.isfinite(array).all():
            raise ValueError(f"{key} does not fit")
        return array

    intents = tuple(document["intents"])
    lexical = tuple(_terms(kind, name, n, arrays) for n, kind in enumerate(document["terms"]))
    meaning = None
    size = 0
    if document["encoder"] is not None:
        parts = tuple(document["encoder"]["parts"])
        size = sum(parts)
        meaning = Meaning(
            document["encoder"]["name"],
            parts,
            tuple(document["encoder"]["shares"]),
            floats("centre", size),
        )
    directions = arrays[f"{name}.projection"].shape[1]
    phrases = len(arrays[f"{name}.anchors"])
    projection = floats("projection", sum(len(t.index) for t in lexical), directions)
    model = KernelModel(
        floats("anchors", phrases, size + directions),
        floats("weights", phrases, len(intents)),
        floats("shares", len(intents)),
    )
    return Head(
        Scorer(intents, Features(lexical, projection, meaning), model),
        Calibration(**document["calibration"]),
        Bands(**document["bands"]),
    )


def _terms(kind: str, name: str, number: int, arrays: Arrays) -> TfIdf:
    words = arrays[f"{name}.terms{number}"].tobytes().decode("utf-8")
    index = {word: column for column, word in enumerate(words.split("\n"))} if words else {}
    idf = arrays[f"{name}.idf{number}"].astype(np.float32)
    if idf.shape != (len(index),):
        raise ValueError("terms do not fit")
    return TfIdf(_TERMS[kind], index, idf)
