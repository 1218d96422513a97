"""What can go wrong in this room. Messages are one line and say what to do next."""


class TelephonyError(Exception):
    """Base of the errors of telephony."""
