"""What can go wrong in this room. Messages are one line and say what to do next."""


class RoutingError(Exception):
    """Base of the errors of routing."""


class HoursError(RoutingError):
    """The file of opening hours is broken; the message names the place."""


class DestinationsError(RoutingError):
    """The file of outside numbers is broken; the message names the place."""


class StoreError(RoutingError):
    """The store cannot be opened or written."""


class ConflictError(StoreError):
    """A record contradicts what the store holds, such as a key that is there already."""


class FilingError(RoutingError):
    """A request is not filed and will not be: the caller needs a person."""


class RequestRefused(FilingError):  # noqa: N818 - says what happened
    """The system of record does not take the request; it is kept here for a person."""


class KeyReusedError(FilingError):
    """The key of a request already stands for other content."""


class SystemUnavailable(RoutingError):  # noqa: N818 - says what happened
    """The system of record did not answer; whether it has the request is not known."""


class AccessError(RoutingError):
    """An API key cannot be made like this."""


class RulesError(RoutingError):
    """A rule of a queue is out of its range; the message says which values are allowed."""


class NotFoundError(RoutingError):
    """There is no record with this id, or it is another organisation's."""


class StateConflictError(RoutingError):
    """What was asked for is not possible in the present state: it happened already, or too late."""


class RefusedError(RoutingError):
    """What was asked for is not allowed; the message says what is."""


class TargetError(RoutingError):
    """A webhook cannot be sent there; the message says why."""


class SignatureError(RoutingError):
    """A webhook that arrived is not authentic."""
