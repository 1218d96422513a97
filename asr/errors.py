"""What can go wrong in this room. Messages are one line and say what to do next."""


class AsrError(Exception):
    """Base of the errors of recognition."""


class AudioError(AsrError):
    """A recording cannot be used: not audio, empty, or in a format that a phone line has not."""


class NoRecognizerError(AsrError):
    """No recognizer can run: no weights are present, or the one asked for is not there."""


class RecognitionError(AsrError):
    """The recognizer failed, died or hung on this utterance; the next one may go well."""
