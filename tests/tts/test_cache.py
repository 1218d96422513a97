"""The prompt cache: restarts, damage, full disks, limits."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import numpy as np
import pytest

from tts.cache import PromptCache, prompt_key
from tts.synthesizer import Pcm

KEY = prompt_key("Здравствуйте", "rhvoice/elena/1", 1.0)


def prompt(samples: int = 4000) -> Pcm:
    return np.arange(samples, dtype=np.int16)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_prompt_is_known_after_a_restart(tmp_path: Path) -> None:
    PromptCache(tmp_path).store(KEY, prompt())
    again = PromptCache(tmp_path)
    assert again.recall(KEY) is None
    np.testing.assert_array_equal(again.load(KEY), prompt())
    np.testing.assert_array_equal(again.recall(KEY), prompt())


def test_the_key_tells_text_voice_and_speed_apart() -> None:
    keys = {
        prompt_key(text, version, rate)
        for text in ("да", "нет")
        for version in ("rhvoice/elena/1", "rhvoice/anna/1", "rhvoice/elena/2")
        for rate in (0.8, 1.0)
    }
    assert len(keys) == 12


def test_no_text_reaches_the_disk(tmp_path: Path) -> None:
    PromptCache(tmp_path).store(prompt_key("Иванов", "v", 1.0), prompt())
    (path,) = files(tmp_path)
    assert "Иванов" not in str(path)
    assert "Иванов".encode() not in path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-2],
        lambda content: content[:60] + b"\x00\x01" + content[62:],
        lambda content: b"RIFF" + content[4:],
        lambda content: content + b"x",
    ],
    ids=["empty", "cut", "flipped", "foreign", "longer"],
)
def test_a_damaged_file_counts_as_absent_and_is_made_again(
    tmp_path: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(damage)
    PromptCache(tmp_path).store(KEY, prompt())
    (path,) = files(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    cache = PromptCache(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert cache.load(KEY) is None
    assert "made again" in caplog.text
    assert not path.exists()
    cache.store(KEY, prompt())
    np.testing.assert_array_equal(PromptCache(tmp_path).load(KEY), prompt())


def test_a_full_disk_costs_only_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fdopen", full)
    cache = PromptCache(tmp_path)
    with caplog.at_level(logging.WARNING):
        cache.store(KEY, prompt())
    assert "No space left" in caplog.text
    np.testing.assert_array_equal(cache.recall(KEY), prompt())
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_made_costs_only_the_files(tmp_path: Path) -> None:
    blocked = tmp_path / "prompts"
    blocked.write_text("a file, not a folder")
    cache = PromptCache(blocked)
    cache.store(KEY, prompt())
    np.testing.assert_array_equal(cache.load(KEY), prompt())
    assert PromptCache(blocked).load(KEY) is None


def test_the_least_recently_used_files_go_first(tmp_path: Path) -> None:
    size = prompt().nbytes + 40
    cache = PromptCache(tmp_path, max_disk_bytes=5 * size, max_memory_bytes=0)
    keys = [prompt_key(str(n), "v", 1.0) for n in range(7)]
    for second, key in enumerate(keys[:5]):
        cache.store(key, prompt())
        os.utime(cache._path(tmp_path, key), (second, second))
    assert cache.load(keys[0]) is not None  # used just now: no longer the oldest
    cache.store(keys[5], prompt())
    left = [key for key in keys if PromptCache(tmp_path).load(key) is not None]
    assert keys[0] in left
    assert keys[5] in left
    assert keys[1] not in left
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 5 * size


def test_memory_is_limited_too() -> None:
    cache = PromptCache(None, max_memory_bytes=2 * prompt().nbytes)
    for n in range(3):
        cache.store(str(n), prompt())
    assert [cache.recall(str(n)) is not None for n in range(3)] == [False, True, True]


def test_a_cached_prompt_cannot_be_changed_by_who_plays_it() -> None:
    cache = PromptCache(None)
    cache.store(KEY, prompt())
    known = cache.recall(KEY)
    assert known is not None
    with pytest.raises(ValueError, match="read-only"):
        known[0] = 1


def test_storing_twice_counts_once() -> None:
    cache = PromptCache(None, max_memory_bytes=int(1.5 * prompt().nbytes))
    cache.store(KEY, prompt())
    cache.store(KEY, prompt())
    assert cache.recall(KEY) is not None
