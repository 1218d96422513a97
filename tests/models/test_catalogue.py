"""The catalogue holds what it promises, and a wrong one is refused with the place named."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.catalogue import (
    BUILT_IN,
    ArchiveSource,
    Catalogue,
    FilesSource,
    PackageSource,
    Role,
    SystemPackage,
    Weights,
)
from models.errors import CatalogueError, UnknownModel


@pytest.fixture(scope="module")
def built_in() -> Catalogue:
    return Catalogue.load()


def test_every_model_has_a_licence_with_its_consequences(built_in: Catalogue) -> None:
    for entry in built_in:
        licences = [entry.licence]
        if isinstance(entry, SystemPackage):
            licences += [voice.licence for voice in entry.voices.values()]
        for licence in licences:
            assert licence.spdx
            assert licence.consequences.endswith(".")


def test_every_file_and_archive_says_its_digest_or_an_explicit_null() -> None:
    raw = yaml.safe_load(BUILT_IN.read_text("utf-8"))
    for name, entry in raw["models"].items():
        for part in [*entry.get("files", []), *entry.get("sources", [])]:
            if part.get("kind", "archive") == "archive":
                assert {"size", "sha256"} <= part.keys(), name


def test_models_that_come_unasked_are_free_and_have_digests(built_in: Catalogue) -> None:
    defaults = [entry for entry in built_in if isinstance(entry, Weights) and entry.default]
    assert {entry.role for entry in defaults} == {Role.ASR, Role.VAD, Role.TTS}
    for entry in defaults:
        assert entry.licence.commercial
        assert all(entry.vouched(source) for source in entry.sources)


def test_non_commercial_voices_are_never_chosen_on_their_own(built_in: Catalogue) -> None:
    preferred = {entry.name for role in Role for entry in built_in.best(role)}
    for name in ("silero-v5-ru", "silero-v5-5-ru"):
        assert not built_in[name].licence.commercial
        assert name not in preferred


def test_recognizers_are_preferred_by_their_telephone_word_error_rate(built_in: Catalogue) -> None:
    names = [entry.name for entry in built_in.best(Role.ASR)]
    assert names == ["t-one", "vosk-ru", "whisper-base", "vosk-small-ru"]


def test_no_source_names_the_host_of_a_package_registry(built_in: Catalogue) -> None:
    for entry in built_in:
        for source in entry.sources if isinstance(entry, Weights) else ():
            if isinstance(source, ArchiveSource | FilesSource):
                assert str(source).split("/")[2] in {
                    "github.com",
                    "huggingface.co",
                    "alphacephei.com",
                    "models.silero.ai",
                }
            else:
                assert isinstance(source, PackageSource)


def test_only_the_free_rhvoice_voices_may_serve_a_contracted_service(built_in: Catalogue) -> None:
    rhvoice = built_in["rhvoice"]
    assert isinstance(rhvoice, SystemPackage)
    free = {name for name, voice in rhvoice.voices.items() if voice.licence.commercial}
    assert free == {"elena", "anna", "irina", "aleksandr", "aleksandr-hq"}


def test_an_unknown_name_is_answered_with_the_known_ones(built_in: Catalogue) -> None:
    with pytest.raises(UnknownModel, match=r"'t-two'; there are: t-one, "):
        built_in["t-two"]


Change = dict[str, Any]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"models.t-one.licens": "MIT"}, r"models\.t-one\.weights\.licens: Extra inputs"),
        ({"models.t-one.licence.spdx": None}, r"models\.t-one\.weights\.licence\.spdx"),
        ({"models.t-one.licence": None}, r"models\.t-one\.weights\.licence"),
        ({"models.t-one.licence.commercial": "yes"}, r"licence\.commercial: .*boolean"),
        ({"models.t-one.size": "144"}, r"models\.t-one\.weights\.size"),
        ({"models.t-one.role": "ears"}, r"models\.t-one\.weights\.role"),
        ({"models.t-one.sources": []}, r"models\.t-one\.weights\.sources"),
        ({"models.t-one.sources.0.sha256": "B9C9"}, r"sources\.0\.archive\.sha256"),
        ({"models.t-one.sources.0.url": "ftp://x/y"}, r"sources\.0\.archive\.url.*https://"),
        ({"models.t-one.files.0.path": "../../etc/cron"}, r"files\.0\.path.*relative path"),
        ({"models.t-one.files.0.path": "/etc/cron"}, r"files\.0\.path.*relative path"),
        ({"models.t-one.files.1.path": "model.onnx"}, r"listed twice"),
        ({"models.t-one.name": "t-one"}, r"'name' is the key itself"),
        ({"models.t-one.sources.0.kind": "torrent"}, r"sources\.0: .*'torrent'"),
        ({"models.vosk-ru.default": True}, r"a default needs a source with known digests"),
        ({"models.silero-v5-ru.default": True}, r"non-commercial model cannot be a default"),
        ({"preference.asr": ["silero-vad"]}, r"whose role is vad"),
        ({"preference.asr": ["nobody"]}, r"nobody, which is not in models"),
        ({"preference.tts": ["silero-v5-ru"]}, r"which is non-commercial"),
        ({"preference.asr": ["whisper-base"]}, r"t-one is a default but not in preference\.asr"),
        ({"models.silero-vad.sources.1.members": {}}, r"needs either 'tree' or 'members'"),
        ({"models.silero-vad.sources.1.members": {"x": ["y"]}}, r"must be exactly"),
        ({"version": 2}, r"version"),
        ({"models": ["t-one"]}, r"models"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_the_place(
    tmp_path: Path, change: Change, complaint: str
) -> None:
    data = copy.deepcopy(yaml.safe_load(BUILT_IN.read_text("utf-8")))
    for place, value in change.items():
        *way, last = place.split(".")
        spot = data
        for step in way:
            spot = spot[int(step)] if isinstance(spot, list) else spot[step]
        spot[last] = value
    path = tmp_path / "catalogue.yaml"
    path.write_text(yaml.safe_dump(data), "utf-8")
    with pytest.raises(CatalogueError, match=complaint) as caught:
        Catalogue.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("version: 1\nversion: 1\n", "'version' is there twice"),
        ("models: [", "catalogue.yaml: .*line 1"),
        ("", "the whole file"),
        ("version: 2026-11-23\n", "not JSON serializable"),
    ],
)
def test_broken_yaml_is_refused_in_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(CatalogueError, match=complaint) as caught:
        Catalogue.load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_catalogue_says_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="No such file"):
        Catalogue.load(tmp_path / "none.yaml")
