"""What the port is told: one value, made by ``wiring`` from the settings."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Final

from plumbline.api_server import cookies
from plumbline.api_server.settings import Settings

__all__ = ["Config", "base_path"]

_MIB: Final = 1024 * 1024


def base_path(text: str) -> str:
    """Return a path prefix without slashes at its ends, empty for the root."""
    return text.strip("/")


def _nothing() -> list[str]:
    return []


async def _healthy() -> str:
    return ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """The port's settings and its questions to the rest."""

    address: str
    port: int
    secure: bool = True
    """TLS; without it everything is plain text."""
    root: str = ""
    """Path prefix that all of HTTP but /healthz has; without slashes at its ends."""
    cookie_path: str = "/"
    content_types: str = "application/json"
    """Of requests under /api/ that are no GET, with semicolons between; empty allows any."""
    frame_options: str = "sameorigin"
    content_security_policy: str = "frame-ancestors 'self';"
    gzip: bool = True
    max_message: int = 200 * _MIB
    """Bytes of one gRPC message, in and out."""
    max_body: int = 16 * _MIB
    """Bytes of one REST body; an object that Kubernetes takes is far smaller."""
    max_anonymous_body: int = 64 * 1024
    """Bytes of a REST body without any credential: a login."""
    max_cookies: int = cookies.MAX_COOKIES
    head_seconds: float = 10.0
    """Until a new connection has said what it speaks, handshake included."""
    stream_open_seconds: float = 1.0
    """An error that comes within this time of a stream is still the answer's status."""
    keepalive_seconds: float = 15.0
    """Between comment lines of an idle event stream."""
    urls: Callable[[], list[str]] = _nothing
    """The configured addresses of the product."""
    ready: Callable[[], bool] = lambda: True
    full_health: Callable[[], Awaitable[str]] = _healthy
    """What /healthz?full=true asks: what is wrong, or nothing."""

    @classmethod
    def of(cls, settings: Settings) -> "Config":
        """Return the part of the service's settings that is the port's."""
        root = base_path(settings.rootpath)
        # A root path is where the product is; basehref tells it to a proxy-stripped one.
        base = root or base_path(settings.basehref)
        return cls(
            address=settings.address,
            port=settings.port,
            secure=not settings.insecure,
            root=root,
            cookie_path=f"/{base}",
            content_types=settings.api_content_types,
            frame_options=settings.x_frame_options,
            content_security_policy=settings.content_security_policy,
            gzip=settings.enable_gzip,
            max_message=settings.grpc_max_size_mb * _MIB,
            max_cookies=settings.max_cookie_number,
        )
