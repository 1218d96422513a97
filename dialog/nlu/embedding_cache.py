"""Embeddings of phrases that have been seen before, on disk: training again takes seconds."""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from dialog.nlu.atomic_file import write_atomically
from dialog.nlu.encoder import Encoder
from dialog.nlu.matrix import Matrix

log = logging.getLogger(__name__)

KEY_BYTES: Final = 16
KEEP: Final = 50_000
"""Phrases remembered at most, the newest: 180 MB."""


def encode_cached(encoder: Encoder, texts: Sequence[str], cache_dir: Path) -> Matrix:
    """Embeddings of `texts`, float32 of shape (len(texts), sum(encoder.parts)).

    Those missing in `cache_dir` are computed and added to it. Keys are hashes: the cache holds no
    words. A damaged cache is computed anew; one that cannot be written is done without.
    """
    size = sum(encoder.parts)
    path = cache_dir / f"{encoder.name}.npz"
    known = _read(path, size)
    keys = [_key(text) for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        vectors = encoder.encode(list(missing.values()))
        known.update(zip(missing, vectors, strict=True))
        _write(path, dict(list(known.items())[-KEEP:]))
    if not texts:
        return np.zeros((0, size), np.float32)
    return np.stack([known[key] for key in keys])


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()[:KEY_BYTES]


def _read(path: Path, size: int) -> dict[bytes, Matrix]:
    try:
        # From memory: numpy leaves the file open where it is no archive.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            keys, vectors = stored["keys"], stored["vectors"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.warning("embedding cache %s is damaged and computed anew: %s", path.name, error)
        return {}
    if keys.shape != (len(vectors), KEY_BYTES) or vectors.shape[1:] != (size,):
        log.warning("embedding cache %s has another shape and is computed anew", path.name)
        return {}
    return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}


def _write(path: Path, known: dict[bytes, Matrix]) -> None:
    keys = np.frombuffer(b"".join(known), np.uint8).reshape(-1, KEY_BYTES)
    try:
        write_atomically(path, {"keys": keys, "vectors": np.stack(list(known.values()))})
    except OSError as error:
        log.warning("embedding cache cannot be written to %s: %s", path.parent, error)
