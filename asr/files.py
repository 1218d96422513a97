"""Recordings of calls as `Pcm`: what a phone line delivers, or anything else by conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE, Pcm
from asr.errors import AudioError

_CONVERT: Final = "use --convert or convert it to 8 kHz mono 16-bit WAV"


def read_recording(path: Path, *, convert: bool = False) -> Pcm:
    """Read a recording.

    Args:
        path: 8 kHz mono 16-bit WAV or FLAC.
        convert: take whatever libsndfile decodes (A-law, ogg, mp3, other rates) and convert it;
            of several channels the mean is taken.

    Returns:
        Shape (n,), n > 0, int16, 8 kHz.

    Raises:
        AudioError: it cannot be used; one line says why and what to do.
    """
    if path.is_dir():
        raise AudioError(f"{path}: a directory; name a file in it")
    if not path.is_file():
        raise AudioError(f"{path}: no such file")
    if not path.stat().st_size:
        raise AudioError(f"{path}: empty file (0 bytes); record it again")
    try:
        with soundfile.SoundFile(path) as file:
            return _read(path, file, convert)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{path}: not audio, or damaged ({error.error_string.rstrip('.')}); "
            "give a WAV or FLAC file"
        ) from error


def _read(path: Path, file: soundfile.SoundFile, convert: bool) -> Pcm:
    if file.frames == 0:
        raise AudioError(f"{path}: no samples in it; record it again")
    _check_whole(path, file)
    strange = _strange(file)
    if strange and not convert:
        raise AudioError(f"{path}: {strange}; {_CONVERT}")
    expected = file.frames
    if not strange:
        samples: Pcm = file.read(dtype="int16")
    else:
        samples = _convert(file.read(dtype="float32", always_2d=True), file.samplerate)
    if file.tell() < expected or not len(samples):
        raise AudioError(f"{path}: truncated: ends before its header says; record it again")
    return samples


def _strange(file: soundfile.SoundFile) -> str:
    """What of the format a phone line has not, or an empty string."""
    found = []
    if file.format not in ("WAV", "WAVEX", "FLAC"):
        found.append(file.format)
    if file.subtype != "PCM_16":
        found.append(str(file.subtype_info))
    if file.samplerate != SAMPLE_RATE:
        found.append(f"{file.samplerate} Hz")
    if file.channels != 1:
        found.append(f"{file.channels} channels")
    return ", ".join(found)


def _check_whole(path: Path, file: soundfile.SoundFile) -> None:
    """libsndfile silently shortens a cut WAV file to what is there; its header knows better."""
    if file.format not in ("WAV", "WAVEX"):
        return
    data = path.read_bytes()
    at = data.find(b"data", 12)
    if at < 0 or len(data) < at + 8:
        return
    promised = int.from_bytes(data[at + 4 : at + 8], "little")
    there = len(data) - at - 8
    if promised >= 0x7FFFFFFF:  # a recorder that was writing to a pipe did not know the length
        return
    if there < promised:
        raise AudioError(
            f"{path}: truncated: {there} of {promised} bytes of sound; record it again"
        )


def _convert(samples: NDArray[np.float32], rate: int) -> Pcm:
    mono = soxr.resample(samples.mean(axis=1), rate, SAMPLE_RATE)
    converted: Pcm = np.clip(np.rint(mono * 32767), -32767, 32767).astype(np.int16)
    return converted
