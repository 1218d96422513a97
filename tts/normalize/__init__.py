"""Text as it is written -> text as it is spoken."""

from tts.normalize.normalizer import Normalizer

__all__ = ["Normalizer"]
