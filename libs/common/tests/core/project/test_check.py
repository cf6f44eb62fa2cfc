"""AppProjects that may be stored, and those that break a rule (behaviour.md section 9)."""

import pytest

from plumbline.core import errors, model, project


def checked(**spec):
    tree = {"metadata": {"name": "team"}, "spec": spec}
    project.check_project(model.decode_project(tree))


def refused(**spec):
    with pytest.raises(errors.InvalidArgument) as caught:
        checked(**spec)
    return caught.value.message


def role(name="dev", *policies, **fields):
    return [{"name": name, "policies": list(policies), **fields}]


@pytest.mark.parametrize(
    "policy",
    [
        "p, proj:team:dev, applications, get, team/*, allow",
        "p, proj:team:dev, applications, sync, team/ns/app, deny",
        "p, proj:team:dev, applications, action/apps/Deployment/restart, team/app, allow",
        "p, proj:team:dev, applications, update/*, team/*, allow",
        "p, proj:team:dev, applicationsets, *, team/*, allow",
        "p, proj:team:dev, repositories, create, team/https://h/*, allow",
        "p, proj:team:dev, clusters, get, team/https://h:6443, allow",
        "p,proj:team:dev,logs,get,team/*,allow",
        "p, proj:team:dev, exec, create, team/*, allow",
    ],
)
def test_a_policy_of_the_role_itself_is_taken(policy):
    """All six resources, actions with their parts, objects of the project."""
    checked(roles=role("dev", policy))


@pytest.mark.parametrize(
    ("policy", "word"),
    [
        ("p, proj:other:dev, applications, get, team/*, allow", "subject must be"),
        ("p, proj:team:ops, applications, get, team/*, allow", "subject must be"),
        ("p, role:admin, applications, get, team/*, allow", "subject must be"),
        ("p, proj:team:dev, projects, update, team/*, allow", "resource must be one of"),
        ("p, proj:team:dev, accounts, update, team/*, allow", "resource must be one of"),
        ("p, proj:team:dev, applications, rule, team/*, allow", "action 'rule'"),
        ("p, proj:team:dev, applications, get, *, allow", "object must be of the form"),
        ("p, proj:team:dev, applications, get, */*, allow", "object must be of the form"),
        ("p, proj:team:dev, applications, get, teams/*, allow", "object must be of the form"),
        ("p, proj:team:dev, applications, get, team/, allow", "object must be of the form"),
        ("p, proj:team:dev, applications, get, team/*, maybe", "effect must be"),
        ("p, proj:team:dev, applications, get, team/*", "it must be 'p, subject"),
        ("g, mallory, role:admin", "it must be 'p, subject"),
        ("p, proj:team:dev, applications, get, team/*, allow, x", "it must be 'p, subject"),
        (
            "p, proj:team:dev, applications, get, team/*, allow\ng, mallory, role:admin",
            "line break",
        ),
        ('p, "proj:team:dev", applications, get, team/*, allow', "quotation mark"),
    ],
)
def test_a_policy_that_reaches_beyond_its_role_is_refused(policy, word):
    """A project's administrator must not become one of everything."""
    assert word in refused(roles=role("dev", policy))


@pytest.mark.parametrize("name", ["", "-a", "a-", "a b", "a:b", "a,b", "a\nb", "ä", "a/b"])
def test_a_role_has_a_plain_name(name):
    """It becomes part of a policy's subject."""
    assert "invalid role name" in refused(roles=role(name))


def test_nothing_is_given_twice():
    """Roles, policies, groups, sources, destinations, namespaces."""
    policy = "p, proj:team:dev, applications, get, team/*, allow"
    text = refused(
        roles=[*role("dev", policy, policy, groups=["g", "g"]), {"name": "dev"}],
        sourceRepos=["*", "*"],
        sourceNamespaces=["a", "a"],
        destinations=[{"server": "*", "namespace": "a"}] * 2,
        destinationServiceAccounts=[
            {"server": "*", "namespace": "a", "defaultServiceAccount": n} for n in ("x", "y")
        ],
    )

    for what in (
        "role 'dev'",
        f"policy of role dev '{policy}'",
        "group of role dev 'g'",
        "source repository '*'",
        "source namespace 'a'",
        "destination '*/a'",
        "destination service account of '* a'",
    ):
        assert f"{what} is given twice" in text


@pytest.mark.parametrize("group", ["", " ", "a,b", "a\nb"])
def test_a_group_cannot_hold_a_policy_of_its_own(group):
    """It becomes a line of the policy."""
    assert "has a group that" in refused(roles=role(groups=[group]))


