"""Every public method refuses whoever has no valid session, but for a closed list."""

import grpc
import pytest

from plumbline.api_server.services import registry

pytestmark = pytest.mark.cluster

OPEN = {
    "/cluster.SettingsService/Get",
    "/session.SessionService/Create",
    "/session.SessionService/GetUserInfo",
    "/version.VersionService/Version",
}
FORGED = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhcmdvY2QiLCJzdWIiOiJhZG1pbjpsb2dpbiJ9."


def methods():
    for service in registry.SERVICES:
        for method in service.descriptor.methods:
            yield f"/{service.descriptor.full_name}/{method.name}", method


async def answer(channel, path, method, metadata):
    """Return code and text of a call with an empty request."""
    kinds = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }
    make = kinds[method.client_streaming, method.server_streaming](path)
    sent = iter([b""]) if method.client_streaming else b""
    call = make(sent, metadata=metadata)
    return await call.code(), await call.details()


@pytest.mark.parametrize("anonymous", ["false", "true"])
async def test_no_method_serves_a_stranger_or_a_forged_token(rig, anonymous):
    """Also where anonymous calls are allowed: a token that does not hold is an error."""
    first = await rig.start()
    await rig.configure(users__anonymous__enabled=anonymous)
    control = first.parts.control
    await control.until(lambda: control.installation.anonymous == (anonymous == "true"))
    async with grpc.aio.insecure_channel(first.address) as channel:
        for path, method in methods():
            if path in OPEN:
                continue
            if anonymous == "false":
                got = await answer(channel, path, method, ())
                assert (path, "no session information") == (path, got[1])
                assert grpc.StatusCode.UNAUTHENTICATED is got[0]
            got = await answer(channel, path, method, (("token", FORGED),))
            want = (
                grpc.StatusCode.UNAUTHENTICATED,
                "invalid session: failed to verify the token",
            )
            assert (path, want) == (path, got)


def test_the_open_methods_are_all_there():
    """A name that is mistyped would open nothing and close something."""
    assert {path for path, _ in methods()} >= OPEN
