"""Private repositories: each kind of credential against a real server, over TLS and over ssh."""

import base64
import datetime as dt
import getpass
import ipaddress
import shutil
import socket
import ssl
import subprocess
import tempfile
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server import git
from plumbline.repo_server.git import repository as repositories

CANARY = "s3cr3t-canary-9a1"
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


class Authority:
    """A CA that issues certificates for 127.0.0.1 and for clients."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "private")])
        self.certificate = self._build(self.name, self.key, ca=True)

    def _build(self, name, key, *, ca=False, server=False):
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False
            )
        )
        if ca:
            usage = x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, crl_sign=True,
                content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, encipher_only=False, decipher_only=False,
            )  # fmt: skip
            builder = builder.add_extension(usage, critical=True)
            builder = builder.add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
            )
        else:
            kind = x509.ExtendedKeyUsageOID
            use = kind.SERVER_AUTH if server else kind.CLIENT_AUTH
            builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, common_name, *, server=False):
        """Return certificate and key as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        return pem(self._build(name, key, server=server)), key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def bundle(self):
        return pem(self.certificate)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def mirrors(tmp_path):
    made = git.Mirrors(git.Settings(tmp_path / "mirrors", request_timeout=10))
    yield made
    made.close()


@pytest.fixture(scope="module")
def ca():
    return Authority()


@pytest.fixture
def https(git_http, ca, tmp_path):
    """The smart-HTTP server behind TLS of a private CA; `demand` asks for client certificates."""
    certificate, key = ca.issue("server", server=True)
    (tmp_path / "server.crt").write_bytes(certificate)
    (tmp_path / "server.key").write_bytes(key)
    (tmp_path / "ca.crt").write_bytes(ca.bundle)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")

    def demand():
        context.load_verify_locations(tmp_path / "ca.crt")
        context.verify_mode = ssl.CERT_REQUIRED

    server = git_http._server
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # a refused handshake is what a test asks for
    git_http.demand = demand
    git_http.address = git_http.url.replace("http://", "https://") + "/source/.git"
    return git_http


def opened(url, **fields):
    return repositories.make(url, allow_file=False, **fields)


async def test_a_private_ca_is_trusted_where_it_is_given(mirrors, repository, https, ca):
    """Without it the same server is refused; insecure asks for nothing."""
    commit = repository.commit({"a": "1"})
    with pytest.raises(errors.Unavailable):
        await mirrors.resolve(opened(https.address), "main")

    trusted = opened(https.address, ca_bundle=ca.bundle)
    unchecked = opened(https.address, insecure=True)

    assert commit == await mirrors.resolve(trusted, "main")
    assert commit == await mirrors.resolve(unchecked, "main")


async def test_another_ca_is_not_enough(mirrors, repository, https):
    """A bundle that did not sign the server opens nothing."""
    repository.commit()
    stranger = opened(https.address, ca_bundle=Authority().bundle)
    with pytest.raises(errors.Unavailable):
        await mirrors.resolve(stranger, "main")


@pytest.mark.parametrize("forced", [False, True])
async def test_basic_authentication(mirrors, repository, https, ca, forced):
    """Asked for by the server, or sent at once where that is forced."""
    commit = repository.commit()
    https.require("me", CANARY)
    good = opened(
        https.address,
        ca_bundle=ca.bundle,
        username="me",
        password=Secret(CANARY),
        force_http_basic_auth=forced,
    )

    assert commit == await mirrors.resolve(good, "main")
    assert forced == bool(https.requests[0][2])


async def test_a_bearer_token(mirrors, repository, https, ca):
    """In the header of every request."""
    commit = repository.commit()
    https.authorization = f"Bearer {CANARY}"
    good = opened(https.address, ca_bundle=ca.bundle, bearer_token=Secret(CANARY))

    assert commit == await mirrors.resolve(good, "main")


