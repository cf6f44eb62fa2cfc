"""The first start, and what it says of settings that are not read."""

import asyncio

import pytest

from plumbline.core import errors

pytestmark = pytest.mark.cluster


async def test_a_settings_map_without_the_label_is_named_and_not_read(rig, logged):
    """One warning; its values are not in force."""
    await rig.call(
        rig.api.create,
        f"{rig.root}/configmaps",
        {"metadata": {"name": "argocd-cm"}, "data": {"users.anonymous.enabled": "true"}},
    )
    first = await rig.start()

    warnings = [line for line in logged if "the label is missing" in line]
    assert 1 == len(warnings)
    assert "argocd-cm" in warnings[0]
    assert not first.parts.control.installation.anonymous


async def test_a_secret_without_the_label_stops_the_start(rig):
    """Nobody could be let in; the message says what to do."""
    await rig.call(rig.api.create, f"{rig.root}/secrets", {"metadata": {"name": "argocd-secret"}})
    with pytest.raises(
        errors.FailedPrecondition, match=r"kubectl -n .* label secret argocd-secret"
    ):
        await rig.start()


async def test_replicas_that_start_together_agree(rig):
    """One key, one password; both let the same token in."""
    first, second = await asyncio.gather(rig.start(), rig.start())
    initial = (await rig.secret("argocd-initial-admin-secret"))["password"]

    token = await first.login("admin", initial)

    assert "admin" == second.parts.sessions.verify(token).subject


async def test_what_is_there_is_kept(rig):
    """An installation's own key, password and project."""
    await rig.call(
        rig.api.create,
        f"{rig.root}/secrets",
        {
            "metadata": {
                "name": "argocd-secret",
                "labels": {"app.kubernetes.io/part-of": "argocd"},
            },
            "stringData": {"server.secretkey": "canary-key", "admin.password": "canary-hash"},
        },
    )
    await rig.start()

    assert {"server.secretkey": "canary-key", "admin.password": "canary-hash"} == await rig.secret()
    with pytest.raises(errors.NotFound):
        await rig.secret("argocd-initial-admin-secret")
