"""argocd-cm and argocd-rbac-cm as the api-server reads them."""

import pytest

from plumbline.core import installation


def test_an_empty_map_gives_the_contracts_defaults():
    """config.md section 1."""
    found, problems = installation.read({})

    assert installation.Installation() == found
    assert [] == problems
    assert (86_400, "^.{8,32}$", False, "", True, True) == (
        found.session_seconds,
        found.password_pattern,
        found.anonymous,
        found.help.chat_text,
        found.analytics_anonymous,
        found.resource_view,
    )
    assert not found.fine_grained_inheritance
    assert not found.sso


def test_values():
    """One of each kind."""
    found, problems = installation.read(
        {
            "url": "https://cd.example.com/",
            "additionalUrls": "- https://a\n- https://b",
            "users.anonymous.enabled": "true",
            "users.session.duration": "90m",
            "passwordPattern": "^[a-z]+$",
            "oidc.config": "name: Okta\nissuer: https://i",
            "help.chatUrl": "https://chat",
            "help.download.linux-amd64": "https://dl",
            "help.download.plan9": "https://no",
            "ui.bannercontent": "hello",
            "ui.bannerpermanent": "true",
            "ui.view.resources.disabled": "true",
            "kustomize.path.v5": "/bin/k5",
            "kustomize.buildOptions.v5": "--x",
            "server.rbac.disableApplicationFineGrainedRBACInheritance": "false",
            "server.rbac.rollback.enforce.enable": "1",
            "resource.customizations": "apps/Deployment:\n  health.lua: old\n  actions: a",
            "resource.customizations.health.apps_Deployment": "new",
            "resource.customizations.useOpenLibs.ConfigMap": "true",
            "resource.customizations.ignoreDifferences.all": "jsonPointers: [/a]",
        }
    )

    assert [] == problems
    assert ("https://cd.example.com", ("https://a", "https://b")) == (
        found.url,
        found.additional_urls,
    )
    assert (True, 5400, "^[a-z]+$") == (
        found.anonymous,
        found.session_seconds,
        found.password_pattern,
    )
    assert found.sso
    assert (
        installation.Help("https://chat", "Chat now!", {"linux-amd64": "https://dl"}) == found.help
    )
    assert installation.Banner("hello", "", permanent=True) == found.banner
    assert {"v5": ("/bin/k5", "--x")} == found.kustomize_versions
    assert (True, True, False) == (
        found.fine_grained_inheritance,
        found.rollback_enforced,
        found.resource_view,
    )
    assert {
        "apps/Deployment": {"health.lua": "new", "actions": "a"},
        "ConfigMap": {"health.lua.useOpenLibs": True},
        "*/*": {"ignoreDifferences": "jsonPointers: [/a]"},
    } == found.overrides


@pytest.mark.parametrize(
    "key",
    [
        "additionalUrls",
        "users.session.duration",
        "passwordPattern",
        "oidc.config",
        "dex.config",
        "resource.customizations",
        "server.rbac.rollback.enforce.enable",
    ],
)
def test_what_cannot_be_read_is_reported_by_its_key(key):
    """The default is in force, and the value is not repeated."""
    found, problems = installation.read({key: "{canary: (?=["})

    assert installation.Installation() == found
    assert 1 == len(problems)
    assert problems[0].startswith(f"argocd-cm: {key} ")
    assert "canary" not in problems[0]


def test_sign_on_is_off_without_an_address():
    """url is where the provider sends users back."""
    assert not installation.read({"oidc.config": "name: x"})[0].sso


GET = ("applications", "get", "p/a")


def test_policies_are_read_in_their_order_with_overlays():
    """policy.csv, policy.*.csv, policy.default, scopes, policy.matchMode."""
    found, problems = installation.read_rbac(
        {
            "policy.csv": "p, role:a, applications, get, p/*, allow\nnonsense",
            "policy.team.csv": "g, bob, role:a",
            "policy.other": "g, eve, role:a",
            "policy.default": "role:none",
            "scopes": "[groups, email]",
        }
    )

    assert found.enforcer.enforce("bob", GET)
    assert not found.enforcer.enforce("eve", GET)
    assert ("groups", "email") == found.scopes
    assert 1 == len(problems)
    assert problems[0].startswith("argocd-rbac-cm: policy.csv: line 2 ")


def test_unreadable_rbac_settings_are_reported():
    """Globs and the claim groups stay in force."""
    found, problems = installation.read_rbac(
        {
            "policy.csv": "p, bob, applications, get, p/*, allow",
            "policy.matchMode": "magic",
            "scopes": "{",
        }
    )

    assert found.enforcer.enforce("bob", GET)
    assert ("groups",) == found.scopes
    assert 2 == len(problems)


def test_regex_mode_is_taken():
    """policy.matchMode: regex."""
    found, _ = installation.read_rbac(
        {"policy.csv": "p, bob, .*, (get|sync), ^p/, allow", "policy.matchMode": "regex"}
    )
    assert found.enforcer.enforce("bob", GET)
