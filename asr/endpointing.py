"""When has the caller finished? Two strategies behind `asr.endpoint.Endpointing`.

`FixedSilence` waits the same time after every question: the yardstick. `ByExpectation`, the
default, waits by what was asked, and by what was heard so far. Both are pure: frames in, signals
out. After `END` or `TOO_LONG` they wait for the next turn by themselves, so that no caller is left
talking to a deaf machine; the order of signals is always
``STARTED (MAYBE_END RESUMED)* [MAYBE_END] (END | TOO_LONG)``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields
from typing import Final

from asr.audio import FRAME_MS
from asr.completeness import Completeness, completeness
from asr.endpoint import Expectation, Signal

_LONGEST_PAUSE_MS: Final = 5000


@dataclass(frozen=True)
class Pauses:
    """How long a silence ends the turn, by what was asked (ms)."""

    open: int = 660
    yes_no: int = 380
    choice: int = 500
    digits: int = 1300
    name: int = 700
    date: int = 660
    address: int = 900

    def __post_init__(self) -> None:
        for each in fields(self):
            pause = getattr(self, each.name)
            if not FRAME_MS <= pause <= _LONGEST_PAUSE_MS:
                raise ValueError(
                    f"pause {each.name} is {FRAME_MS} to {_LONGEST_PAUSE_MS} ms, not {pause}"
                )

    def after(self, expectation: Expectation) -> int:
        """The pause for this kind of answer (ms)."""
        pause = getattr(self, expectation.value)
        assert isinstance(pause, int)
        return pause


@dataclass(frozen=True)
class EndpointSettings:
    """Times of turn taking (ms)."""

    pauses: Pauses = field(default_factory=Pauses)
    start_speech_ms: int = 80
    """So much speech within `start_window_ms` is a start; a click or a cough's burst is less."""
    start_window_ms: int = 200
    resume_speech_ms: int = 40
    """So much speech in a row breaks a pause; a click in it does not."""
    maybe_end_ms: int = 160
    """A pause after which the recognizer begins to work. At 120 more guesses are thrown away, which
    hold up others: with four calls the response's p95 was 1222 ms instead of 1067 (a run each), the
    median the same."""
    digits_maybe_end_ms: int = 300
    """The same where a number is dictated: between its groups are pauses of 200 ms, and a guess for
    which nobody asks any more holds up the one at the end."""
    unfinished_ms: int = 1500
    """The pause after a phrase that plainly goes on ("запишите меня к")."""
    half_ms: int = 900
    """The pause after a phrase to which more is likely to come ("подскажите", "у меня муж")."""
    finished_ms: int = 400
    """The pause after a phrase that is whole for what was asked, or surely understood, but might go
    on."""
    limit_ms: int = 20_000
    """The longest turn."""
    digits_limit_ms: int = 30_000
    """The longest turn where a number is dictated."""

    def __post_init__(self) -> None:
        if not FRAME_MS <= self.start_speech_ms <= self.start_window_ms:
            raise ValueError("20 <= start_speech_ms <= start_window_ms")
        if self.resume_speech_ms < FRAME_MS:
            raise ValueError("resume_speech_ms is at least 20")
        for maybe_end_ms in (self.maybe_end_ms, self.digits_maybe_end_ms):
            if not FRAME_MS <= maybe_end_ms <= _LONGEST_PAUSE_MS:
                raise ValueError("maybe_end_ms and digits_maybe_end_ms are 20 to 5000")
        if not self.finished_ms <= self.half_ms <= self.unfinished_ms <= _LONGEST_PAUSE_MS:
            raise ValueError("finished_ms <= half_ms <= unfinished_ms <= 5000")
        if min(self.limit_ms, self.digits_limit_ms) < 1000:
            raise ValueError("a turn may last a second at least")


class FixedSilence:
    """The turn ends after the same silence whatever was asked or heard.

    Args:
        silence_ms: that silence (ms).
        settings: the rest; its `pauses` are not used.
    """

    def __init__(
        self, silence_ms: int = 600, settings: EndpointSettings = EndpointSettings()
    ) -> None:
        if not FRAME_MS <= silence_ms <= _LONGEST_PAUSE_MS:
            raise ValueError(f"silence_ms is {FRAME_MS} to {_LONGEST_PAUSE_MS}, not {silence_ms}")
        self._turn = _Turn(settings)
        self._silence_ms = silence_ms
        self.expect(Expectation.OPEN)

    def expect(self, expectation: Expectation) -> None:
        """See `asr.endpoint.Endpointing`."""
        self._turn.begin(self._silence_ms, expectation)

    def accept(self, speech: bool) -> Signal | None:
        """See `asr.endpoint.Endpointing`."""
        return self._turn.accept(speech)

    def skip(self, frames: int) -> None:
        """See `asr.endpoint.Endpointing`."""
        self._turn.skip(frames)

    @property
    def next_signal(self) -> int:
        """See `asr.endpoint.Endpointing`."""
        return self._turn.next_signal

    def guess(self, text: str) -> Signal | None:
        """Nothing that was heard changes the wait."""
        return None

    def understood(self) -> Signal | None:
        """Nor does what it means."""
        return None


