"""Builds voice detectors by the names that settings and tables use."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from asr.errors import AsrError
from asr.vad import VoiceDetector
from asr.vad_webrtc import WebRtcDetector, WebRtcSettings

DETECTORS: Final = ("webrtc", "webrtc-plain", "silero")
"""`webrtc` is the default; `webrtc-plain`, without the energy gate, is there to compare with."""


def make_detector(name: str, model_path: Path | None = None) -> VoiceDetector:
    """Build a detector for one call.

    Args:
        name: one of `DETECTORS`.
        model_path: the weights' file or the directory that holds it; only `silero` has weights.

    Raises:
        AsrError: there is no such detector, or its weights are missing or broken.
    """
    match name:
        case "webrtc":
            return WebRtcDetector()
        case "webrtc-plain":
            return WebRtcDetector(WebRtcSettings(gate_db=None))
        case "silero":
            if model_path is None:
                raise AsrError("silero needs its weights: 'voice122 models fetch silero-vad'")
            from asr.vad_silero import SileroDetector  # onnxruntime takes 0.1 s to import

            if model_path.is_dir():
                model_path = model_path / "silero_vad.onnx"
            return SileroDetector(model_path)
        case _:
            raise AsrError(f"no voice detector {name!r}; there are: {', '.join(DETECTORS)}")
