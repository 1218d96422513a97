"""The service with real edges, real ears and the real dialogue, but scripted engines.

    python -m tests.telephony.fake_service --port 8122 --audiosocket-port 8123 --data-dir DIR \\
        --hears "запишите меня к врачу=make_appointment" --hears "соедините с оператором=operator"

The n-th thing that a caller says is heard as the n-th ``TEXT=INTENT``; what comes after the last of
them gives no words. The voice is `voice_of(text)`: the same noise for the same text, 50 ms a letter
and 6 s at most, so that a recording at the caller can be compared sample by sample.
"""

from __future__ import annotations

import argparse
import asyncio
import time
import zlib
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
from fastapi import FastAPI

from asr.audio import SAMPLE_RATE, Pcm
from asr.detectors import make_detector
from asr.endpointing import ByExpectation, FixedSilence
from asr.listener import Listener
from asr.phrase import preload
from asr.recognizer import Hints, Recognition
from dialog.engine import Engine
from dialog.nlu.interpreter import Context, Parse, Ranked
from routing.queue.desk import open_desk
from routing.store import Store
from telephony.admission import Mode
from telephony.clock import Clock
from telephony.conversation import Conversation
from telephony.echo import EchoGate
from telephony.edge import Edge
from telephony.events import Observer, Silent
from telephony.session import CallSession
from telephony.switchboard import IncomingCall
from telephony.turn_taking import USUAL, SessionSettings, TurnTaking
from tests.dialog.scripts import real_script
from tests.telephony.fakes import AlwaysOnDuty
from voice122.serving import CallService, run_service
from voice122.settings import Settings

LETTER_S = 0.05
LONGEST_S = 6.0


@cache
def voice_of(text: str) -> Pcm:
    """What the caller hears for `text`: noise at the level of speech, shape (n,), int16, 8 kHz."""
    seconds = min(LONGEST_S, max(0.2, LETTER_S * len(text)))
    noise = np.random.default_rng(zlib.crc32(text.encode())).normal(size=int(seconds * SAMPLE_RATE))
    band = np.convolve(noise, np.hanning(7) / np.hanning(7).sum(), "same")  # as a telephone passes
    level: Pcm = (band / np.abs(band).max() * 12_000).astype(np.int16)
    return level


