"""Logins, tokens and their end, on a real API server with one or two replicas."""

import asyncio
import json
import time

import grpc
import pytest
from google.protobuf import empty_pb2

from plumbline.api_server.session_store import NAME
from plumbline.pb.server import account_pb2, session_pb2, version_pb2_grpc

pytestmark = pytest.mark.cluster


def bearer(token):
    return (("authorization", f"Bearer {token}"),)


async def refusal(awaitable):
    """Return code and text of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await awaitable
    return caught.value.code(), caught.value.details()


async def userinfo(instance, token):
    return await instance.session.GetUserInfo(
        session_pb2.GetUserInfoRequest(), metadata=bearer(token)
    )


async def accounts(instance, token):
    """A call that needs a session."""
    return await instance.account.ListAccounts(
        account_pb2.ListAccountRequest(), metadata=bearer(token)
    )


async def until_refused(instance, token, *, seconds=5.0):
    """Return the text with which a token is refused at last."""
    async with asyncio.timeout(seconds):
        while True:
            call = instance.account.ListAccounts(
                account_pb2.ListAccountRequest(), metadata=bearer(token)
            )
            if await call.code() is not grpc.StatusCode.OK:
                assert grpc.StatusCode.UNAUTHENTICATED is await call.code()
                return await call.details()


async def test_a_fresh_installation_lets_the_initial_admin_in(rig):
    """Bootstrap, login, who one is; a second start changes nothing."""
    instance = await rig.start()
    initial = await rig.secret("argocd-initial-admin-secret")
    before = await rig.secret()

    token = await instance.login("admin", initial["password"])
    info = await userinfo(instance, token)

    assert (True, "admin", "argocd", []) == (info.loggedIn, info.username, info.iss, info.groups[:])
    assert 16 == len(initial["password"])
    other = await rig.start()
    assert before == await rig.secret()
    assert (await userinfo(other, token)).loggedIn


async def test_logout_holds_on_every_replica_and_after_a_restart(rig):
    """A revoked token is refused by others within seconds, by whoever starts later, at once."""
    first, second = await rig.start(), await rig.start()
    await rig.set_password("admin", "canary-admin-password")
    token, other = await first.login(), await first.login()

    await first.session.Delete(session_pb2.SessionDeleteRequest(), metadata=bearer(token))

    text = "invalid session: token is revoked, please re-login"
    assert (grpc.StatusCode.UNAUTHENTICATED, text) == await refusal(accounts(first, token))
    assert text == await until_refused(second, token)
    third = await rig.start()
    assert (grpc.StatusCode.UNAUTHENTICATED, text) == await refusal(accounts(third, token))
    await accounts(third, other)
    # What the call carried says nothing to methods that answer everybody.
    assert not (await userinfo(first, token)).loggedIn


async def test_a_deleted_secret_lets_no_revoked_token_back_in(rig):
    """Replicas that know of a revocation write it again."""
    first = await rig.start()
    await rig.set_password("admin", "canary-admin-password")
    token = await first.login()
    await first.session.Delete(session_pb2.SessionDeleteRequest(), metadata=bearer(token))
    stored = await rig.secret(NAME)

    await rig.call(rig.api.delete, f"{rig.root}/secrets/{NAME}")

    await rig.call(rig.api.wait, f"{rig.root}/secrets/{NAME}", lambda _: True, seconds=10)
    assert stored == await rig.secret(NAME)
    await refusal(accounts(first, token))


async def test_five_failures_lock_a_name_also_for_a_replica_that_starts_later(rig):
    """The limit holds over replicas, a stop and a start; others are not touched."""
    first = await rig.start()
    await rig.configure(accounts__bob="login")
    for name in ("admin", "bob"):
        await rig.set_password(name, "canary-admin-password")
    await first.parts.control.until(lambda: bool(first.parts.control.accounts.get("bob")))
    await first.login()
    for _ in range(4):
        await refusal(first.login(password="canary-wrong"))
    second = await rig.start()

    wrong = await refusal(second.login(password="canary-wrong"))
    right = await refusal(second.login())

    assert (grpc.StatusCode.UNAUTHENTICATED, "Invalid username or password") == wrong == right
    third = await rig.start()
    assert right == await refusal(third.login())
    assert 0 == third.parts.passwords.compared
    assert await third.login("bob")


async def test_of_500_parallel_wrong_logins_five_reach_the_comparison(rig):
    """Reserve before verify, with few writes; the right password is refused afterwards."""
    first = await rig.start()
    await rig.set_password("admin", "canary-admin-password")

    answers = await asyncio.gather(
        *(refusal(first.login(password="canary-no")) for _ in range(500))
    )

    assert {(grpc.StatusCode.UNAUTHENTICATED, "Invalid username or password")} == set(answers)
    assert 5 >= first.parts.passwords.compared
    assert 5 >= first.store.writes
    assert answers[0] == await refusal(first.login())


async def test_parallel_attempts_on_two_replicas_pass_the_limit_by_one_at_most(rig):
    """The first attempt after a clean time needs no write; all others ask the shared state."""
    first, second = await rig.start(), await rig.start()
    await rig.set_password("admin", "canary-admin-password")

    await asyncio.gather(
        *(refusal(i.login(password="canary-no")) for i in (first, second) for _ in range(50))
    )

    compared = first.parts.passwords.compared + second.parts.passwords.compared
    assert 6 >= compared


async def test_a_flood_of_names_frees_nobody(rig):
    """Random names are remembered in bounded memory, and admin's failures are not among them."""
    first = await rig.start(session_cache_size=100, max_concurrent_logins=0)
    for _ in range(5):
        await refusal(first.login(password="canary-wrong"))
    compared = first.parts.passwords.compared

    await asyncio.gather(*(refusal(first.login(f"user-{n}", "x")) for n in range(150)))
    await rig.set_password("admin", "canary-admin-password")
    await refusal(first.login())

    assert compared == first.parts.passwords.compared
    assert ["admin"] == list(json.loads((await rig.secret(NAME))["state"])["failures"])


