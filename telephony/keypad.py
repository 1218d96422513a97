"""Keys of one call: from single presses to what they mean together.

Time comes with every call, because a held key stops the audio that would count it.
"""

from __future__ import annotations

from typing import Final

from dialog.acts import ONE_KEY, KeyInput

_RUN_S: Final = 1.0
"""Keys that follow within this time after an input was full are its rest: too many digits."""


class Keypad:
    """Collects keys for the question that is asked now."""

    def __init__(self) -> None:
        self._input = ONE_KEY
        self._typed = ""
        self._pressed_at = 0.0
        self._ended: KeyInput | None = None
        """The input that was full at `_pressed_at`; a late ``#`` still belongs to it."""

    @property
    def typing(self) -> bool:
        """Whether an input has begun and is not over."""
        return bool(self._typed)

    def expect(self, keys: KeyInput) -> None:
        """Another question is asked. Nothing typed before it counts for it."""
        self._input = keys
        self._typed = ""

    def press(self, key: str, now: float) -> str | None:
        """One key. Returns the input if it is complete with it.

        ``#`` ends an input and ``*`` begins it anew; alone both are keys like the others.
        """
        since_s, self._pressed_at = now - self._pressed_at, now
        if self._ended is not None and not self._typed:
            longest_s = self._ended.timeout_s if key == "#" else _RUN_S
            if since_s <= longest_s:
                return None
            self._ended = None
        if self._input.most == 1:
            return key
        if key == "#" and self._typed:
            return self._take()
        if key == "*" and self._typed:
            self._typed = ""
            return None
        if key in "#*":
            return key
        self._typed += key
        if len(self._typed) < self._input.most:
            return None
        self._ended = self._input
        return self._take()

    def due(self, now: float) -> str | None:
        """The input, if its time-out has passed."""
        if self._typed and now - self._pressed_at >= self._input.timeout_s:
            return self._take()
        return None

    def _take(self) -> str:
        typed, self._typed = self._typed, ""
        return typed
