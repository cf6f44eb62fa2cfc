"""The one error tree of Plumbline.

Raised everywhere, rendered in two places only: ``plumbline.rpc.status`` (gRPC status) and
``plumbline.app_controller.outcome`` (retry or wait for a change). Nothing may decide by the text of
a message.

    PlumblineError(code, message)
    ├── InvalidArgument      the caller's input is wrong             terminal
    ├── NotFound             the named thing does not exist          terminal
    ├── AlreadyExists        the named thing exists already          terminal
    ├── PermissionDenied     policy, project or sync window says no  terminal
    ├── Unauthenticated      no valid identity                       terminal
    ├── FailedPrecondition   the state forbids it now                terminal
    ├── Unimplemented        not there yet                           terminal
    ├── Conflict             somebody else changed it first          transient
    ├── Unavailable          the other side cannot be reached        transient
    ├── ResourceExhausted    a limit was hit                         transient
    └── DeadlineExceeded     it took too long                        transient

Anything else is INTERNAL: its text is hidden from clients and logged with an id.
"""

import enum

__all__ = [
    "AlreadyExists",
    "Code",
    "Conflict",
    "DeadlineExceeded",
    "FailedPrecondition",
    "InvalidArgument",
    "NotFound",
    "PermissionDenied",
    "PlumblineError",
    "ResourceExhausted",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
]


class Code(enum.Enum):
    """Our own names for the gRPC codes in use, so that core need not import grpc."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    ABORTED = "ABORTED"
    UNAVAILABLE = "UNAVAILABLE"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"


class PlumblineError(Exception):
    """Base of every error that may reach a user; never raised itself."""

    code: Code
    transient: bool = False

    def __init__(self, message: str) -> None:
        """Keep the message, which users see: it names the cause and, if possible, what to do."""
        if type(self) is PlumblineError:
            raise TypeError("raise a subclass of PlumblineError")
        super().__init__(message)
        self.message = message


class InvalidArgument(PlumblineError):
    """The caller's input is wrong; repeating it cannot help."""

    code = Code.INVALID_ARGUMENT


class NotFound(PlumblineError):
    """The named thing does not exist."""

    code = Code.NOT_FOUND


class AlreadyExists(PlumblineError):
    """The named thing exists already."""

    code = Code.ALREADY_EXISTS


class PermissionDenied(PlumblineError):
    """Policy, project or sync window says no."""

    code = Code.PERMISSION_DENIED


class Unauthenticated(PlumblineError):
    """No valid identity came with the request."""

    code = Code.UNAUTHENTICATED


class FailedPrecondition(PlumblineError):
    """The present state forbids it."""

    code = Code.FAILED_PRECONDITION


class Unimplemented(PlumblineError):
    """The contract has it, this version does not."""

    code = Code.UNIMPLEMENTED


class Conflict(PlumblineError):
    """Somebody else changed the object first; observe again and retry."""

    code = Code.ABORTED
    transient = True


class Unavailable(PlumblineError):
    """The other side cannot be reached now."""

    code = Code.UNAVAILABLE
    transient = True


class ResourceExhausted(PlumblineError):
    """A limit was hit."""

    code = Code.RESOURCE_EXHAUSTED
    transient = True


class DeadlineExceeded(PlumblineError):
    """It took longer than allowed."""

    code = Code.DEADLINE_EXCEEDED
    transient = True
