"""What can go wrong in this room. Messages are one line and say what to do next."""


class RoutingError(Exception):
    """Base of the errors of routing."""


class HoursError(RoutingError):
    """The file of opening hours is broken; the message names the place."""


class StoreError(RoutingError):
    """The store cannot be opened or written."""
