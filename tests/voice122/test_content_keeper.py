"""Content is taken while the service runs: whole and checked, or not at all."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

import pytest

from dialog.errors import ContentError
from voice122.content_keeper import ContentKeeper, fingerprint


class Folder:
    """A folder with one file; «broken» does not load."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.loads = 0
        self.renewed: list[str] = []
        self.write("one")
        self.keeper = ContentKeeper(self.load, lambda: fingerprint(self.path), self.was_renewed)

    def write(self, text: str) -> None:
        file = self.path / "a.yml"
        file.write_text(text)
        # Clocks of file systems are coarse; each version of a test is a second younger.
        os.utime(file, ns=(0, (self.loads + 1) * 10**9 + len(text)))

    def load(self) -> str:
        self.loads += 1
        text = (self.path / "a.yml").read_text()
        if "broken" in text:
            raise ContentError("a.yml:1: сломано")
        return text

    async def was_renewed(self, version: str) -> None:
        self.renewed.append(version)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


async def test_nothing_is_loaded_while_nothing_changes(folder: Folder) -> None:
    assert not await folder.keeper.check()
    assert not await folder.keeper.check()
    assert folder.loads == 1


async def test_a_change_is_taken_when_it_has_settled(folder: Folder) -> None:
    folder.write("two two")
    assert not await folder.keeper.check()  # may still be written
    assert await folder.keeper.check()
    assert folder.keeper.current == "two two"
    assert folder.renewed == ["two two"]


async def test_a_file_that_is_being_written_is_waited_for(folder: Folder) -> None:
    for text in ("t", "tw", "two"):
        folder.write(text)
        assert not await folder.keeper.check()
    assert await folder.keeper.check()
    assert folder.keeper.current == "two"


async def test_a_broken_version_is_said_once_and_the_last_good_one_stays(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write("broken")
    with caplog.at_level(logging.ERROR):
        for _ in range(4):
            assert not await folder.keeper.check()
    assert folder.keeper.current == "one"
    assert [record.getMessage() for record in caplog.records] == [
        "content is not taken, the last good version stays: a.yml:1: сломано"
    ]
    folder.write("mended")
    await folder.keeper.check()
    assert await folder.keeper.check()
    assert folder.keeper.current == "mended"


async def test_a_new_file_and_a_lost_file_are_changes(folder: Folder) -> None:
    (folder.path / "b.yml").write_text("more")
    await folder.keeper.check()
    assert await folder.keeper.check()
    (folder.path / "b.yml").unlink()
    await folder.keeper.check()
    assert await folder.keeper.check()


async def test_who_holds_a_version_keeps_it(folder: Folder) -> None:
    held = folder.keeper.current
    folder.write("two")
    await folder.keeper.check()
    await folder.keeper.check()
    assert (held, folder.keeper.current) == ("one", "two")


async def test_the_folder_is_looked_at_again_and_again(folder: Folder) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            folder.write("two")
        await asyncio.sleep(0)
        if len(slept) == 5:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await folder.keeper.watch(7.0, sleep)
    assert slept == [7.0] * 5
    assert folder.keeper.current == "two"
