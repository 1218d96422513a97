"""The peer of `bench.pipecat`: Pipecat answers calls by AudioSocket.

Runs in an environment of its own, which the bench makes: nothing of the project is imported. What
a web client would need (RTVI, turn tracking) is left out, and audio takes the shortest way, so that
Pipecat is measured at its best:

    python -m bench.pipecat_peer --port 18724 --vad webrtc --turn silence
"""

from __future__ import annotations

import argparse
import asyncio
import struct
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from typing import Final

import webrtcvad
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_processor import UserTurnProcessor
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from bench.pipecat_engines import RATE, Engines, ServedEngines

HEADER: Final = struct.Struct(">BH")
AUDIO: Final = 0x10
FRAME_BYTES: Final = 320
"""Of 20 ms."""
VAD_STOP_S: Final = 0.2
"""Pipecat's own; the rest of `SILENCE_S` runs while the recognizer works."""
SILENCE_S: Final = 0.5
"""Ends a turn where silence alone does."""


class WebRtcAnalyzer(VADAnalyzer):
    """webrtcvad in mode 2, as the project's default detector uses it."""

    def __init__(self) -> None:
        super().__init__(params=VADParams(stop_secs=VAD_STOP_S, min_volume=0.0))
        self._vad = webrtcvad.Vad(2)

    def num_frames_required(self) -> int:
        return FRAME_BYTES // 2

    def voice_confidence(self, buffer: bytes) -> float:
        return float(self._vad.is_speech(buffer, RATE))


class Recognizer(SegmentedSTTService):
    """Hears a segment with the engines."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(
            ttfs_p99_latency=0.5,
            trailing_silence_secs=0.0,
            settings=STTSettings(model=None, language=None),
        )
        self._engines = engines

    @property
    def wants_wav_segments(self) -> bool:
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        if heard := await self._engines.hear(audio):
            yield TranscriptionFrame(heard, "", time.strftime("%FT%TZ"))


class Dialogue(FrameProcessor):
    """Answers when the caller's turn is over."""

    def __init__(self, engines: Engines) -> None:
        super().__init__()
        self._engines = engines
        self._call = uuid.uuid4().hex
        self._heard = ""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            self._heard += frame.text
            return
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            await self._say(None)
        if isinstance(frame, UserStoppedSpeakingFrame) and self._heard:
            heard, self._heard = self._heard, ""
            await self._say(heard)

    async def _say(self, heard: str | None) -> None:
        await self.push_frame(TTSSpeakFrame(await self._engines.answer(self._call, heard)))


class Synthesizer(TTSService):
    """Speaks with the engines."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            sample_rate=RATE,
            settings=TTSSettings(model=None, voice=None, language=None),
        )
        self._engines = engines

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        async for chunk in self._engines.speak(text):
            yield TTSAudioRawFrame(chunk, RATE, 1, context_id)


class AudioSocketInput(BaseInputTransport):
    """Audio from the caller."""

    def __init__(
        self, params: TransportParams, reader: asyncio.StreamReader, gone: asyncio.Event
    ) -> None:
        super().__init__(params)
        self._reader = reader
        self._gone = gone
        self._reading: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._reading = self.create_task(self._read())

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._reading is not None:
            await self.cancel_task(self._reading)

    async def _read(self) -> None:
        try:
            while True:
                kind, size = HEADER.unpack(await self._reader.readexactly(HEADER.size))
                payload = await self._reader.readexactly(size)
                if kind == AUDIO:
                    await self.push_audio_frame(InputAudioRawFrame(payload, RATE, 1))
        except (asyncio.IncompleteReadError, ConnectionError):
            self._gone.set()


class AudioSocketOutput(BaseOutputTransport):
    """Audio to the caller, paced as Pipecat's own WebSocket transports pace it."""

    def __init__(
        self, params: TransportParams, writer: asyncio.StreamWriter, gone: asyncio.Event
    ) -> None:
        super().__init__(params)
        self._writer = writer
        self._gone = gone
        self._next_send = 0.0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._next_send = 0.0

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        if self._gone.is_set():
            return False
        audio = frame.audio
        for at in range(0, len(audio), FRAME_BYTES):
            part = audio[at : at + FRAME_BYTES]
            self._writer.write(HEADER.pack(AUDIO, len(part)) + part)
        wait = max(0.0, self._next_send - time.monotonic())
        await asyncio.sleep(wait)
        lasts = len(audio) / 2 / RATE
        self._next_send = (self._next_send if wait else time.monotonic()) + lasts
        return True


class AudioSocketTransport(BaseTransport):
    """One call."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        params = TransportParams(audio_in_enabled=True, audio_out_enabled=True)
        self.gone = asyncio.Event()
        self._input = AudioSocketInput(params, reader, self.gone)
        self._output = AudioSocketOutput(params, writer, self.gone)

    def input(self) -> FrameProcessor:
        return self._input

    def output(self) -> FrameProcessor:
        return self._output


def strategies(turn: str) -> UserTurnStrategies:
    """What ends a caller's turn: silence alone, or Pipecat's default (Smart Turn)."""
    if turn == "default":
        return UserTurnStrategies()
    timeout = SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=SILENCE_S - VAD_STOP_S)
    return UserTurnStrategies(stop=[timeout])


def answering(options: argparse.Namespace) -> Callable[..., object]:
    """What serves a connection."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = AudioSocketTransport(reader, writer)
        analyzer = WebRtcAnalyzer() if options.vad == "webrtc" else SileroVADAnalyzer()
        engines = (
            ServedEngines(options.engines)
            if options.engines
            else Engines(options.asr_s, options.longest_s)
        )
        pipeline = Pipeline(
            [
                transport.input(),
                VADProcessor(vad_analyzer=analyzer),
                Recognizer(engines),
                UserTurnProcessor(user_turn_strategies=strategies(options.turn)),
                Dialogue(engines),
                Synthesizer(engines),
                transport.output(),
            ]
        )
        worker = PipelineWorker(
            pipeline,
            params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
            enable_rtvi=False,
            enable_turn_tracking=False,
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run())
        await transport.gone.wait()
        await worker.cancel()
        await running
        writer.close()

    return answer


async def serve(options: argparse.Namespace) -> None:
    """Answer calls until the process is ended."""
    server = await asyncio.start_server(answering(options), "127.0.0.1", options.port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--vad", choices=["webrtc", "silero"], required=True)
    parser.add_argument("--turn", choices=["silence", "default"], default="silence")
    parser.add_argument("--asr-s", type=float, default=0.1, help="what recognition takes")
    parser.add_argument("--longest-s", type=float, default=3.0, help="of a prompt")
    parser.add_argument("--engines", help="socket of bench.engine_server; faked where not given")
    asyncio.run(serve(parser.parse_args()))