class ByExpectation:
    """Waits by what was asked, less when the answer is whole or understood, more when it plainly
    is not."""

    def __init__(self, settings: EndpointSettings = EndpointSettings()) -> None:
        self._turn = _Turn(settings)
        self._expectation = Expectation.OPEN
        self._judged = Completeness.UNKNOWN
        """What the words of the last guess say."""
        self.expect(Expectation.OPEN)

    def expect(self, expectation: Expectation) -> None:
        """See `asr.endpoint.Endpointing`."""
        self._expectation = expectation
        self._turn.begin(self._turn.settings.pauses.after(expectation), expectation)

    def accept(self, speech: bool) -> Signal | None:
        """See `asr.endpoint.Endpointing`."""
        return self._turn.accept(speech)

    def skip(self, frames: int) -> None:
        """See `asr.endpoint.Endpointing`."""
        self._turn.skip(frames)

    @property
    def next_signal(self) -> int:
        """See `asr.endpoint.Endpointing`."""
        return self._turn.next_signal

    def guess(self, text: str) -> Signal | None:
        """See `asr.endpoint.Endpointing`; outside of a pause it does nothing."""
        settings = self._turn.settings
        usual = settings.pauses.after(self._expectation)
        self._judged = completeness(text, self._expectation)
        match self._judged:
            case Completeness.COMPLETE:
                return self._turn.wait(0)
            case Completeness.FINISHED:
                return self._turn.wait(min(usual, settings.finished_ms))
            case Completeness.HALF:
                return self._turn.wait(max(usual, settings.half_ms))
            case Completeness.UNFINISHED:
                return self._turn.wait(max(usual, settings.unfinished_ms))
            case Completeness.UNKNOWN:
                return self._turn.wait(usual)

    def understood(self) -> Signal | None:
        """See `asr.endpoint.Endpointing`. A topic answers an open question only.

        Words that plainly go on are waited for, whatever they mean so far; those to which more is
        likely to come are given no more time than others.
        """
        settings = self._turn.settings
        if self._expectation is Expectation.OPEN:
            match self._judged:
                case Completeness.UNKNOWN:
                    return self._turn.wait(settings.finished_ms)
                case Completeness.HALF:
                    return self._turn.wait(settings.pauses.open)
        return None


class _Turn:
    """The automaton that both strategies drive: waiting -> speaking <-> maybe over -> waiting."""

    def __init__(self, settings: EndpointSettings) -> None:
        self.settings = settings
        self._recent: deque[bool] = deque(maxlen=settings.start_window_ms // FRAME_MS)

    def begin(self, pause_ms: int, expectation: Expectation) -> None:
        """Wait for a new turn, which ends after `pause_ms` of silence or at its limit."""
        settings, dictated = self.settings, expectation is Expectation.DIGITS
        self._usual_ms = pause_ms
        self._maybe_end_ms = settings.digits_maybe_end_ms if dictated else settings.maybe_end_ms
        self._limit_ms = settings.digits_limit_ms if dictated else settings.limit_ms
        self._rest()

    def _rest(self) -> None:
        self._recent.clear()
        self._started = False
        self._maybe = False
        self._pause_ms = self._usual_ms
        self._length_ms = 0
        self._silence_ms = 0
        self._run_ms = 0

    def accept(self, speech: bool) -> Signal | None:
        if not self._started:
            return self._wait_for_start(speech)
        self._length_ms += FRAME_MS
        self._run_ms = self._run_ms + FRAME_MS if speech else 0
        if self._run_ms >= self.settings.resume_speech_ms or (speech and not self._silence_ms):
            self._silence_ms = 0
        else:
            self._silence_ms += FRAME_MS
        if self._silence_ms >= self._pause_ms:
            return self._end(Signal.END)
        if self._length_ms >= self._limit_ms:
            return self._end(Signal.END if self._maybe and self._silence_ms else Signal.TOO_LONG)
        if self._maybe and not self._silence_ms:
            self._maybe = False
            self._pause_ms = self._usual_ms  # what was guessed held for the pause before
            return Signal.RESUMED
        if not self._maybe and self._silence_ms >= self._maybe_end_ms:
            self._maybe = True
            return Signal.MAYBE_END
        return None

    def skip(self, frames: int) -> None:
        assert not self._started
        self._recent.extend((False,) * frames)

    @property
    def next_signal(self) -> int:
        if self._maybe:  # a guess may end the turn at any moment
            return 1
        if not self._started:
            heard_ms = sum(self._recent) * FRAME_MS
            return max(1, -((heard_ms - self.settings.start_speech_ms) // FRAME_MS))
        pause_ms = min(self._maybe_end_ms, self._pause_ms) - self._silence_ms
        left_ms = min(pause_ms, self._limit_ms - self._length_ms)
        return max(1, -(-left_ms // FRAME_MS))

    def wait(self, pause_ms: int) -> Signal | None:
        """Let the present pause end the turn after `pause_ms` in all; at once if it lasted that."""
        if not self._maybe:
            return None
        self._pause_ms = pause_ms
        return self._end(Signal.END) if self._silence_ms >= pause_ms else None

    def _wait_for_start(self, speech: bool) -> Signal | None:
        self._recent.append(speech)
        if not speech or sum(self._recent) * FRAME_MS < self.settings.start_speech_ms:
            return None
        self._rest()
        self._started = True
        return Signal.STARTED

    def _end(self, signal: Signal) -> Signal:
        self._rest()
        return signal
