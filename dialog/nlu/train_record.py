"""What was trained last, and from what: training the same again is then done at once."""

from __future__ import annotations

import hashlib
import json
import logging
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from dialog import morphology
from dialog.nlu.bands import Bands, Costs
from dialog.nlu.evaluate import Metrics

log = logging.getLogger(__name__)

NAME: Final = "trained.json"

_CODE: Final = Path(__file__).parent


@dataclass(frozen=True)
class TrainRecord:
    """One training with sentence embeddings."""

    recipe: str
    """How it was trained: see `recipe_of`."""
    data_hash: str
    """Of the phrases and their intents."""
    model: str
    """SHA-256 of the model's file."""
    bands: Bands
    cross_validation: Metrics

    def holds(self, recipe: str, data_hash: str, model: Path) -> bool:
        """Whether the file is what this recipe makes of these phrases, as it was written."""
        return (self.recipe, self.data_hash) == (recipe, data_hash) and (
            self.model == file_hash(model)
        )

    def save(self, cache_dir: Path) -> None:
        """Keep it; a folder that cannot be written is done without."""
        try:
            cache_dir.mkdir(parents=True, exist_ok=True)
            (cache_dir / NAME).write_bytes(_RECORDS.dump_json(self))
        except OSError as error:
            log.warning("what was trained cannot be remembered: %s", error)


_RECORDS: Final = TypeAdapter(TrainRecord)


def load_record(cache_dir: Path) -> TrainRecord | None:
    """The last one kept; None where there is none, or a damaged one."""
    try:
        return _RECORDS.validate_json((cache_dir / NAME).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        log.warning("the record of the last training is damaged and begun anew: %s", error)
        return None


def recipe_of(encoder: str, costs: Costs, versions: Mapping[str, str]) -> str:
    """SHA-256 of all that a model depends on beside phrases: encoder, costs, libraries, our code.

    Args:
        encoder: its name, which has its version.
        costs: what the bands are chosen by.
        versions: of the libraries.
    """
    parts = [encoder, asdict(costs), dict(versions), platform.python_version()]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for path in [*sorted(_CODE.glob("*.py")), Path(morphology.__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def file_hash(path: Path) -> str | None:
    """SHA-256 of a file; None where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
