"""Roles of a project: their lines count for that project only, and cannot stop the server."""

import pytest

from plumbline.core import model, rbac

SYNC = ("applications", "sync", "p/a")


def role(*policies, name="ci", groups=()):
    return model.ProjectRole(name=name, policies=list(policies), groups=list(groups))


def allows(policy, request=SYNC, subject="proj:p:ci", mode="glob", **options):
    return rbac.Enforcer([], mode=mode).enforce(subject, request, project=policy, **options)


def test_a_role_gives_its_token_what_it_lists_and_its_project():
    """The p lines, and the implicit projects get."""
    policy = rbac.project_policy("p", [role("p, proj:p:ci, applications, sync, p/*, allow")])

    assert allows(policy)
    assert allows(policy, ("projects", "get", "p"))
    assert not allows(policy, ("projects", "get", "pp"))
    assert not allows(policy, ("applications", "get", "p/a"))
    assert not allows(policy, subject="proj:p:other")
    assert not allows(None)


def test_groups_have_the_role():
    """groups become g lines, for groups of tokens and for users."""
    policy = rbac.project_policy(
        "p", [role("p, proj:p:ci, applications, sync, p/*, allow", groups=["team"])]
    )

    assert allows(policy, subject="bob", groups=["team"])
    assert not allows(policy, subject="bob", groups=["others"])
    assert not allows(policy, ("applications", "sync", "q/a"), subject="bob", groups=["team"])


@pytest.mark.parametrize(
    "line",
    [
        "p, role:readonly, applications, sync, p/*, allow",
        "p, bob, applications, sync, p/*, allow",
        "p, proj:q:ci, applications, sync, p/*, allow",
        "p, proj:p:ci, accounts, update, p/*, allow",
        "p, proj:p:ci, *, *, p/*, allow",
        "p, proj:p:ci, applications, sync, *, allow",
        "p, proj:p:ci, applications, sync, {p,q}/*, allow",
        "p, proj:p:ci, applications, sync, [p]/a, allow",
        "g, bob, role:admin",
        "g, proj:p:ci, role:admin",
        "nonsense",
    ],
)
def test_lines_about_anything_else_are_not_taken(line):
    """Whoever may edit one project gains nothing elsewhere."""
    policy = rbac.project_policy("p", [role(line)])

    assert 1 == len(policy.rules)
    assert () == policy.groups
    assert policy.problems
    for subject in ("bob", "proj:p:ci", "proj:q:ci"):
        assert not allows(policy, subject=subject)


def test_a_regex_cannot_reach_beyond_the_project():
    """In regex mode an expression may match any text; the scope still holds."""
    policy = rbac.project_policy("p", [role("p, proj:p:ci, applications, sync, p/|.*, allow")])

    assert allows(policy, mode="regex")
    assert not allows(policy, ("applications", "sync", "q/a"), mode="regex")


@pytest.mark.parametrize("mode", ["glob", "regex"])
def test_hostile_patterns_cost_little(mode):
    """A thousand costly patterns: beyond the budget they count as unreadable (timeout judges)."""
    costly = "p/(a?){400}" + "a" * 400 + "$" if mode == "regex" else "p/" + "{a,b}?" * 300
    lines = [f'p, proj:p:ci, applications, sync, "{costly}{n}", allow' for n in range(1_000)]
    policy = rbac.project_policy("p", [role(*lines)])

    for number in range(3):
        assert not allows(policy, ("applications", "sync", f"p/{'a' * 500}{number}x"), mode=mode)


def test_a_deny_beyond_the_budget_denies():
    """Unreadable denies match everything; cheap ones are read however many there are."""
    allow = "p, proj:p:ci, applications, sync, p/*, allow"
    costly = [f'p, proj:p:ci, applications, sync, "p/{"?" * 1000}{n}", deny' for n in range(20)]
    cheap = [f"p, proj:p:ci, applications, sync, p/x-{n}-*, deny" for n in range(2_000)]

    assert not allows(rbac.project_policy("p", [role(allow, *costly)]))
    assert allows(rbac.project_policy("p", [role(allow, *costly[:2])]))
    assert allows(rbac.project_policy("p", [role(allow, *cheap)]))
    assert not allows(
        rbac.project_policy("p", [role(allow, *cheap)]), ("applications", "sync", "p/x-1999-a")
    )


def test_many_usual_expressions_are_within_the_budget():
    """Hundreds of rules of a project in regex mode, each looked at for the first time."""
    lines = [f"p, proj:p:ci, applications, (get|sync), p/team-{n}-.*$, allow" for n in range(300)]
    policy = rbac.project_policy("p", [role(*lines)])

    assert allows(policy, ("applications", "sync", "p/team-299-web"), mode="regex")
    assert not allows(policy, ("applications", "sync", "p/team-300-web"), mode="regex")


def test_a_decision_that_would_take_too_long_is_no():
    """Also where another line allows: the costly one might deny. Others are not touched."""
    costly = "p/(a?){400}" + "a" * 400 + "$"
    lines = [
        "p, proj:p:ci, applications, sync, p/.*, allow",
        f'p, proj:p:ci, applications, sync, "{costly}", deny',
    ]
    policy = rbac.project_policy("p", [role(*lines)])

    assert not allows(policy, ("applications", "sync", "p/" + "a" * 500 + "x"), mode="regex")
    made = rbac.Enforcer([], mode="regex")
    assert made.enforce("admin", ("applications", "sync", "p/" + "a" * 500), project=policy)
