"""What can go wrong in this room. Messages are one line and say what to do next."""


class DialogError(Exception):
    """Base of the errors of dialogue."""


class ContentError(DialogError):
    """Something in `nlu_data/` is broken; the message names file, line and mend."""


class StateError(DialogError):
    """A state document cannot be used: truncated, tampered with, or of an unknown version."""


class NluError(DialogError):
    """The interpreter cannot be trained, loaded or asked."""