@pytest.mark.parametrize("field", ["server", "name", "namespace"])
def test_denying_everything_is_no_destination(field):
    """``!*`` is a mistake."""
    rule = {"server": "*", "namespace": "*", field: "!*"}
    assert f"{field} has an invalid format, '!*'" in refused(destinations=[rule])
    checked(destinations=[{"server": "*", "namespace": "!kube-system"}])


@pytest.mark.parametrize("account", ["", "!x", "a*", "[x]", "{x}", "a\\b", "a/b", "a:b:c", ":a"])
def test_a_service_account_is_a_name(account):
    """No pattern, no path (security.md: impersonation)."""
    refused(
        destinationServiceAccounts=[
            {"server": "*", "namespace": "*", "defaultServiceAccount": account}
        ]
    )
    checked(
        destinationServiceAccounts=[
            {"server": "*", "namespace": "a", "defaultServiceAccount": "deployer"},
            {"server": "*", "namespace": "b", "defaultServiceAccount": "ns:deployer"},
        ]
    )


def test_windows_are_checked_with_their_texts():
    """core.windows knows them."""
    window = {"kind": "sometimes", "schedule": "* * * * *", "duration": "1h"}
    expected = "kind 'sometimes' mismatch: can only be allow or deny"
    assert expected == refused(syncWindows=[window])


def test_keys_and_expressions_are_readable():
    """Signature keys, gpg modes, regular expressions of namespaces."""
    integrity = {"git": {"policies": [{"gpg": {"mode": "some", "keys": ["x"]}}]}}
    text = refused(
        signatureKeys=[{"keyID": "x"}],
        sourceIntegrity=integrity,
        sourceNamespaces=["/[/"],
        sourceRepos=["!*"],
        destinations=[{"namespace": "a"}],
    )
    for word in (
        "signature key 'x'",
        "gpg mode 'some'",
        "'x' is not a key id",
        "is no regular expression",
        "source repository has an invalid format",
        "names neither server nor name",
    ):
        assert word in text
    checked(signatureKeys=[{"keyID": "4AEE18F83AFDEB23"}], sourceNamespaces=["/^a.*$/"])


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("{}", ["base", "more"]),
        ("{matchLabels: {tier: gold}}", ["base", "more"]),
        ("{matchLabels: {tier: lead}}", []),
        ("{matchExpressions: [{key: tier, operator: In, values: [gold]}]}", ["base", "more"]),
        ("{matchExpressions: [{key: tier, operator: NotIn, values: [gold]}]}", []),
        ("{matchExpressions: [{key: absent, operator: NotIn, values: [x]}]}", ["base", "more"]),
        ("{matchExpressions: [{key: tier, operator: Exists}]}", ["base", "more"]),
        ("{matchExpressions: [{key: tier, operator: DoesNotExist}]}", []),
    ],
)
def test_global_projects_are_chosen_by_labels(selector, names):
    """In the setting's order, never the project itself, never one that does not exist."""

    def named(name, **labels):
        return model.decode_project({"metadata": {"name": name, "labels": labels}})

    mine = named("mine", tier="gold")
    everything = [mine, named("base"), named("more")]
    items = [
        f"{{projectName: {n}, labelSelector: {selector}}}"
        for n in ("base", "mine", "absent", "more")
    ]

    entries = project.parse_global_projects(f"[{', '.join(items)}]")
    found = project.inherited_projects(mine, everything, entries)

    assert names == [p.metadata.name for p in found]
    assert [] == project.inherited_projects(mine, everything, project.parse_global_projects(""))


@pytest.mark.parametrize(
    "setting",
    ["x", "{a: b}", "[1]", "[{projectName: b, labelSelector: 1}]",
     "[{projectName: b, labelSelector: {matchExpressions: [{key: a, operator: Is}]}}]"],
)  # fmt: skip
def test_an_unreadable_setting_is_an_error_that_names_it(setting):
    """Inheriting nothing instead would take permissions away silently."""
    with pytest.raises(errors.InvalidArgument, match="globalProjects"):
        project.parse_global_projects(setting)


def test_a_whole_project_has_what_it_inherits_and_itself_stays():
    """Lists are joined; a black list of the global project takes away."""
    mine = model.decode_project(
        {"metadata": {"name": "a"}, "spec": {"clusterResourceWhitelist": [{"kind": "*"}]}}
    )
    base = model.decode_project(
        {"metadata": {"name": "b"}, "spec": {"clusterResourceBlacklist": [{"kind": "Node"}]}}
    )
    entries = project.parse_global_projects("[{projectName: b}]")

    whole = project.whole_project(mine, [mine, base], entries)

    node = model.GroupKind("", "Node")
    assert project.permits_resource(mine, node, namespaced=False, name="n")
    assert not project.permits_resource(whole, node, namespaced=False, name="n")
    assert mine is project.whole_project(mine, [mine, base], ())
