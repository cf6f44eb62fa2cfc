"""Permissions of callers: own account, roles of projects, texts, what is hidden."""

import json

import pytest

from plumbline.api_server.control import Control
from plumbline.api_server.permissions import Permissions, hidden
from plumbline.api_server.projects import Projects
from plumbline.api_server.sessions import Caller
from plumbline.core import errors
from plumbline.kube.informer import Lens, Meta

POLICY = """
p, role:dev, applications, get, p/*, allow
p, role:dev, applications, update/apps/*/*/*, p/*, allow
p, bob, applications, update, p/*, allow
g, team, role:dev
"""


def project(*policies, groups=()):
    role = {"name": "ci", "policies": list(policies), "groups": list(groups)}
    return json.dumps({"metadata": {"name": "p"}, "spec": {"roles": [role]}}).encode()


@pytest.fixture
def projects():
    found = Projects()
    line = "p, proj:p:ci, applications, sync, p/*, allow"
    found.upsert(Lens(Meta(name="p")), project(line, groups=["ops"]))
    return found


@pytest.fixture
def control():
    found = Control()
    found.take_map("argocd-rbac-cm", {"policy.csv": POLICY})
    return found


@pytest.fixture
def permissions(control, projects):
    return Permissions(control, projects)


def local(name="alice", kind="login"):
    return Caller(subject=name, kind=kind, issued_at=0)


@pytest.mark.parametrize(
    ("who", "action", "target", "want"),
    [
        (local(), "get", "alice", True),
        (local(kind="apiKey"), "update", "alice", True),
        (local(), "get", "bob", False),
        (local(), "delete", "alice", False),
        (Caller(subject="alice", kind="sso"), "get", "alice", False),
        (Caller(subject="proj:p:ci", kind="project"), "get", "proj:p:ci", False),
        (Caller(kind="anonymous"), "get", "", False),
        (local("admin"), "update", "bob", True),
        (Caller(subject="admin", kind="sso"), "update", "bob", False),
        (Caller(subject="role:admin", kind="sso"), "update", "bob", False),
    ],
)
def test_accounts(permissions, who, action, target, want):
    """A local account acts on itself; no SSO user is taken for one, nor for a role."""
    assert want is permissions.allows("accounts", action, target, who=who)


@pytest.mark.parametrize(
    ("who", "action", "target", "want"),
    [
        (Caller(subject="u", kind="sso", groups=("team",)), "get", "p/a", True),
        (Caller(subject="u", kind="sso", groups=("team",)), "get", "p/ns/a", True),
        (Caller(subject="u", kind="sso", groups=("team",)), "get", "q/a", False),
        (Caller(subject="u", kind="sso", groups=("ops",)), "sync", "p/a", True),
        (Caller(subject="u", kind="sso", groups=("ops",)), "sync", "q/a", False),
        (Caller(subject="u", kind="sso", groups=("role:admin", "admin")), "sync", "p/a", False),
        (Caller(subject="proj:p:ci", kind="project"), "sync", "p/a", True),
        (Caller(subject="proj:p:ci", kind="project"), "get", "p/a", False),
        (Caller(subject="proj:p:other", kind="project"), "sync", "p/a", False),
        (Caller(subject="proj:p:ci", kind="sso"), "sync", "p/a", False),
    ],
)
def test_applications(permissions, who, action, target, want):
    """Groups by policy.csv and by the project's roles, tokens of the project."""
    assert want is permissions.allows("applications", action, target, who=who)


def test_a_role_sees_its_project(permissions):
    """projects, get, implied."""
    who = Caller(subject="proj:p:ci", kind="project")
    assert permissions.allows("projects", "get", "p", who=who)
    assert not permissions.allows("projects", "get", "q", who=who)


def test_a_change_of_a_project_counts_at_once(permissions, projects):
    """Roles that are taken away, projects that are gone."""
    who = Caller(subject="proj:p:ci", kind="project")
    assert permissions.allows("applications", "sync", "p/a", who=who)
    projects.upsert(Lens(Meta(name="p")), project())
    assert not permissions.allows("applications", "sync", "p/a", who=who)
    assert permissions.allows("projects", "get", "p", who=who)
    projects.remove(Lens(Meta(name="p")))
    assert not permissions.allows("projects", "get", "p", who=who)


def test_a_change_of_the_policy_counts_at_once(permissions, control):
    """argocd-rbac-cm."""
    who = Caller(subject="u", kind="sso", groups=("team",))
    assert permissions.allows("applications", "get", "p/a", who=who)
    control.take_map("argocd-rbac-cm", {})
    assert not permissions.allows("applications", "get", "p/a", who=who)


@pytest.mark.parametrize(
    ("who", "want"),
    [
        (
            Caller(subject="bob", kind="login", issued_at=1_767_323_045),
            "permission denied: applications, sync, p/a, sub: bob, iat: 2026-01-02T03:04:05Z",
        ),
        (Caller(kind="anonymous"), "permission denied: applications, sync, p/a"),
    ],
)
def test_refusals_have_the_contracts_text(permissions, who, want):
    """Resource, action, object, subject, time."""
    with pytest.raises(errors.PermissionDenied) as caught:
        permissions.require("applications", "sync", "p/a", who=who)
    assert want == caught.value.message


def test_nobody_is_not_a_caller(permissions):
    """Without an identity there is no permission to ask for."""
    with pytest.raises(errors.Unauthenticated, match="no session information"):
        permissions.allows("applications", "get", "p/a")


@pytest.mark.parametrize(
    ("inherit", "who", "want"),
    [
        ("true", "bob", False),
        ("false", "bob", True),
        ("false", "team", True),
        ("true", "team", True),
    ],
)
def test_rights_on_parts_of_an_application(permissions, control, acting, inherit, who, want):
    """Fine-grained rights, and those that an application's own right implies when set so."""
    control.take_map(
        "argocd-cm", {"server.rbac.disableApplicationFineGrainedRBACInheritance": inherit}
    )
    groups = ("team",) if who == "team" else ()
    acting(Caller(subject=who, kind="sso", groups=groups))

    part = ("apps", "Deployment", "ns", "web")
    assert want is permissions.allows_part("update", "p/a", part)
    assert not permissions.allows_part("delete", "p/a", part)


@pytest.mark.parametrize("given", ["", "p"])
def test_what_is_forbidden_and_what_is_absent_look_the_same(permissions, acting, given):
    """Bare without a project; not found with one."""
    acting(Caller(subject="eve", kind="sso"))
    texts = []
    for found in (object(), None):
        absent = hidden("applications.argoproj.io", "a", project=given)
        with pytest.raises(errors.PlumblineError) as caught:
            permissions.visible(found, "applications", "p/a", absent)
        texts.append((type(caught.value), caught.value.message))

    assert texts[0] == texts[1]
    want = 'applications.argoproj.io "a" not found' if given else "permission denied"
    assert want == texts[0][1]


def test_what_may_be_seen_is_returned(permissions, acting):
    """The object itself."""
    acting(Caller(subject="u", kind="sso", groups=("team",)))
    thing = object()
    absent = hidden("applications.argoproj.io", "a")
    assert thing is permissions.visible(thing, "applications", "p/a", absent)
