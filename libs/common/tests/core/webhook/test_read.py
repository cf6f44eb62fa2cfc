"""Payloads of every provider, genuine and not, and what they tell.

``testdata/deliveries.json`` holds small requests, written from the providers' documentation.
"""

import base64
import hashlib
import hmac
import json
import pathlib

import pytest

from plumbline.core import errors, webhook
from plumbline.core.secret import Secret

CASES = json.loads((pathlib.Path(__file__).parent / "testdata" / "deliveries.json").read_text())
BY_NAME = {case["name"]: case for case in CASES}
CANARY = "canary-4f1d"
SECRETS = webhook.Secrets(
    github=Secret(CANARY),
    gitlab=Secret(CANARY),
    gogs=Secret(CANARY),
    bitbucket_uuid=Secret("{2a4c1ad3-9f0c-4b8a-8f3b-6c3e5a1d7e11}"),
    bitbucket_server=Secret(CANARY),
    azure_username=Secret("user"),
    azure_password=Secret(CANARY),
    harbor=Secret(CANARY),
)
WITHOUT_PROOF = ("bitbucket-server-ping",)


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def proof(kind, body, secret=CANARY):
    """The headers with which a provider proves itself."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    pair = base64.b64encode(f"user:{secret}".encode()).decode()
    return {
        None: {},
        "github": {"x-hub-signature-256": f"sha256={digest}", "x-hub-signature": "sha1=0"},
        "gitlab": {"x-gitlab-token": secret},
        "gogs": {"x-gogs-signature": digest},
        "bitbucket": {},
        "bitbucket_server": {"x-hub-signature": f"sha256={digest}"},
        "azure": {"authorization": f"Basic {pair}"},
        "harbor": {"authorization": secret},
    }[kind]


def read(headers, body, secrets=SECRETS):
    return webhook.read(webhook.identify(headers, secrets), headers, body, secrets)


def expected(case):
    return tuple(
        webhook.Hint(
            urls=tuple(hint.pop("urls")),
            changed_files=frozenset(files) if (files := hint.pop("changed_files", None)) else None,
            **hint,
        )
        for hint in json.loads(json.dumps(case["hints"]))
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_genuine_request_is_read(case):
    """Repository, ref, commits and files, as the provider names them."""
    body = json.dumps(case["body"]).encode()
    headers = lower(case["headers"]) | proof(case["secret"], body)
    assert expected(case) == read(headers, body)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["secret"] != "harbor"], ids=lambda case: case["name"]
)
def test_without_a_secret_it_is_believed(case):
    """A hint does no more than a poll."""
    body = json.dumps(case["body"]).encode()
    assert expected(case) == read(lower(case["headers"]), body, webhook.Secrets())


TOKENS = ("gitlab", "azure", "harbor", "bitbucket")
"""Providers whose proof says nothing of the bytes."""


@pytest.mark.parametrize(
    ("case", "how"),
    [
        pytest.param(case, how, id=f"{case['name']}-{how}")
        for case in CASES
        for how in ("nothing", "wrong secret", "other bytes", "not ascii")
        if case["name"] not in WITHOUT_PROOF
        and not (how == "other bytes" and case["secret"] in TOKENS)
    ],
)
def test_with_a_secret_it_must_be_proved(case, how):
    """No proof, or one of another secret or other bytes, is refused without a word of either."""
    body = json.dumps(case["body"]).encode()
    headers = lower(case["headers"])
    if how == "wrong secret":
        headers |= proof(case["secret"], body, "guess")
    elif how == "other bytes":
        headers |= proof(case["secret"], body)
        body += b" "
    elif how == "not ascii":
        headers |= dict.fromkeys(proof(case["secret"], body), "sha256=\udc80é")
    if case["secret"] == "bitbucket":
        headers["x-hook-uuid"] = "2a4c1ad3-0000-4b8a-8f3b-6c3e5a1d7e11"
    if case["secret"] == "harbor" and how == "nothing":
        headers["authorization"] = "x"
    with pytest.raises(errors.Unauthenticated) as caught:
        read(headers, body)
    of_registry = case["name"].startswith(("harbor", "github-package"))
    text = "Unauthorized" if of_registry else "Webhook processing failed"
    assert text == caught.value.message


def test_sha1_proves_nothing():
    """Also a right one."""
    case = BY_NAME["github-push"]
    body = json.dumps(case["body"]).encode()
    digest = hmac.new(CANARY.encode(), body, hashlib.sha1).hexdigest()
    headers = lower(case["headers"]) | {"x-hub-signature": f"sha1={digest}"}
    with pytest.raises(errors.Unauthenticated):
        read(headers, body)


@pytest.mark.parametrize("missing", ["azure_username", "azure_password"])
def test_half_a_basic_credential_is_a_credential(missing):
    """A forgotten key does not open the door."""
    fields = {
        "azure_username": Secret("user"),
        "azure_password": Secret(CANARY),
        missing: Secret(""),
    }
    case = BY_NAME["azure-devops-push"]
    with pytest.raises(errors.Unauthenticated):
        read(lower(case["headers"]), json.dumps(case["body"]).encode(), webhook.Secrets(**fields))


@pytest.mark.parametrize(
    ("headers", "provider"),
    [
        (["X-Vss-Activityid", "X-Gogs-Event", "X-GitHub-Event"], webhook.Provider.AZURE_DEVOPS),
        (["X-GitHub-Event", "X-Gogs-Event"], webhook.Provider.GOGS),
        (["X-Gitlab-Event", "X-GitHub-Event"], webhook.Provider.GITHUB),
        (["X-Hook-UUID", "X-Event-Key"], webhook.Provider.BITBUCKET),
        (["X-Event-Key"], webhook.Provider.BITBUCKET_SERVER),
        (["Authorization"], webhook.Provider.HARBOR),
    ],
)
def test_the_provider_is_told_by_its_header(headers, provider):
    """In the contract's order."""
    events = {"X-Event-Key": "repo:push" if "X-Hook-UUID" in headers else "repo:refs_changed"}
    given = {name.lower(): events.get(name, "push") for name in headers}
    assert provider == webhook.identify(given, SECRETS).provider


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "x"},
        {"x-github-event": "issues"},
        {"x-github-event": ""},
        {"x-gitlab-event": "Note Hook"},
        {"x-event-key": "pr:opened"},
        {"x-hook-uuid": "u"},
        {"x-gitea-event": "push"},
    ],
)
def test_others_are_unknown(headers):
    """Also events we take nothing from."""
    with pytest.raises(errors.InvalidArgument, match=r"\AUnknown webhook event\Z"):
        webhook.identify(headers, webhook.Secrets())


