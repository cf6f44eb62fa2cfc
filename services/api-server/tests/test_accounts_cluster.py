"""Accounts over gRPC on a real API server: passwords, API tokens, what one may see."""

import asyncio
import json
import time

import grpc
import pytest
from google.protobuf import empty_pb2

from plumbline.pb.server import account_pb2, application_pb2, application_pb2_grpc, settings_pb2

pytestmark = pytest.mark.cluster

ADMIN = "canary-admin-password"


def bearer(token):
    return {"metadata": (("token", token),)}


async def refusal(awaitable):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await awaitable
    return caught.value.code().name, caught.value.details()


@pytest.fixture
async def first(rig):
    """A replica with admin, alice (both capabilities) and robot (API tokens only)."""
    made = await rig.start()
    await rig.configure(accounts__alice="login, apiKey", accounts__robot="apiKey")
    await rig.set_password("admin", ADMIN)
    await rig.set_password("alice", "canary-alice-1")
    control = made.parts.control

    def is_ready():
        accounts = control.accounts
        return "robot" in accounts and bool(accounts["alice"].password)

    await control.until(is_ready)
    return made


async def test_a_password_change_ends_the_tokens_of_before(rig, first):
    """Current password, pattern, the old tokens, the new login; seen by another replica."""
    second = await rig.start()
    token = await first.login("alice", "canary-alice-1")
    api = await first.account.CreateToken(
        account_pb2.CreateTokenRequest(name="alice", id="old"), **bearer(token)
    )

    def change(current, new, name=""):
        return first.account.UpdatePassword(
            account_pb2.UpdatePasswordRequest(currentPassword=current, newPassword=new, name=name),
            **bearer(token),
        )

    wrong = ("UNAUTHENTICATED", "Invalid username or password")
    assert wrong == await refusal(change("canary-wrong", "canary-alice-2"))
    short = "new password does not match the following expression: ^.{8,32}$"
    assert ("INVALID_ARGUMENT", short) == await refusal(change("canary-alice-1", "short"))
    denied = await refusal(change("canary-alice-1", "canary-alice-2", name="admin"))
    assert "PERMISSION_DENIED" == denied[0]
    assert denied[1].startswith("permission denied: accounts, update, admin, sub: alice, iat: 20")

    await change("canary-alice-1", "canary-alice-2")

    text = "invalid session: account password has changed since token issued"
    for old in (token, api.token):
        call = first.account.ListAccounts(account_pb2.ListAccountRequest(), **bearer(old))
        assert ("UNAUTHENTICATED", text) == await refusal(call)
    assert wrong == await refusal(first.login("alice", "canary-alice-1"))
    fresh = await first.login("alice", "canary-alice-2")
    control = second.parts.control
    await control.until(lambda: control.accounts["alice"].password_changed > 0)
    await second.account.ListAccounts(account_pb2.ListAccountRequest(), **bearer(fresh))
    stored = await rig.secret()
    assert stored["accounts.alice.password"].startswith("$2b$10$")


async def test_admin_sets_others_passwords_by_its_own(first):
    """currentPassword is the caller's; unknown accounts are told to those who may know."""
    token = await first.login(password=ADMIN)

    def change(current, name):
        return first.account.UpdatePassword(
            account_pb2.UpdatePasswordRequest(
                currentPassword=current, newPassword="canary-set-by-admin", name=name
            ),
            **bearer(token),
        )

    assert "UNAUTHENTICATED" == (await refusal(change("canary-alice-1", "alice")))[0]
    missing = ("NOT_FOUND", "account 'nobody' does not exist")
    assert missing == await refusal(change(ADMIN, "nobody"))
    await change(ADMIN, "alice")
    assert await first.login("alice", "canary-set-by-admin")


