"""What editors write reaches the recognizer without a restart; what is broken does no harm."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from asr.known_phrases import KnownPhrases
from asr.shallow_fusion import TokenModel


def known(path: Path | None) -> KnownPhrases:
    return KnownPhrases(path, lambda model: TokenModel(model, ["", " да"], 0))


def test_a_changed_file_is_learnt(tmp_path: Path) -> None:
    path = tmp_path / "phrases.txt"
    path.write_text("да\nнет", "utf-8")
    phrases = known(path)
    first = phrases.model()
    assert first is not None
    assert phrases.model() is first
    path.write_text("вызовите врача\nда", "utf-8")
    assert phrases.model() not in (None, first)


def test_without_a_file_nothing_is_known(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert known(None).model() is None
    phrases = known(tmp_path / "phrases.txt")
    assert phrases.model() is phrases.model() is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "voice122 train" in caplog.text


@pytest.mark.parametrize("broken", [b"", b"122\n", "да".encode("utf-16"), b"\xff\xfe\xfd"])
def test_a_broken_file_leaves_what_was_known(
    tmp_path: Path, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "phrases.txt"
    path.write_text("да\nнет", "utf-8")
    phrases = known(path)
    good = phrases.model()
    path.write_bytes(broken)
    assert phrases.model() is phrases.model() is good
    assert "what was known stays" in caplog.text
    path.unlink()
    assert phrases.model() is good
    path.write_text("да\nнет\nне надо", "utf-8")
    assert phrases.model() not in (None, good)
