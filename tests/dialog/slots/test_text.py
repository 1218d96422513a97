"""Free words for the operator."""

from __future__ import annotations

import pytest

from dialog.slots.free_text import MOST_CHARACTERS, TextReader
from tests.dialog.slots.tables import TODAY


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("врач нагрубила", "врач нагрубила"),
        ("  ждал \n три\tчаса ", "ждал три часа"),
        ("очередь\x00 большая", "очередь большая"),
        ("Э-э, ну не приняли меня", "Э-э, ну не приняли меня"),
        ("да там очередь", "да там очередь"),
        ("нет врача", "нет врача"),
        ("\u202eобман", "обман"),
        ("39,5", "39,5"),
    ],
)
def test_words_are_kept_as_said_on_one_line(said: str, kept: str) -> None:
    reading = TextReader().read(said, TODAY)
    assert reading is not None
    assert reading.value == kept


@pytest.mark.parametrize(
    "said", ["", " ", "э", "ну э", "алло", "...", "\x00", "да", "нет", "ну да"]
)
def test_hesitation_and_a_bare_yes_are_no_text(said: str) -> None:
    assert TextReader().read(said, TODAY) is None


def test_a_flood_of_words_is_cut() -> None:
    reading = TextReader().read("жалоба " * 1000, TODAY)
    assert reading is not None
    assert len(reading.value) == MOST_CHARACTERS