async def test_settings_take_effect_while_running(rig):
    """Disabled, another capability, no such account: refused within a second."""
    first = await rig.start()
    await rig.configure(accounts__bob="login")
    await rig.set_password("bob", "canary-bob-password")
    control = first.parts.control
    await control.until(
        lambda: bool(control.accounts.get("bob", None) and control.accounts["bob"].password)
    )
    token = await first.login("bob", "canary-bob-password")
    await accounts(first, token)

    await rig.configure(accounts__bob__enabled="false")
    assert "invalid session: Account bob is disabled" == await until_refused(
        first, token, seconds=2
    )
    assert (
        "Account bob is disabled" == (await refusal(first.login("bob", "canary-bob-password")))[1]
    )

    await rig.configure(accounts__bob__enabled="true", accounts__bob="apiKey")
    await control.until(lambda: control.accounts["bob"].enabled)
    text = "Account bob does not have login capability"
    assert text == (await refusal(first.login("bob", "canary-bob-password")))[1]
    assert f"invalid session: {text}" == await until_refused(first, token)

    await rig.configure(accounts__bob=None, accounts__bob__enabled=None)
    assert "invalid session: account 'bob' does not exist" == await until_refused(first, token)


async def test_anonymous_callers(rig):
    """Served with policy.default's rights once allowed; an invalid token is an error still."""
    first = await rig.start()
    request = account_pb2.CanIRequest(resource="projects", action="get", subresource="x")
    assert "no session information" == (await refusal(first.account.CanI(request)))[1]

    await rig.configure(users__anonymous__enabled="true")
    control = first.parts.control
    await control.until(lambda: control.installation.anonymous)
    assert "no" == (await first.account.CanI(request)).value
    await rig.merge("configmaps/argocd-rbac-cm", {"data": {"policy.default": "role:readonly"}})
    await control.until(lambda: control.enforcer.enforce("", ("projects", "get", "x")))
    assert "yes" == (await first.account.CanI(request)).value
    forged = first.account.CanI(request, metadata=bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."))
    text = "invalid session: failed to verify the token"
    assert (grpc.StatusCode.UNAUTHENTICATED, text) == await refusal(forged)
    assert not (await first.session.GetUserInfo(session_pb2.GetUserInfoRequest())).loggedIn
    assert not (await first.version.Version(empty_pb2.Empty())).Platform


async def test_a_login_that_is_about_to_end_is_renewed(rig):
    """The new token comes in the metadata; sessions that are short by setting are not renewed."""
    first = await rig.start()
    await rig.configure(accounts__bob="login")
    await first.parts.control.until(lambda: "bob" in first.parts.control.accounts)
    sessions = first.parts.sessions
    now = int(time.time())
    old = sessions._sign("bob:login", "a-jti", now - 4000, now + 100)

    call = first.account.ListAccounts(account_pb2.ListAccountRequest(), metadata=bearer(old))
    metadata = dict(await call.initial_metadata())

    assert (await userinfo(first, metadata["renew-token"])).loggedIn
    fresh = first.account.ListAccounts(
        account_pb2.ListAccountRequest(), metadata=bearer(metadata["renew-token"])
    )
    assert "renew-token" not in dict(await fresh.initial_metadata())
    short = sessions._sign("bob:login", "a-jti", now, now + 100)
    call = first.account.ListAccounts(account_pb2.ListAccountRequest(), metadata=bearer(short))
    assert "renew-token" not in dict(await call.initial_metadata())


async def test_old_clients_are_refused(rig):
    """The version gate is in front of everything."""
    first = await rig.start()
    for agent, code in (("argocd-client/1.3.9", 9), ("argocd-client/v3.6.0", 0), ("plumb/1", 0)):
        options = [("grpc.primary_user_agent", agent)]
        async with grpc.aio.insecure_channel(first.address, options=options) as channel:
            call = version_pb2_grpc.VersionServiceStub(channel).Version(empty_pb2.Empty())
            assert code == (await call.code()).value[0]


async def test_no_secret_is_logged_or_told(rig, logged):
    """Passwords, tokens and hashes stay out of logs and of error texts."""
    first = await rig.start()
    await rig.set_password("admin", "canary-admin-password")
    token = await first.login()
    texts = [
        await refusal(first.login(password="canary-wrong")),
        await refusal(first.login("canary" * 20, "canary-wrong")),
        await refusal(accounts(first, f"{token}x")),
        await refusal(accounts(first, token.replace(".", "!"))),
        await refusal(
            first.account.UpdatePassword(
                account_pb2.UpdatePasswordRequest(
                    currentPassword="canary-wrong", newPassword="canary-new"
                ),
                metadata=bearer(token),
            )
        ),
        await refusal(
            first.account.UpdatePassword(
                account_pb2.UpdatePasswordRequest(
                    currentPassword="canary-admin-password", newPassword="canary" * 20
                ),
                metadata=bearer(token),
            )
        ),
    ]
    await first.session.Delete(session_pb2.SessionDeleteRequest(), metadata=bearer(token))
    stored = await rig.secret()

    everything = "\n".join([*map(str, texts), *logged])
    for secret in (token, token.split(".")[2], "canary", *filter(None, stored.values())):
        assert secret not in everything
