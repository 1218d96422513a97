"""How a call looks in the terminal while it goes on."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from dialog.acts import Hangup, Redirect, Transfer
from telephony.turn import Outcome, Turn

_STAGES = {
    "endpoint": "end of turn",
    "asr": "words",
    "nlu": "meaning",
    "dialog": "dialogue",
    "tts_first": "first sound",
}


class CallConsole:
    """Prints every turn as it happens: who said what, how sure, and how long it took."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def turn(self, turn: Turn) -> None:
        """One exchange, when its answer begins to sound."""
        if turn.heard is not None:
            self._line("caller", turn.heard or "(no words)", "cyan")
            self._note(_understood(turn))
        elif turn.keys is not None:
            self._line("caller", f"presses {turn.keys}", "cyan")
        elif turn.number > 0 and turn.said:
            self._line("caller", "(silence)", "cyan")
        if turn.said:
            self._line("robot", turn.said, "green")
        if turn.times.response is not None:
            stages = "  ".join(
                f"{label} {ms:.0f}"
                for name, label in _STAGES.items()
                if (ms := getattr(turn.times, name)) is not None
            )
            self._note(f"response {turn.times.response:.0f} ms = {stages}")
        for act in turn.acts:
            match act:
                case Transfer(queue=queue, brief=brief):
                    self._line("act", f"transfer to queue {queue}", "yellow")
                    self._note(f"brief {brief}")
                case Redirect(number=number):
                    self._line("act", f"redirect to {number}", "yellow")
                case Hangup(reason=reason):
                    self._line("act", f"hang up: {reason}", "yellow")

    def outcome(self, outcome: Outcome, duration_s: float, took_s: float) -> None:
        """The end of the call."""
        target = f" -> {outcome.target}" if outcome.target else ""
        self._note(
            f"{outcome.kind}{target}; a call of {duration_s:.0f} s, handled in {took_s:.0f} s"
        )

    def _line(self, who: str, text: str, style: str) -> None:
        # Text, not markup: what a caller says is never read as formatting.
        self._console.print(Text(f"{who:>7}  ", style=f"bold {style}") + Text(text))

    def _note(self, text: str) -> None:
        self._console.print(Text(f"{'':>7}  {text}", style="dim"), soft_wrap=True)


def _understood(turn: Turn) -> str:
    parts = []
    if turn.parse is not None:
        parts.append(f"intent {turn.parse.intent or 'rejected'} {turn.parse.confidence:.2f}")
        if turn.parse.safety is not None:
            parts.append(f"safety rule {turn.parse.safety}")
    if turn.asr_confidence is not None:
        parts.append(f"heard with {turn.asr_confidence:.2f}")
    if turn.snr_db is not None:
        parts.append(f"line {turn.snr_db:.0f} dB")
    return ", ".join(parts)
