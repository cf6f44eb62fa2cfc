"""Which certificate the users' port shows."""

import base64
import datetime as dt

import pytest
from cryptography import x509

from plumbline.api_server import certificate
from plumbline.api_server.control import Control
from plumbline.api_server.port import tls
from plumbline.core import errors
from plumbline.core.secret import Secret

NOW = dt.datetime(2026, 5, 6, tzinfo=dt.UTC)
EXTERNAL = "argocd-server-tls"


@pytest.fixture(scope="module")
def pairs():
    return [certificate.self_signed("argocd", NOW) for _ in range(2)]


def secret(pair):
    return {"tls.key": Secret(pair[0].decode()), "tls.crt": Secret(pair[1].decode())}


class Stored:
    """The stored argocd-secret."""

    def __init__(self, data, *, conflict=False):
        self.data = data
        self.conflict = conflict
        self.patches = []

    async def get(self, kind, namespace, name):
        assert ("Secret", "argocd", "argocd-secret") == (kind, namespace, name)
        return {"metadata": {"resourceVersion": "7"}, "data": self.data}

    async def merge(self, kind, namespace, name, patch):
        if self.conflict:
            raise errors.Conflict("moved")
        self.patches.append(patch)


def test_the_external_secret_wins(pairs):
    """Then argocd-secret, then our own; each change is taken up."""
    control = Control()
    source = certificate.Certificates(control, "argocd", NOW)
    own = source.current()
    assert own not in pairs
    assert tls.check_pair(own)
    control.take_secret("argocd-secret", secret(pairs[0]))
    assert pairs[0] == source.current()
    control.take_secret(EXTERNAL, secret(pairs[1]))
    assert pairs[1] == source.current()
    control.take_secret(EXTERNAL, None)
    assert pairs[0] == source.current()
    control.take_secret("argocd-secret", None)
    assert own == source.current()


def test_a_pair_that_cannot_be_used_changes_nothing(pairs):
    """A half-written or mixed-up Secret leaves the last certificate in place."""
    control = Control()
    source = certificate.Certificates(control, "argocd", NOW)
    control.take_secret(EXTERNAL, secret(pairs[0]))
    assert pairs[0] == source.current()
    control.take_secret(EXTERNAL, secret((pairs[0][0], pairs[1][1])))
    assert pairs[0] == source.current()
    control.take_secret(EXTERNAL, secret(pairs[1]))
    assert pairs[1] == source.current()


def test_a_broken_secret_at_the_start_is_passed_over(pairs):
    """The next in order serves."""
    control = Control()
    control.take_secret(EXTERNAL, {"tls.crt": Secret("x"), "tls.key": Secret("y")})
    control.take_secret("argocd-secret", secret(pairs[0]))
    assert pairs[0] == certificate.Certificates(control, "argocd", NOW).current()


async def test_a_missing_certificate_is_made_once():
    """With a precondition: of two replicas one decides."""
    stored = Stored({})
    await certificate.ensure(stored, "argocd", NOW)
    [patch] = stored.patches
    assert "7" == patch["metadata"]["resourceVersion"]
    data = patch["stringData"]
    assert tls.check_pair((data["tls.key"].encode(), data["tls.crt"].encode()))
    made = x509.load_pem_x509_certificate(data["tls.crt"].encode())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "argocd-server.argocd.svc" in names.get_values_for_type(x509.DNSName)
    await certificate.ensure(Stored({}, conflict=True), "argocd", NOW)


@pytest.mark.parametrize(("days", "renewed"), [(0, False), (334, False), (336, True), (400, True)])
async def test_our_own_certificate_is_renewed_before_it_ends(pairs, days, renewed):
    """Thirty days before."""
    data = {
        "tls.key": base64.b64encode(pairs[0][0]).decode(),
        "tls.crt": base64.b64encode(pairs[0][1]).decode(),
    }
    stored = Stored(data)
    await certificate.ensure(stored, "argocd", NOW + dt.timedelta(days=days))
    assert renewed == bool(stored.patches)


async def test_a_users_certificate_is_kept():
    """Even if it cannot be read or has ended: it is not ours."""
    stored = Stored({"tls.key": "eA==", "tls.crt": base64.b64encode(b"no pem").decode()})
    await certificate.ensure(stored, "argocd", NOW)
    assert [] == stored.patches