async def test_api_tokens_are_made_listed_used_and_taken_away(rig, first):
    """Also on another replica, without a wait of more than seconds."""
    second = await rig.start()
    admin = await first.login(password=ADMIN)

    async def create(instance=first, **fields):
        request = account_pb2.CreateTokenRequest(name="robot", **fields)
        return (await instance.account.CreateToken(request, **bearer(admin))).token

    token = await create(id="ci", expiresIn=3600)
    other = await create()
    listed = await second.account.GetAccount(
        account_pb2.GetAccountRequest(name="robot"), **bearer(token)
    )

    assert {"ci", *(t.id for t in listed.tokens)} == {t.id for t in listed.tokens}
    assert 2 == len(listed.tokens)
    assert [3600] == [t.expiresAt - t.issuedAt for t in listed.tokens if t.id == "ci"]
    assert [0] == [t.expiresAt for t in listed.tokens if t.id != "ci"]
    duplicate = ("ALREADY_EXISTS", "account already has token with id 'ci'")
    assert duplicate == await refusal(create(id="ci"))
    assert "INVALID_ARGUMENT" == (await refusal(create(expiresIn=-1)))[0]
    assert "INVALID_ARGUMENT" == (await refusal(create(id="x" * 129)))[0]

    delete = account_pb2.DeleteTokenRequest(name="robot", id="ci")
    await first.account.DeleteToken(delete, **bearer(admin))

    call = first.account.ListAccounts(account_pb2.ListAccountRequest(), **bearer(token))
    assert "UNAUTHENTICATED" == (await refusal(call))[0]
    await second.parts.control.until(
        lambda: second.parts.control.accounts["robot"].token("ci") is None
    )
    call = second.account.ListAccounts(account_pb2.ListAccountRequest(), **bearer(token))
    assert "UNAUTHENTICATED" == (await refusal(call))[0]
    await second.account.ListAccounts(account_pb2.ListAccountRequest(), **bearer(other))
    gone = ("NOT_FOUND", "account does not have token with id 'ci'")
    assert gone == await refusal(first.account.DeleteToken(delete, **bearer(admin)))


async def test_tokens_made_at_once_are_all_listed(rig, first):
    """Two replicas and ten requests write one Secret: none is lost."""
    second = await rig.start()
    admin = await first.login(password=ADMIN)
    requests = [
        (first, second)[n % 2].account.CreateToken(
            account_pb2.CreateTokenRequest(name="robot", id=f"t{n}"), **bearer(admin)
        )
        for n in range(10)
    ]
    await asyncio.gather(*requests)

    stored = json.loads((await rig.secret())["accounts.robot.tokens"])
    assert {f"t{n}" for n in range(10)} == {t["id"] for t in stored}


async def test_an_account_without_the_capability_gets_no_token(first):
    """The contract's text."""
    admin = await first.login(password=ADMIN)
    call = first.account.CreateToken(account_pb2.CreateTokenRequest(name="admin"), **bearer(admin))
    text = "Account admin does not have apiKey capability"
    assert ("FAILED_PRECONDITION", text) == await refusal(call)


async def test_an_account_sees_itself_and_what_the_policy_allows(rig, first):
    """ListAccounts, GetAccount, CanI; absent and forbidden look the same."""
    token = await first.login("alice", "canary-alice-1")
    listed = await first.account.ListAccounts(account_pb2.ListAccountRequest(), **bearer(token))
    assert ["alice"] == [a.name for a in listed.items]
    assert ["login", "apiKey"] == listed.items[0].capabilities[:]

    texts = set()
    for name in ("robot", "nobody"):
        call = first.account.GetAccount(account_pb2.GetAccountRequest(name=name), **bearer(token))
        code, text = await refusal(call)
        texts.add((code, text.replace(name, "NAME")))
    assert 1 == len(texts)

    async def can(resource, action, target="*"):
        request = account_pb2.CanIRequest(resource=resource, action=action, subresource=target)
        return (await first.account.CanI(request, **bearer(token))).value

    assert "no" == await can("applications", "sync", "p/a")
    assert "yes" == await can("accounts", "update", "alice")
    await rig.merge(
        "configmaps/argocd-rbac-cm",
        {"data": {"policy.csv": "p, alice, applications, sync, p/*, allow"}},
    )
    enforcer = first.parts.control
    await enforcer.until(
        lambda: enforcer.enforcer.enforce("alice", ("applications", "sync", "p/a"))
    )
    assert "yes" == await can("applications", "sync", "p/a")
    assert "INVALID_ARGUMENT" == (await refusal(can("aplications", "sync")))[0]
    assert "INVALID_ARGUMENT" == (await refusal(can("applications", "snyc")))[0]


