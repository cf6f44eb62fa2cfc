"""Real servers beside Git's: TLS of a private CA, sshd, Git LFS, tokens, a proxy."""

import base64
import datetime as dt
import getpass
import hashlib
import http.server
import ipaddress
import json
import select
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plumbline.core.secret import Secret
from plumbline.repo_server import git

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


@pytest.fixture(scope="module")
def other_ca():
    """One that signed nothing here."""
    return Authority()


def secured(server, ca, tmp_path):
    """Put a server behind TLS."""
    certificate, key = ca.issue("server", server=True)
    (tmp_path / "server.crt").write_bytes(certificate)
    (tmp_path / "server.key").write_bytes(key)
    (tmp_path / "ca.crt").write_bytes(ca.bundle)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")

    def demand():
        context.load_verify_locations(tmp_path / "ca.crt")
        context.verify_mode = ssl.CERT_REQUIRED

    inner = server._server
    inner.socket = context.wrap_socket(inner.socket, server_side=True)
    inner.handle_error = lambda *_: None  # a refused handshake is what a test asks for
    server.demand = demand
    server.address = server.url.replace("http://", "https://") + "/source/.git"
    return server


@pytest.fixture
def https(git_http, ca, tmp_path):
    """The smart-HTTP server behind TLS of a private CA; `demand` asks for client certificates."""
    return secured(git_http, ca, tmp_path)


@pytest.fixture
def other_https(attacker, ca, tmp_path):
    """Another such server, on another port."""
    return secured(attacker, ca, tmp_path)


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
                "-o", f"SetEnv=PATH={folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
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

    def command(self, name, output):
        """Put a program on the server's search path: it answers a text and keeps its arguments."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.answer").write_text(output)
        program = folder / name
        program.write_text(
            f'#!/bin/sh\necho "$@" >"{folder}/{name}.asked"\ncat "{folder}/{name}.answer"\n'
        )
        program.chmod(0o755)

    def asked(self, name):
        return (self.folder / "bin" / f"{name}.asked").read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self._log.close()


class Lfs:
    """Git LFS' batch API and storage on the smart-HTTP server, for the repository `source`."""

    def __init__(self, server):
        self.server = server
        self.batches = []
        self.downloads = []
        self.contents = {}
        self.storage = server.url
        self.href = ""
        self.header = {}
        self.object_error = None
        server.pages["/source/.git/info/lfs/objects/batch"] = self.batch

    def put(self, content):
        """Keep a content; return its pointer's text."""
        oid = hashlib.sha256(content).hexdigest()
        self.contents[oid] = content
        self.server.pages[f"/storage/{oid}"] = lambda *_: self.download(oid, *_)
        return (
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"
        )

    def batch(self, headers, body):
        asked = json.loads(body)
        self.batches.append((dict(headers), asked))
        found = []
        for item in asked["objects"]:
            answer = {"oid": item["oid"], "size": item["size"]}
            if self.object_error:
                answer["error"] = self.object_error
            else:
                href = self.href or f"{self.storage}/storage/{item['oid']}"
                answer["actions"] = {"download": {"href": href, "header": self.header}}
            found.append(answer)
        return 200, json.dumps({"transfer": "basic", "objects": found}).encode()

    def download(self, oid, headers, _):
        self.downloads.append((oid, dict(headers)))
        return 200, self.contents[oid]


@pytest.fixture
def lfs(https):
    """Git LFS on the server behind TLS."""
    https_url = https.url.replace("http://", "https://")
    made = Lfs(https)
    made.storage = https_url
    return made


class _Tunnel(http.server.BaseHTTPRequestHandler):
    """CONNECT, with a password if the proxy has one."""

    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        proxy = self.server.owner
        given = self.headers.get("Proxy-Authorization", "")
        proxy.asked.append((self.path, given))
        if proxy.authorization and given != proxy.authorization:
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), 10) as other:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: other, other: self.connection}
            while True:
                readable, _, _ = select.select(list(ends), [], [], 20)
                if not readable:
                    return
                for end in readable:
                    piece = end.recv(65536)
                    if not piece:
                        return
                    ends[end].sendall(piece)


class Proxy:
    """A proxy for https."""

    def __init__(self):
        self.asked = []
        self.authorization = ""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Tunnel)
        self._server.daemon_threads = True
        self._server.owner = self
        self._server.handle_error = lambda *_: None  # a broken tunnel is the client's to report
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def require(self, user, password):
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.authorization = f"Basic {token}"

    def url(self, user=""):
        return f"http://{f'{user}@' if user else ''}127.0.0.1:{self._server.server_address[1]}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def proxy():
    made = Proxy()
    yield made
    made.stop()


@pytest.fixture
def sshd(tmp_path):
    if SSHD is None:
        pytest.skip("sshd is not installed (Debian: openssh-server): ssh is NOT tested here")
    server = Sshd(tmp_path / "sshd")
    yield server
    server.stop()
