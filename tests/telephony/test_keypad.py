"""Keys: alone, in groups, with # and *, too many, too late."""

from __future__ import annotations

import pytest

from dialog.acts import ONE_KEY, KeyInput
from telephony.keypad import Keypad

PHONE = KeyInput(most=11, timeout_s=3.0)


def typed(keypad: Keypad, keys: str, at: float = 10.0) -> list[str]:
    """Press keys half a second apart; what came out."""
    found = []
    for key in keys:
        at += 0.5
        found += [each for each in (keypad.due(at), keypad.press(key, at)) if each is not None]
    return found


@pytest.mark.parametrize("key", ["1", "0", "#", "*"])
def test_one_key_answers_at_once(key: str) -> None:
    assert typed(Keypad(), key) == [key]


def test_a_number_is_over_when_it_is_full() -> None:
    keypad = Keypad()
    keypad.expect(PHONE)
    assert typed(keypad, "89990000122") == ["89990000122"]


def test_a_number_is_over_at_the_hash() -> None:
    keypad = Keypad()
    keypad.expect(PHONE)
    assert typed(keypad, "2173370#") == ["2173370"]


def test_a_number_is_over_after_a_pause() -> None:
    keypad = Keypad()
    keypad.expect(PHONE)
    assert typed(keypad, "2173370", at=0) == []
    assert keypad.typing
    assert keypad.due(6.4) is None
    assert keypad.due(6.5) == "2173370"
    assert not keypad.typing
    assert keypad.due(60) is None


def test_the_star_begins_a_number_anew() -> None:
    keypad = Keypad()
    keypad.expect(PHONE)
    assert typed(keypad, "217*33#") == ["33"]


@pytest.mark.parametrize("key", ["#", "*"])
def test_hash_and_star_alone_are_keys(key: str) -> None:
    keypad = Keypad()
    keypad.expect(PHONE)
    assert typed(keypad, key) == [key]


def test_digits_beyond_the_last_and_the_late_hash_are_not_the_next_answer() -> None:
    keypad = Keypad()
    keypad.expect(PHONE)
    assert typed(keypad, "89990000122", at=0) == ["89990000122"]
    keypad.expect(ONE_KEY)
    assert keypad.press("7", 6.0) is None
    assert keypad.press("#", 8.5) is None
    assert keypad.press("1", 11.6) == "1"


def test_a_number_left_unfinished_is_not_the_beginning_of_the_next() -> None:
    keypad = Keypad()
    keypad.expect(PHONE)
    typed(keypad, "217")
    keypad.expect(KeyInput(most=2))
    assert typed(keypad, "15", at=20) == ["15"]


def test_keys_of_a_menu_pressed_in_a_row_all_count() -> None:
    assert typed(Keypad(), "12") == ["1", "2"]
