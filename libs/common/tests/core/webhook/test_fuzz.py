"""Whatever comes in, nothing but two errors of ours goes out (security.md, P21)."""

import json
import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.core import errors, webhook
from plumbline.core.secret import Secret

CASES = json.loads((pathlib.Path(__file__).parent / "testdata" / "deliveries.json").read_text())
HARBOR = webhook.Secrets(harbor=Secret("h"))
HEADERS = [
    {name.lower(): value for name, value in case["headers"].items()} | {"authorization": "h"}
    for case in CASES
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**18, 10**40)
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["\0", "refs/heads/x", "https://[::1", "http://a/b\x00", "oci://", "0" * 40])
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def attempt(headers, body, secrets):
    """Return the hints and no message, or no hints and the message of an error of ours."""
    try:
        return webhook.read(webhook.identify(headers, secrets), headers, body, secrets), ""
    except (errors.InvalidArgument, errors.Unauthenticated) as error:
        return (), error.message


def take(headers, body):
    """Read, look at the hints as the service does, and let nothing but our errors be normal."""
    hints, message = attempt(headers, body, HARBOR)
    assert message in ("", "Unknown webhook event", "Webhook processing failed", "Unauthorized")
    index = webhook.Index([webhook.Watched(("n", "a"), "https://github.com/Acme/Shop", "HEAD")])
    for hint in hints:
        assert hint.ref.isprintable()
        index.affected(hint)


@st.composite
def mutated(draw):
    """A sample in which up to three places hold something else, or are gone."""
    case = draw(st.sampled_from(CASES))
    body = json.loads(json.dumps(case["body"]))
    for _ in range(draw(st.integers(1, 3))):
        place = body
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and draw(st.booleans()):
                place = place[key]
                continue
            if draw(st.booleans()):
                place[key] = draw(trees)
            else:
                del place[key]
            break
    headers = {name.lower(): value for name, value in case["headers"].items()}
    return headers | {"authorization": "h"}, json.dumps(body).encode()


@settings(deadline=None, max_examples=400)
@given(mutated())
def test_samples_with_wrong_parts(request):
    """Plausible payloads."""
    take(*request)


@settings(deadline=None, max_examples=200)
@given(headers=st.sampled_from(HEADERS), body=st.binary() | trees.map(json.dumps).map(str.encode))
def test_random_bytes_and_random_json(headers, body):
    """Implausible ones."""
    take(headers, body)


@settings(deadline=None, max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                *{name for headers in HEADERS for name in headers},
                "x-hub-signature",
                "x-hub-signature-256",
                "x-gogs-signature",
                "x-gitlab-token",
            ]
        ),
        st.text(st.characters()) | st.just("Basic ===") | st.just("push"),
    )
)
def test_random_headers(headers):
    """With every secret set."""
    secrets = webhook.Secrets(
        **dict.fromkeys(
            ["github", "gitlab", "gogs", "bitbucket_uuid", "bitbucket_server", "harbor"],
            Secret("canary-é"),
        ),
        azure_username=Secret("u"),
        azure_password=Secret("canary-é"),
    )
    _, message = attempt(headers, b"{}", secrets)
    assert message in ("Unknown webhook event", "Webhook processing failed", "Unauthorized", "")


@pytest.mark.parametrize("headers", HEADERS, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"\xff\xfe{}",
        b'{"ref": "\xff"}',
        b"[" * 100_000,
        b'{"repository":' * 100_000,
        b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"ref": ' + b"9" * 100_000 + b"}",
        b'{"ref": "a", "ref": {"b": 1}}',
        b'{"ref": "\\ud800"}',
    ],
    ids=range(10),
)
def test_what_stops_parsers(headers, body):
    """Deep nesting, endless numbers, broken UTF-8, half a surrogate."""
    take(headers, body)
