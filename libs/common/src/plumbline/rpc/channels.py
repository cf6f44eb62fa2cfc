"""Channels between our services: mutual TLS, all replicas used, certificates taken up as they come.

A channel of gRPC keeps the certificate it was made with. ``FollowingChannel`` makes another one
when the files change; calls in progress stay with the old one, which is closed after the last.

A service whose name stands for several addresses is called on all of them in turn. That needs a
name which resolves to the pods (a headless Service); servers close connections after
``CONNECTION_AGE``, which makes the clients resolve the name again and find new replicas.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, Final, Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from plumbline.core import errors
from plumbline.rpc.credentials import MAX_MESSAGE, SERVER_NAME, Identity
from plumbline.rpc.identities import IdentityFiles

__all__ = ["CONNECTION_AGE", "NO_RETRY", "FollowingChannel", "channel", "reach", "server_options"]

CONNECTION_AGE: Final = 20.0
"""Seconds after which a server asks clients to connect anew, plus or minus a tenth.

With the pause between two look-ups of a name this keeps new replicas idle for less than 30 s. It
costs a client one handshake in that time.
"""
NO_RETRY: Final = (("grpc-retry-pushback-ms", "-1"),)
"""Metadata of an answer that would be the same on another replica (gRPC A6, "pushback")."""

_REACH_SECONDS: Final = 5.0
_DETAILS: Final = 400  # characters of gRPC's own words
_NAME_EVERY_MS: Final = 5_000
_RETRY: Final = {
    "maxAttempts": 4,
    "initialBackoff": "0.2s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    # gRPC's server answers CANCELLED to calls that arrive while it shuts down.
    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
}
_OPTIONS: Final = [
    # Every certificate carries this name, so that addresses and ports may change freely.
    ("grpc.ssl_target_name_override", SERVER_NAME),
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    # A restarted peer is found again within a second, not after two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.dns_min_time_between_resolutions_ms", _NAME_EVERY_MS),
    # A node that vanished without a word is noticed by its silence.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.enable_http_proxy", 0),
    # Connections are not shared with a channel that has another certificate.
    ("grpc.use_local_subchannel_pool", 1),
]


def server_options(*, connection_age: float = CONNECTION_AGE) -> list[tuple[str, int]]:
    """Return the options that all our internal servers have."""
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE),
        ("grpc.max_send_message_length", MAX_MESSAGE),
        # Two servers on one port would answer each other's calls.
        ("grpc.so_reuseport", 0),
        # Calls in progress go on without a limit: every caller sets a time of its own.
        ("grpc.max_connection_age_ms", int(connection_age * 1000)),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ]


def channel(target: str, identity: Identity, *, idempotent: Sequence[str] = ()) -> grpc.aio.Channel:
    """Return an authenticated channel to one of our services.

    Args:
        target: ``host:port``, or any address that gRPC takes (``ipv4:127.0.0.1:1,127.0.0.1:2``).
        identity: the caller's.
        idempotent: names of services whose calls may be tried again on another replica.
    """
    made = grpc.ssl_channel_credentials(
        identity.authority, identity.key.reveal().encode(), identity.certificate
    )
    config: dict[str, Any] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if idempotent:
        names = [{"service": name} for name in idempotent]
        config["methodConfig"] = [{"name": names, "retryPolicy": _RETRY}]
    options = [*_OPTIONS, ("grpc.service_config", json.dumps(config))]
    return grpc.aio.secure_channel(_address(target), made, options=options)


async def reach(made: grpc.aio.Channel, target: str) -> None:
    """Find out whether a service answers; that it has no health service is an answer as well.

    Raises:
        errors.Unavailable: it does not; the message tells why, and where to look.
    """
    stub = health_pb2_grpc.HealthStub(made)
    try:
        await stub.Check(health_pb2.HealthCheckRequest(), timeout=_REACH_SECONDS)
    except grpc.aio.AioRpcError as error:
        if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            return
        raise errors.Unavailable(
            f"{target} cannot be reached ({(error.details() or '')[:_DETAILS]}): is it running,"
            " does the network let us through, and do both certificates come from one CA"
            " (Secrets plumbline-identity-*)?"
        ) from error


def _address(target: str) -> str:
    scheme = target.partition(":")[0]
    return target if scheme in ("dns", "ipv4", "ipv6", "unix") else f"dns:///{target}"


class _Generation:
    """One channel, closed when it is retired and its last call has ended."""

    def __init__(self, made: grpc.aio.Channel, number: int) -> None:
        self.channel = made
        self.number = number
        self._calls = 0
        self._old: set[_Generation] | None = None

    def watch(self, call: Any) -> Any:
        self._calls += 1
        call.add_done_callback(self._ended)
        return call

    def retire(self, old: "set[_Generation]") -> None:
        """Stay in ``old`` until the channel is closed."""
        old.add(self)
        self._old = old
        self._close_if_idle()

    def _ended(self, _: Any) -> None:
        self._calls -= 1
        self._close_if_idle()

    def _close_if_idle(self) -> None:
        if self._old is not None and not self._calls:
            self._closing = asyncio.get_running_loop().create_task(self._close(self._old))

    async def _close(self, old: "set[_Generation]") -> None:
        await self.channel.close()
        old.discard(self)


def _starting(kind: str) -> Callable[..., Any]:
    """Return the method of a channel that gives out what starts calls of one kind."""

    def method(
        self: "FollowingChannel",
        method: str,
        request_serializer: Any = None,
        response_deserializer: Any = None,
        _registered_method: bool | None = False,  # noqa: FBT001, FBT002 -- gRPC's signature
    ) -> Callable[..., Any]:
        return self._following(kind, method, request_serializer, response_deserializer)

    return method


class FollowingChannel(grpc.aio.Channel):  # type: ignore[misc]
    """A channel whose new calls use the latest certificate in the files."""

    def __init__(
        self, target: str, files: IdentityFiles, *, idempotent: Sequence[str] = ()
    ) -> None:
        """Connect later, on first use.

        Args:
            target: as :func:`channel` takes it.
            files: the caller's identity.
            idempotent: as :func:`channel` takes it.
        """
        self._target = target
        self._files = files
        self._idempotent = tuple(idempotent)
        self._present: _Generation | None = None
        self._old: set[_Generation] = set()

    def _current(self) -> _Generation:
        identity = self._files.current()
        present = self._present
        if present is not None and present.number == self._files.generation:
            return present
        made = channel(self._target, identity, idempotent=self._idempotent)
        self._present = _Generation(made, self._files.generation)
        if present is not None:
            present.retire(self._old)
        return self._present

    def _following(self, kind: str, method: str, *codec: Any) -> Callable[..., Any]:
        held: tuple[_Generation, Callable[..., Any]] | None = None

        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal held
            present = self._current()
            if held is None or held[0] is not present:
                held = (present, getattr(present.channel, kind)(method, *codec))
            return present.watch(held[1](*args, **kwargs))

        return call

    unary_unary = _starting("unary_unary")
    unary_stream = _starting("unary_stream")
    stream_unary = _starting("stream_unary")
    stream_stream = _starting("stream_stream")

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:  # noqa: FBT001, FBT002 -- gRPC's signature
        """Return the state of the present connection."""
        return self._current().channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Wait until the present connection's state is another."""
        await self._current().channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Wait until the present channel is connected."""
        await self._current().channel.channel_ready()

    async def close(self, grace: float | None = None) -> None:
        """Close all channels; calls end after ``grace`` seconds."""
        present, self._present = self._present, None
        if present is not None:
            await present.channel.close(grace)
        for old in list(self._old):
            await old.channel.close(grace)

    async def __aenter__(self) -> Self:
        """Return the channel itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()