@pytest.mark.parametrize("proof", ["none", "basic", "bearer"])
async def test_a_client_certificate_opens(
    mirrors, repository, https, ca, proof, tmp_path, monkeypatch
):
    """Alone or together with another credential; branches, tags and commit ids resolve.

    No file with a credential is left behind.
    """
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    first = repository.commit({"a": "1"})
    repository.git("tag", "-a", "v1", "-m", "annotated")
    second = repository.commit({"a": "2"})
    https.demand()
    fields = {}
    if proof == "basic":
        https.require("me", CANARY)
        fields = {"username": "me", "password": Secret(CANARY)}
    if proof == "bearer":
        https.authorization = f"Bearer {CANARY}"
        fields = {"bearer_token": Secret(CANARY)}
    certificate, key = ca.issue("client")
    good = opened(
        https.address,
        ca_bundle=ca.bundle,
        tls_client_cert=certificate,
        tls_client_key=Secret(key.decode()),
        **fields,
    )

    assert second == await mirrors.resolve(good, "")
    assert first == await mirrors.resolve(good, "v1")
    assert first == await mirrors.resolve(good, first[:9])
    content = await mirrors.read(good, second, lambda t: t.blob(t.children("")["a"].oid, 10))
    assert b"2" == content
    assert not any(private.iterdir())


async def test_a_client_certificate_of_nobody_is_refused(mirrors, repository, https, ca):
    """And neither key nor password is in the text."""
    repository.commit()
    https.demand()
    https.require("me", "other")
    stranger_certificate, stranger_key = Authority().issue("client")
    certificate, key = ca.issue("client")
    for cert, private, password, kind in (
        (stranger_certificate, stranger_key, CANARY, errors.Unavailable),
        (certificate, key, CANARY, errors.Unauthenticated),
        (b"no pem", b"no pem", CANARY, errors.Unavailable),
    ):
        bad = opened(
            https.address,
            ca_bundle=ca.bundle,
            tls_client_cert=cert,
            tls_client_key=Secret(private.decode()),
            username="me",
            password=Secret(password),
        )
        with pytest.raises(kind) as caught:
            await mirrors.resolve(bad, "main")
        assert CANARY not in caught.value.message
        assert "PRIVATE" not in caught.value.message


async def test_git_follows_no_redirect_with_a_certificate(mirrors, repository, https, ca, attacker):
    """The credential goes to the host it was given for."""
    repository.commit()
    https.redirect = attacker.url
    certificate, key = ca.issue("client")
    good = opened(
        https.address,
        ca_bundle=ca.bundle,
        tls_client_cert=certificate,
        tls_client_key=Secret(key.decode()),
        password=Secret(CANARY),
    )
    with pytest.raises(errors.PlumblineError):
        await mirrors.resolve(good, "main")
    assert [] == attacker.requests


async def test_a_credential_cannot_configure_git(mirrors, repository, https, ca, tmp_path):
    """A line break in a token would begin a setting of its own."""
    repository.commit()
    certificate, key = ca.issue("client")
    mark = tmp_path / "pwned"
    hostile = opened(
        https.address,
        ca_bundle=ca.bundle,
        tls_client_cert=certificate,
        tls_client_key=Secret(key.decode()),
        bearer_token=Secret(f'x"\n[core]\n\tsshCommand = touch {mark}\n'),
    )
    with pytest.raises(errors.InvalidArgument, match="line break"):
        await mirrors.resolve(hostile, "main")
    assert not mark.exists()


async def test_a_time_limit_holds_for_git_too(repository, https, ca, tmp_path):
    """A fetch that is too long ends, and nothing of it stays running."""
    repository.commit({"a": "1"})
    certificate, key = ca.issue("client")
    settings = git.Settings(tmp_path / "slow", request_timeout=10, fetch_timeout=0.5)
    mirrors = git.Mirrors(settings)
    https._server.RequestHandlerClass = type(
        "Slow", (https._server.RequestHandlerClass,), {"do_GET": lambda _: time.sleep(3)}
    )
    slow = opened(
        https.address,
        ca_bundle=ca.bundle,
        tls_client_cert=certificate,
        tls_client_key=Secret(key.decode()),
    )
    with pytest.raises(errors.DeadlineExceeded):
        await mirrors.resolve(slow, "main")
    mirrors.close()


