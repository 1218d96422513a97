"""What can go wrong in this room. Messages are one line and say what to do next."""


class TtsError(Exception):
    """Base of the errors of synthesis."""


class NoSynthesizerError(TtsError):
    """No synthesizer can run: neither Silero's weights nor RHVoice are present."""


class SynthesisError(TtsError):
    """The synthesizer failed, died or hung on this text; the next one may go well."""
