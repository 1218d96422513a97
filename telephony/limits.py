"""What a peer may send: enough for any telephone, too little to hurt the other calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from telephony.errors import PeerError


@dataclass(frozen=True)
class PeerLimits:
    """Of one connection."""

    first_message_s: float = 5.0
    """For saying which call it is (s)."""
    idle_s: float = 60.0
    """Without a byte the peer is dead, whatever its socket says (s)."""
    burst_s: float = 3.0
    """So much audio may come at once, where a network held it back (s)."""
    speed: float = 1.5
    """Lasting speed of audio, 1.0 being real time."""
    messages_a_second: float = 500.0
    unread_bytes: int = 64_000
    """What waits in our memory for a peer that does not read (bytes); 4 s at 8 kHz."""

    def __post_init__(self) -> None:
        if min(vars(self).values()) <= 0:
            raise ValueError("limits of a peer are above zero")


USUAL_LIMITS: Final = PeerLimits()


class Allowance:
    """Counts what one peer sends against its limits.

    Args:
        limits: see there.
        now: time of the first message (s).
    """

    def __init__(self, limits: PeerLimits, now: float) -> None:
        self._limits = limits
        self._checked_at = now
        self._audio_s = limits.burst_s
        self._messages = limits.messages_a_second

    def take(self, now: float, messages: int, audio_s: float) -> None:
        """The peer sent so much.

        Raises:
            PeerError: more than it may.
        """
        limits = self._limits
        passed, self._checked_at = now - self._checked_at, now
        most_s, most = limits.burst_s, limits.messages_a_second
        allowed_s = self._audio_s + passed * limits.speed
        self._audio_s = (allowed_s if allowed_s < most_s else most_s) - audio_s
        allowed = self._messages + passed * most
        self._messages = (allowed if allowed < most else most) - messages
        if self._audio_s < 0:
            raise PeerError("too_fast", f"audio faster than {limits.speed:g} times real time")
        if self._messages < 0:
            raise PeerError("too_fast", f"over {limits.messages_a_second:g} messages a second")