class Sshd:
    """A real sshd for one user's key."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        for name in ("host", "client"):
            self.make_key(name)
        shutil.copy(folder / "client.pub", folder / "authorized_keys")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [
                SSHD, "-D", "-e", "-f", "/dev/null", "-h", str(folder / "host"),
                "-o", f"Port={self.port}", "-o", "ListenAddress=127.0.0.1",
                "-o", f"AuthorizedKeysFile={folder / 'authorized_keys'}",
                "-o", "StrictModes=no", "-o", "PasswordAuthentication=no",
                "-o", f"PidFile={folder / 'pid'}", "-o", "UsePAM=no",
                "-o", "PermitRootLogin=prohibit-password",
            ],
            stderr=self._log,
        )  # fmt: skip
        deadline = time.monotonic() + 10
        while b"listening" not in (folder / "log").read_bytes():
            if self.process.poll() is not None:
                self._log.close()
                pytest.skip(f"sshd does not run here: {(folder / 'log').read_text()}")
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def make_key(self, name):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
        subprocess.run(argv, check=True, capture_output=True)

    def known_hosts(self):
        kind, key, *_ = (self.folder / "host.pub").read_text().split()
        return f"[127.0.0.1]:{self.port} {kind} {key}\n"

    @property
    def key(self):
        return Secret((self.folder / "client").read_text())

    def url(self, path):
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{path}"

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self._log.close()


@pytest.fixture
def sshd(tmp_path):
    if SSHD is None:
        pytest.skip("sshd is not installed (Debian: openssh-server): ssh is NOT tested here")
    server = Sshd(tmp_path / "sshd")
    yield server
    server.stop()


async def test_an_ssh_key_opens_a_host_that_is_known(mirrors, repository, sshd):
    """With the host's key in the text; unchecked where that is asked for."""
    commit = repository.commit({"a": "1"})
    url = sshd.url(f"{repository.path}/.git")
    good = opened(url, ssh_private_key=sshd.key, ssh_known_hosts=sshd.known_hosts())
    unchecked = opened(url, ssh_private_key=sshd.key, insecure_ignore_host_key=True)

    assert commit == await mirrors.resolve(good, "main")
    assert commit == await mirrors.resolve(unchecked, "main")


async def test_a_host_that_is_not_known_gets_no_key(mirrors, repository, sshd):
    """Nor does one whose key is another."""
    repository.commit({"a": "1"})
    url = sshd.url(f"{repository.path}/.git")
    kind, _, _ = sshd.known_hosts().split(" ", 1)[1].partition(" ")
    other = base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519" + b"\x00\x00\x00 " + b"k" * 32).decode()
    for known in ("", f"[127.0.0.1]:{sshd.port} {kind} {other}\n"):
        bad = opened(url, ssh_private_key=sshd.key, ssh_known_hosts=known)
        with pytest.raises(errors.PlumblineError) as caught:
            await mirrors.resolve(bad, "main")
        assert "PRIVATE" not in caught.value.message
    assert "Accepted" not in (sshd.folder / "log").read_text()


async def test_another_key_is_refused(mirrors, repository, sshd):
    """Unauthenticated, without a word of the key."""
    repository.commit({"a": "1"})
    sshd.make_key("other")
    text = (sshd.folder / "other").read_text()
    bad = opened(
        sshd.url(f"{repository.path}/.git"),
        ssh_private_key=Secret(text),
        ssh_known_hosts=sshd.known_hosts(),
    )
    with pytest.raises(errors.Unauthenticated) as caught:
        await mirrors.resolve(bad, "main")
    assert text.splitlines()[1] not in caught.value.message
