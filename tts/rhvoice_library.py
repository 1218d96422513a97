"""The C interface of RHVoice 1.8 (``RHVoice.h``) by ctypes.

Debian's build links GPL-3 code, so the library is opened only inside the worker process that
speaks, never in the service.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path
from typing import Final

import numpy as np

from tts.errors import NoSynthesizerError, SynthesisError
from tts.synthesizer import Pcm

LIBRARY: Final = "RHVoice"
DATA_DIR: Final = Path("/usr/share/RHVoice")
"""Where Debian's `rhvoice-russian` puts languages and voices."""

_Handle = ctypes.c_void_p
_SetSampleRate = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_PlaySpeech = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_uint, ctypes.c_void_p
)
_PLAIN_TEXT: Final = 0


class _Callbacks(ctypes.Structure):
    _fields_ = (
        ("set_sample_rate", _SetSampleRate),
        ("play_speech", _PlaySpeech),
        ("process_mark", ctypes.c_void_p),
        ("word_starts", ctypes.c_void_p),
        ("word_ends", ctypes.c_void_p),
        ("sentence_starts", ctypes.c_void_p),
        ("sentence_ends", ctypes.c_void_p),
        ("play_audio", ctypes.c_void_p),
        ("done", ctypes.c_void_p),
    )


class _InitParams(ctypes.Structure):
    _fields_ = (
        ("data_path", ctypes.c_char_p),
        ("config_path", ctypes.c_char_p),
        ("resource_paths", ctypes.c_void_p),
        ("callbacks", _Callbacks),
        ("options", ctypes.c_uint),
    )


class _SynthParams(ctypes.Structure):
    _fields_ = (
        ("voice_profile", ctypes.c_char_p),
        ("absolute_rate", ctypes.c_double),
        ("absolute_pitch", ctypes.c_double),
        ("absolute_volume", ctypes.c_double),
        ("relative_rate", ctypes.c_double),
        ("relative_pitch", ctypes.c_double),
        ("relative_volume", ctypes.c_double),
        ("punctuation_mode", ctypes.c_int),
        ("punctuation_list", ctypes.c_char_p),
        ("capitals_mode", ctypes.c_int),
        ("flags", ctypes.c_int),
    )


class RhvoiceLibrary:
    """One RHVoice engine. Not thread-safe: one `speak` at a time.

    Args:
        data_dir: folder with ``languages/`` and ``voices/``.

    Raises:
        NoSynthesizerError: the library is not installed or finds no data.
    """

    def __init__(self, data_dir: Path = DATA_DIR) -> None:
        name = find_library(LIBRARY)
        if name is None:
            raise NoSynthesizerError(
                "RHVoice's library is missing: install the packages librhvoice5 and rhvoice-russian"
            )
        self._library = ctypes.CDLL(name)
        self._declare()
        self.version = str(self._library.RHVoice_get_version().decode())
        """The library's version, for example ``1.8.0``."""
        self.sample_rate_hz = 0
        """Rate of the samples of the speech in progress (Hz)."""
        self._sink: Callable[[Pcm], bool] = lambda _: False
        # ctypes does not keep callbacks alive: the C side would call freed memory.
        self._callbacks = (_SetSampleRate(self._set_sample_rate), _PlaySpeech(self._play_speech))
        callbacks = _Callbacks(*self._callbacks)
        params = _InitParams(str(data_dir).encode(), None, None, callbacks, 0)
        self._engine = self._library.RHVoice_new_tts_engine(ctypes.byref(params))
        if not self._engine:
            raise NoSynthesizerError(
                f"RHVoice finds no languages in {data_dir}: install the package rhvoice-russian"
            )

    def speak(self, text: str, voice: str, rate: float, sink: Callable[[Pcm], bool]) -> None:
        """Synthesize `text`; blocks until the end and gives the samples to `sink` as they come.

        Args:
            text: Russian text; U+0301 after the stressed vowel.
            voice: name of an installed voice, letter case ignored.
            rate: relative speed, 1.0 is the voice's own.
            sink: gets each piece, int16 at `sample_rate_hz`; returns False to stop.

        Raises:
            SynthesisError: RHVoice refuses the text or the voice.
        """
        encoded = text.encode()
        params = _SynthParams(voice.encode(), 0, 0, 0, rate, 1, 1, 0, None, 0, 0)
        message = self._library.RHVoice_new_message(
            self._engine, encoded, len(encoded), _PLAIN_TEXT, ctypes.byref(params), None
        )
        if not message:
            raise SynthesisError(f"RHVoice refuses the text or has no voice {voice!r}")
        self._sink = sink
        try:
            self._library.RHVoice_speak(message)
        finally:
            self._library.RHVoice_delete_message(message)

    def _declare(self) -> None:
        library = self._library
        library.RHVoice_get_version.restype = ctypes.c_char_p
        library.RHVoice_new_tts_engine.restype = _Handle
        library.RHVoice_new_tts_engine.argtypes = [ctypes.POINTER(_InitParams)]
        library.RHVoice_new_message.restype = _Handle
        library.RHVoice_new_message.argtypes = [
            _Handle,
            ctypes.c_char_p,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.POINTER(_SynthParams),
            ctypes.c_void_p,
        ]
        library.RHVoice_speak.argtypes = [_Handle]
        library.RHVoice_delete_message.argtypes = [_Handle]

    def _set_sample_rate(self, rate_hz: int, _: int | None) -> int:
        self.sample_rate_hz = rate_hz
        return 1

    def _play_speech(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _: object) -> int:
        return int(self._sink(np.ctypeslib.as_array(samples, (count,)).copy()))