@dataclass
class KnownVoice:
    """Speaks `voice_of(text)` in chunks of 100 ms, the first `longest_s` of it."""

    longest_s: float = LONGEST_S

    async def speak(
        self, text: str, *, rate: float = 1.0, cacheable: bool = True
    ) -> AsyncGenerator[Pcm, None]:
        samples = voice_of(text)[: round(self.longest_s * SAMPLE_RATE)]
        for start in range(0, len(samples), SAMPLE_RATE // 10):
            await asyncio.sleep(0)
            yield samples[start : start + SAMPLE_RATE // 10]


@dataclass
class CountingRecognizer:
    """One for each call: hears the next phrase of the script, whatever was said."""

    phrases: Sequence[str]
    forever: bool = False
    """Whether the script begins anew after its end."""
    takes_s: float = 0.0
    """How long a reading takes (s)."""
    _said: int = 0

    @property
    def streams_partials(self) -> bool:
        """Whether readings cost nothing."""
        return not self.takes_s

    def open(self, hints: Hints = Hints()) -> Utterance:  # noqa: B008 - frozen
        return Utterance(self)

    def hear(self, last: bool) -> Recognition:
        at = self._said % len(self.phrases) if self.forever and self.phrases else self._said
        text = self.phrases[at] if at < len(self.phrases) else ""
        self._said += last
        return Recognition(text, 0.9 if text else 0.0)


@dataclass
class Utterance:
    recognizer: CountingRecognizer
    final: Recognition | None = None
    read: bool = False
    """Whether all that was fed has been read: then the final reading is free."""

    async def feed(self, samples: Pcm) -> None:
        """Whatever it is."""
        self.read = False

    async def partial(self, wanted: Callable[[], bool]) -> Recognition:
        await self._read()
        return self.recognizer.hear(last=False)

    async def finish(self) -> Recognition:
        if self.final is None:
            await self._read()
            self.final = self.recognizer.hear(last=True)
        return self.final

    async def close(self) -> None:
        """Nothing is held."""

    async def _read(self) -> None:
        if not self.read:
            self.read = True
            await asyncio.sleep(self.recognizer.takes_s)


@dataclass
class ScriptedEngines:
    """Makes sessions over scripted engines."""

    data_dir: Path
    heard: dict[str, str]
    """Intent by phrase, in the order in which they are heard."""
    rules: TurnTaking = USUAL
    voice: KnownVoice = field(default_factory=KnownVoice)
    forever: bool = False
    asr_s: float = 0.0
    """How long the recognizer takes for a reading (s)."""
    vad_model: Path | None = None
    """Weights of Silero; None: webrtcvad."""
    silence_ms: int | None = None
    """Silence that ends every turn (ms); None: by what was asked and heard."""

    def __post_init__(self) -> None:
        self.store = Store.in_directory(self.data_dir)
        self.script = real_script()

    async def understand(self, text: str, context: Context) -> Parse:
        intent = next((i for phrase, i in self.heard.items() if text.endswith(phrase)), None)
        return Parse(text, intent, 0.95, (Ranked(intent, 0.95),) if intent else ())

    def session(
        self, call: IncomingCall, edge: Edge, clock: Clock, observer: Observer
    ) -> CallSession:
        conversation = Conversation(
            call.call_id,
            Engine(self.script),
            self.understand,
            self.store,
            AlwaysOnDuty(),
            lambda: datetime.now().astimezone(),
            caller=call.caller,
            dialled=call.dialled,
            redirect_failed_at=call.redirect_failed,
            unanswered_queue=call.unanswered_queue,
        )
        detector = make_detector("silero" if self.vad_model else "webrtc", self.vad_model)
        ear = EchoGate(detector)
        endpointing = FixedSilence(self.silence_ms) if self.silence_ms else ByExpectation()
        return CallSession(
            edge,
            clock,
            Listener(ear, endpointing) if call.mode is Mode.SPEECH else None,
            CountingRecognizer(list(self.heard), self.forever, self.asr_s),  # type: ignore[arg-type] - a scripted one
            self.voice,  # type: ignore[arg-type]
            conversation,
            SessionSettings(
                self.script.prompt("utter_voice_failed"), self.script.overload_text(), self.rules
            ),
            echo=ear,
            observer=observer,
        )


class Beats(Silent):
    """Keeps when each beat of the pacer was due and how late it was (s)."""

    def __init__(self) -> None:
        self.seen = array("d")  # 24 bytes a beat: memory of calls is measured, too

    def paced(self, late_s: float, skipped: int) -> None:
        self.seen.extend((time.monotonic(), late_s, skipped))


def main() -> None:
    parser = argparse.ArgumentParser(description="The service with scripted engines.")
    parser.add_argument("--port", type=int, default=8122)
    parser.add_argument("--audiosocket-port", type=int, default=8123)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--max-calls", type=int, default=50)
    parser.add_argument("--keypad-calls", type=int, default=0)
    parser.add_argument("--drain-limit-s", type=float, default=30.0)
    parser.add_argument("--no-input-s", type=float, default=6.0)
    parser.add_argument("--longest-s", type=float, default=LONGEST_S, help="of a prompt")
    parser.add_argument("--asr-s", type=float, default=0.0, help="what a reading takes")
    parser.add_argument("--vad-model", type=Path, help="weights of Silero, to detect speech by it")
    parser.add_argument("--silence-ms", type=int, help="ends every turn, whatever was asked")
    parser.add_argument("--forever", action="store_true", help="begin the script anew at its end")
    parser.add_argument("--beats", type=Path, help="where to keep the pacer's lateness (.npy)")
    parser.add_argument("--hears", action="append", default=[], metavar="TEXT=INTENT")
    args = parser.parse_args()
    settings = Settings(
        port=args.port,
        audiosocket_port=args.audiosocket_port,
        data_dir=args.data_dir,
        keypad_calls=args.keypad_calls,
        drain_limit_s=args.drain_limit_s,
    )
    heard = dict(pair.split("=", 1) for pair in args.hears)
    rules = TurnTaking(no_input_s=args.no_input_s)
    voice = KnownVoice(args.longest_s)
    engines = ScriptedEngines(
        args.data_dir,
        heard,
        rules,
        voice,
        args.forever,
        args.asr_s,
        args.vad_model,
        args.silence_ms,
    )
    preload()  # as `voice122.wiring.Rooms` does
    beats = Beats()
    desk = open_desk(engines.store, lambda: datetime.now().astimezone())
    calls = CallService(settings, engines.session, desk.delivery, [beats] if args.beats else [])

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        async with calls.running(args.max_calls):
            print("ready", flush=True)
            yield

    app = FastAPI(lifespan=running)
    for router in calls.routers():
        app.include_router(router)
    run_service(app, calls, settings)
    if args.beats:
        np.save(args.beats, np.array(beats.seen).reshape(-1, 3))


if __name__ == "__main__":
    main()
