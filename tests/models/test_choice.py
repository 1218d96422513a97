"""The best engine that is here is used, and the reason is told for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.catalogue import Catalogue, Role
from models.choice import choose, fetch_default
from models.errors import ModelsError
from models.store import ModelStore
from tests.models.conftest import MakeCatalogue
from tests.models.support import HASTY, LICENCE, Page, Server, undigested, weights


def recognizer(server: Server, name: str, **more: Any) -> dict[str, Any]:
    content = f"weights of {name}".encode()
    server.pages.setdefault(f"/{name}/model.bin", Page(content))
    source = {"kind": "files", "base": f"{server.url}/{name}/"}
    return weights({"model.bin": content}, source, default=True, **more)


VOICE = {
    "kind": "system",
    "title": "A synthesizer of the system",
    "role": "tts",
    "language": "ru",
    "sample_rates": [24000],
    "size": 1,
    "licence": LICENCE,
    "library": "RHVoice",
    "data": "share/RHVoice/voices",
    "packages": ["rhvoice"],
    "voices": {"elena": {"licence": LICENCE}},
}


@pytest.fixture
def known(server: Server, catalogue: MakeCatalogue) -> Catalogue:
    """good, then fair, to recognize; nice, then the system's, to speak."""
    preference = {"asr": ["good", "fair"], "tts": ["nice", "system"]}
    return catalogue(
        preference,
        good=recognizer(server, "good"),
        fair=recognizer(server, "fair"),
        nice=recognizer(server, "nice", role="tts"),
        system=VOICE,
    )


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", system_root=tmp_path)


@pytest.fixture
def speaking(tmp_path: Path) -> None:
    """RHVoice is installed."""
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/libRHVoice.so.5").touch()
    (tmp_path / "usr/share/RHVoice/voices/elena").mkdir(parents=True)


ASR = (Role.ASR,)


def test_nothing_here_means_no_choice_and_a_command_for_each(
    known: Catalogue, store: ModelStore
) -> None:
    choice = choose(Role.ASR, known, store)
    assert choice.entry is None
    assert [candidate.reason for candidate in choice.candidates] == [
        "absent; run: voice122 models fetch good",
        "absent; run: voice122 models fetch fair",
    ]


def test_the_best_comes_on_its_own_and_nothing_else(
    known: Catalogue, store: ModelStore, server: Server
) -> None:
    result = fetch_default(known, store, roles=ASR, timeouts=HASTY)
    choice = result.choices[Role.ASR]
    assert choice.entry is not None
    assert choice.entry.name == "good"
    assert choice.candidates[0].reason == "used: the best there is"
    assert result.notes == ()
    assert {path for path, _ in server.asked} == {"/good/model.bin"}


def test_where_the_best_is_not_to_be_had_the_next_one_serves(
    known: Catalogue, store: ModelStore, server: Server
) -> None:
    server.pages["/good/model.bin"].status = 404
    result = fetch_default(known, store, roles=ASR, timeouts=HASTY)
    choice = result.choices[Role.ASR]
    assert choice.entry is not None
    assert choice.entry.name == "fair"
    assert choice.candidates[1].reason == "used: the best that is here"
    assert "good is not to be had" in result.notes[0]


def test_the_second_start_does_not_wait_for_the_net_again(
    known: Catalogue, store: ModelStore, server: Server
) -> None:
    server.pages["/good/model.bin"].status = 404
    fetch_default(known, store, roles=ASR, timeouts=HASTY)
    server.asked.clear()
    result = fetch_default(known, store, roles=ASR, timeouts=HASTY)
    assert server.asked == []
    assert result.notes == (
        "good would be better but was not to be had; try again: voice122 models fetch good",
    )


def test_what_failed_is_tried_again_while_the_role_has_nothing(
    known: Catalogue, store: ModelStore, server: Server
) -> None:
    for name in ("good", "fair"):
        server.pages[f"/{name}/model.bin"].status = 404
    with pytest.raises(ModelsError, match=r"^there is no model for asr: .*good .*fair") as caught:
        fetch_default(known, store, roles=ASR, timeouts=HASTY)
    assert "\n" not in str(caught.value)
    server.pages["/good/model.bin"].status = 200
    result = fetch_default(known, store, roles=ASR, timeouts=HASTY)
    assert result.choices[Role.ASR].entry is known["good"]


def test_a_better_model_that_arrives_later_takes_over(
    known: Catalogue, store: ModelStore, server: Server, tmp_path: Path
) -> None:
    server.pages["/good/model.bin"].status = 404
    fetch_default(known, store, roles=ASR, timeouts=HASTY)
    (store.models_dir / "good").mkdir()
    (store.models_dir / "good/model.bin").write_bytes(b"weights of good")
    choice = choose(Role.ASR, known, store)
    assert choice.entry is known["good"]
    assert choice.candidates[1].reason == "here, but good is preferred"


def test_a_damaged_model_is_passed_over_with_the_reason(
    known: Catalogue, store: ModelStore
) -> None:
    for name in ("good", "fair"):
        (store.models_dir / name).mkdir(parents=True)
        (store.models_dir / name / "model.bin").write_bytes(f"weights of {name}".encode())
    (store.models_dir / "good/model.bin").write_bytes(b"")
    choice = choose(Role.ASR, known, store)
    assert choice.entry is known["fair"]
    assert choice.candidates[0].reason == (
        "damaged (model.bin has 0 bytes instead of 15); run: voice122 models fetch good"
    )


@pytest.mark.usefixtures("speaking")
def test_without_its_own_voice_the_systems_synthesizer_serves(
    known: Catalogue, store: ModelStore, server: Server
) -> None:
    server.pages["/nice/model.bin"].status = 404
    result = fetch_default(known, store, roles=(Role.TTS,), timeouts=HASTY)
    assert result.choices[Role.TTS].entry is known["system"]


def test_without_any_voice_the_error_says_what_to_install(
    known: Catalogue, store: ModelStore, server: Server
) -> None:
    server.pages["/nice/model.bin"].status = 404
    with pytest.raises(ModelsError, match=r"no model for tts: .*run: apt install rhvoice$"):
        fetch_default(known, store, roles=(Role.TTS,), timeouts=HASTY)


def test_models_that_are_not_default_never_come_unasked(
    server: Server, catalogue: MakeCatalogue, store: ModelStore
) -> None:
    big = undigested({**recognizer(server, "big"), "default": False})
    known = catalogue({"asr": ["big", "fair"]}, big=big, fair=recognizer(server, "fair"))
    fetch_default(known, store, roles=ASR, timeouts=HASTY)
    assert {path for path, _ in server.asked} == {"/fair/model.bin"}
