"""What can go wrong in this room. Messages are one line and say what to do next."""


class TelephonyError(Exception):
    """Base of the errors of telephony."""


class PeerError(TelephonyError):
    """A peer (PBX, browser) breaks the protocol or its limits; it is dropped.

    Args:
        reason: one word for logs and metrics, for example ``oversized``.
        detail: what exactly, without personal data.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
