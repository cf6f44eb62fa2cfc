"""Secrets in Git: what a project's annotations allow, warn of and refuse, on a real API server."""

import pytest

pytestmark = pytest.mark.cluster

MANIFEST = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}


def condition(app, kind):
    """Return the message of a condition, or None."""
    conditions = (app.get("status") or {}).get("conditions") or []
    return next((c["message"] for c in conditions if c["type"] == kind), None)


async def test_plaintext_is_a_warning_or_refused(rig):
    """The project's annotation takes effect at once, and the warning goes when the cause does."""
    project = f"/apis/argoproj.io/v1alpha1/namespaces/{rig.namespace}/appprojects/default"

    async def annotate(**values):
        annotations = {f"plumbline.io/{k.replace('_', '-')}": v for k, v in values.items()}
        await rig.call(rig.api.merge, project, {"metadata": {"annotations": annotations}})

    rig.repo.plaintext = [f"web/s{number:02}" for number in range(12)]
    rig.repo.push("a", MANIFEST)
    await rig.create_app(automated={})

    warned = await rig.app(lambda app: condition(app, "PlaintextSecretWarning"))
    assert "web/s00" in condition(warned, "PlaintextSecretWarning")
    assert condition(warned, "PlaintextSecretWarning").endswith("web/s09 and 2 more")
    await rig.config_map(lambda found: found is not None)
    assert not any(source.decrypt for source in rig.repo.asked)

    await annotate(plaintext_secrets="deny")
    denied = await rig.app(lambda app: condition(app, "ComparisonError"))
    assert "the project refuses them" in condition(denied, "ComparisonError")
    assert condition(denied, "PlaintextSecretWarning") is None

    rig.repo.plaintext = ()
    await annotate(sops="allow")
    clean = await rig.app(
        lambda app: (
            not condition(app, "ComparisonError")
            and (app.get("status") or {}).get("sync", {}).get("status") == "Synced"
        )
    )
    assert condition(clean, "PlaintextSecretWarning") is None
    assert rig.repo.asked[-1].decrypt