def change(name, path, value):
    """A sample with one place changed."""
    body = json.loads(json.dumps(BY_NAME[name]["body"]))
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return lower(BY_NAME[name]["headers"]), json.dumps(body).encode()


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("bitbucket-server-push", ["repository", "links", "clone"], "boom"),
        ("bitbucket-server-push", ["repository", "links"], None),
        ("bitbucket-server-push", ["repository", "links"], {}),
        ("bitbucket-server-push", ["changes"], []),
        ("bitbucket-push", ["push", "changes"], []),
        ("bitbucket-push", ["push"], None),
        ("gogs-push", ["repository"], None),
        ("gitea-push", ["commits"], [None]),
        ("azure-devops-push", ["resource", "refUpdates"], []),
        ("azure-devops-push", ["eventType"], "git.pullrequest.created"),
        ("github-push", ["ref"], ""),
        ("github-push", ["ref"], "refs/heads/a\nb"),
        ("github-push", ["ref"], "refs/heads/a\0"),
        ("github-push", ["ref"], "x" * 513),
        ("github-push", ["ref"], 10**400),
        ("github-push", ["repository", "html_url"], ""),
        ("github-push", ["repository", "html_url"], "x" * 2049),
        ("github-push", ["commits"], {"a": 1}),
        ("gitlab-push", ["project"], None),
        ("gitlab-system-hook", ["refs"], []),
    ],
)
def test_what_is_malformed_is_refused(name, path, value):
    """The payloads that stopped others, and their like."""
    headers, body = change(name, path, value)
    with pytest.raises(errors.InvalidArgument):
        read(headers, body, webhook.Secrets())


def test_too_many_files_are_no_list():
    """The search through them would cost more than the look."""
    commit = {"added": [f"f{i}" for i in range(3001)], "modified": None, "removed": None}
    headers, body = change("github-push", ["commits"], [commit])
    assert [None] == [hint.changed_files for hint in read(headers, body, webhook.Secrets())]


def test_too_many_refs_are_any_ref():
    """One hint for the whole repository."""
    headers, body = change("gitlab-system-hook", ["refs"], [f"refs/tags/{i}" for i in range(101)])
    hints = read(headers, body, webhook.Secrets())
    assert [("", True)] == [(hint.ref, hint.default_branch) for hint in hints]


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("plain \n", "plain"),
        ("$hook", "inner"),
        ("$hook\n", "inner"),
        ("$other:token", "outer"),
        ("$other:none", "$other:none"),
        ("$none", "$none"),
        ("$", "$"),
        ("", ""),
    ],
)
def test_references_to_other_values(value, resolved):
    """``$key`` of argocd-secret, ``$name:key`` of another Secret; else the text itself."""
    stored = {("argocd-secret", "hook"): "inner", ("other", "token"): "outer\n"}

    def lookup(name, key):
        found = stored.get((name, key))
        return None if found is None else Secret(found)

    assert resolved == webhook.resolve(Secret(value), lookup).reveal()
