"""Reads the editors' lists (`nlu_data/lists/*.yml`)."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from dialog.errors import ContentError
from dialog.slots.lists import Entry, EntryList


class _EntryModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    spoken: str | None = None
    forms: list[str] = []
    confusable_with: list[str] = []
    ordinary: bool = False


def load_lists(directory: Path) -> dict[str, EntryList]:
    """Read every list of `directory` whose file says ``entries:``.

    Raises:
        ContentError: names the file and what is wrong with it.
    """
    lists: dict[str, EntryList] = {}
    for path in sorted(directory.glob("*.yml")):
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
            if not isinstance(document, dict) or "entries" not in document:
                continue
            models = {
                key: _EntryModel.model_validate(value) for key, value in document["entries"].items()
            }
            ignored, unlisted = _phrases(document, "ignored"), _phrases(document, "unlisted")
        except (
            yaml.YAMLError,
            ValidationError,
            OSError,
            UnicodeDecodeError,
            AttributeError,
            TypeError,
        ) as error:
            raise ContentError(f"{path.name}: {' '.join(str(error).split())}") from error
        for key, model in models.items():
            for other in model.confusable_with:
                if other not in models:
                    raise ContentError(f"{path.name}: {key} похож на {other}, но такого ключа нет")
        entries = tuple(_entry(key, model) for key, model in models.items())
        lists[path.stem] = EntryList(path.stem, entries, ignored, unlisted)
    return lists


def _entry(key: str, model: _EntryModel) -> Entry:
    return Entry(
        key,
        model.name,
        model.spoken or model.name,
        tuple(model.forms),
        tuple(model.confusable_with),
        model.ordinary,
    )


def _phrases(document: dict[str, object], key: str) -> tuple[str, ...]:
    items = document.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise TypeError(f"{key}: нужен список фраз")
    return tuple(items)