async def test_settings_tell_strangers_less(rig, first):
    """A closed list of what everybody may know (behaviour.md section 17)."""
    await rig.configure(
        url="https://cd.example.com",
        ui__bannercontent="canary-banner",
        passwordPattern="^canary.*$",
        resource__customizations__health__apps_Deployment="canary-lua",
        resource__customizations__ignoreDifferences__all="jsonPointers: [/canary]",
        oidc__config=json.dumps(
            {"name": "I", "issuer": "https://i", "clientID": "c", "clientSecret": "canary-secret"}
        ),
    )
    control = first.parts.control
    await control.until(lambda: control.installation.url != "")

    known = {
        f.name for f, _ in (await first.settings.Get(settings_pb2.SettingsQuery())).ListFields()
    }
    assert {
        "url", "oidcConfig", "appLabelKey", "googleAnalytics", "kustomizeOptions", "help",
        "trackingMethod", "syncWithReplaceAllowed", "resourceViewEnabled",
    } == known  # fmt: skip
    assert "canary" not in str(await first.settings.Get(settings_pb2.SettingsQuery()))
    assert ("UNAUTHENTICATED", "no session information") == await refusal(
        first.settings.GetPlugins(settings_pb2.SettingsQuery())
    )

    token = await first.login(password=ADMIN)
    full = await first.settings.Get(settings_pb2.SettingsQuery(), **bearer(token))

    assert ("canary-banner", "^canary.*$", rig.namespace) == (
        full.uiBannerContent, full.passwordPattern, full.controllerNamespace,
    )  # fmt: skip
    assert "canary-lua" == full.resourceOverrides["apps/Deployment"].healthLua
    assert ["/canary"] == full.resourceOverrides["*/*"].ignoreDifferences.jSONPointers[:]
    assert "canary-secret" not in str(full)
    # Plugins are the repo-server's to tell, and here is none.
    code, _ = await refusal(
        first.settings.GetPlugins(settings_pb2.SettingsQuery(), **bearer(token))
    )
    assert "UNAVAILABLE" == code


async def test_the_version_is_all_that_strangers_are_told(first):
    """/api/version."""
    stranger = await first.version.Version(empty_pb2.Empty())
    assert ["Version"] == [f.name for f, _ in stranger.ListFields()]
    token = await first.login(password=ADMIN)
    full = await first.version.Version(empty_pb2.Empty(), **bearer(token))
    assert full.Platform.startswith("linux/")
    assert full.BuildDate


async def test_a_stream_ends_with_its_session(rig, first):
    """Within five seconds of the revocation, without any event."""
    token = await first.login(password=ADMIN)
    who = first.parts.sessions.verify(token)
    async with grpc.aio.insecure_channel(first.address) as channel:
        stub = application_pb2_grpc.ApplicationServiceStub(channel)
        call = stub.Watch(application_pb2.ApplicationQuery(), **bearer(token))
        await first.parts.sessions.revoke(who)
        began = time.monotonic()
        async with asyncio.timeout(30):
            assert ("UNAUTHENTICATED", "invalid session: the session ended") == await refusal(
                call.read()
            )
        # The bound is the contract of logout, not a measure of speed.
        assert 5 > time.monotonic() - began
