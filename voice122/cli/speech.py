"""Commands of the ear and the voice: `asr`, `say`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click
import numpy as np
import soundfile

from asr.transcribe import transcribe
from models.catalogue import Catalogue
from models.store import ModelStore
from telephony.errors import TelephonyError
from tts.synthesizer import OUTPUT_RATE, Pcm
from voice122.engines import open_ear, open_voice
from voice122.settings import Settings


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--jsonl", is_flag=True, help="One JSON object a file.")
@click.option("--engine", help="A recognizer of `voice122 models list`.")
@click.option("--convert", is_flag=True, help="Accept recordings in other formats.")
def asr(files: tuple[Path, ...], jsonl: bool, engine: str | None, convert: bool) -> None:
    """Recognize recordings of the caller's side."""


@click.command()
@click.argument("text")
@click.option("--out", type=click.Path(path_type=Path), default=Path("said.wav"), show_default=True)
@click.option("--voice", help="A voice of the synthesizer in use.")
def say(text: str, out: Path, voice: str | None) -> None:
    """Speak TEXT into a file as a caller would hear it."""
