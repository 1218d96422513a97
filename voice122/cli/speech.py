"""Commands of the ear and the voice: `asr`, `say`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click
import numpy as np
import soundfile

from asr.files import read_recording
from asr.selection import load_recognizer
from asr.transcribe import transcribe
from telephony.errors import TelephonyError
from tts.synthesizer import OUTPUT_RATE, Pcm
from voice122.engines import Engines
from voice122.settings import Settings


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--jsonl", is_flag=True, help="One JSON object a file.")
@click.option("--engine", help="A recognizer of `voice122 models list`.")
@click.option("--convert", is_flag=True, help="Accept recordings in other formats.")
def asr(files: tuple[Path, ...], jsonl: bool, engine: str | None, convert: bool) -> None:
    """Recognize recordings of the caller's side."""
    settings = Settings()
    engines = Engines(settings)
    # Every file is looked at before the engine is loaded: a typing error costs no time.
    recordings = [(path, read_recording(path, convert=convert)) for path in files]
    recognizer = load_recognizer(*engines.recognizer_model(engine), phrases=settings.phrases)
    detector = engines.detector()
    for path, samples in recordings:
        heard = transcribe(str(path), samples, recognizer, detector)
        if jsonl:
            print(json.dumps(vars(heard), ensure_ascii=False), flush=True)
        else:
            print(f"{path}: {heard.heard or '(no speech)'}", flush=True)


@click.command()
@click.argument("text")
@click.option("--out", type=click.Path(path_type=Path), default=Path("said.wav"), show_default=True)
@click.option("--voice", help="A voice of the synthesizer in use.")
def say(text: str, out: Path, voice: str | None) -> None:
    """Speak TEXT into a file as a caller would hear it."""
    write_wav(out, asyncio.run(_speak(Engines(Settings()), text, voice)))
    print(out)


async def _speak(engines: Engines, text: str, voice_name: str | None) -> Pcm:
    voice = engines.voice(voice_name)
    try:
        await voice.start()
        # Not kept: what is tried out by hand may hold anything.
        return np.concatenate([chunk async for chunk in voice.speak(text, cacheable=False)])
    finally:
        await voice.stop()


def write_wav(path: Path, samples: Pcm) -> None:
    """Write 16-bit mono WAV at 8 kHz, whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    try:
        soundfile.write(partial, samples, OUTPUT_RATE, subtype="PCM_16", format="WAV")
        partial.replace(path)
    except (OSError, soundfile.LibsndfileError) as error:
        partial.unlink(missing_ok=True)
        raise TelephonyError(f"cannot write {path}: {error}; choose another with --out") from error
