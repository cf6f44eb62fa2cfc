"""A Git server on this machine: real ``git http-backend`` behind a small HTTP server.

Used by ``make run`` and by tests. Serves the bare repositories of one folder for fetch and push;
optionally with a user and a password. Every request is counted, so that tests can tell how often a
repository was asked.
"""

import base64
import http.server
import os
import pathlib
import subprocess
import threading
from collections import Counter
from typing import Any

__all__ = ["GitServer", "seed"]


class _Handler(http.server.BaseHTTPRequestHandler):
    """Runs the CGI program for one request; the server's attributes are the configuration."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: Any) -> None:
        """Keep quiet; requests are counted instead."""

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        service = query.partition("service=")[2] or path.rpartition("/")[2]
        self.server.requests[service] += 1
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else self._chunked()
        if not self._allowed():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": self.headers.get("Content-Length", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "local",
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.decode().partition(": ") for line in head.split(b"\r\n") if line]
        status = next((v for k, _, v in lines if k == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, _, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _chunked(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return b""
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _allowed(self) -> bool:
        if not self.server.credential:
            return True
        expected = "Basic " + base64.b64encode(self.server.credential.encode()).decode()
        return self.headers.get("Authorization", "") == expected


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, root: pathlib.Path, credential: str, host: str) -> None:
        super().__init__((host, 0), _Handler)
        self.root = root
        self.credential = credential
        self.requests: Counter[str] = Counter()


class GitServer:
    """Serves the bare repositories below a folder until it is closed."""

    def __init__(
        self, root: pathlib.Path, *, credential: str = "", host: str = "127.0.0.1"
    ) -> None:
        """Listen on a free port.

        Args:
            root: the folder of bare repositories.
            credential: ``user:password`` that every request must carry; empty for none.
            host: the address to listen at, which is also the one in URLs.
        """
        self._server = _Server(root, credential, host)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def requests(self) -> Counter[str]:
        """Requests so far by service (git-upload-pack, git-receive-pack)."""
        return self._server.requests

    def url(self, name: str) -> str:
        """Return the URL of a repository."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/{name}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def git(folder: pathlib.Path, *arguments: str) -> str:
    """Run git in a folder with an identity of its own, and return its output."""
    command = [
        "git", "-C", str(folder), "-c", "user.name=Plumbline", "-c", "user.email=local@example",
        "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", *arguments,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def seed(root: pathlib.Path, name: str, work: pathlib.Path) -> None:
    """Make a bare repository from the files of a folder, as one commit on ``main``."""
    bare = root / name
    bare.mkdir(parents=True)
    git(bare, "init", "--bare", "--quiet")
    git(bare, "config", "http.receivepack", "true")
    git(work, "init", "--quiet")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "-m", "Describe the bookstore")
    git(work, "push", "--quiet", str(bare), "HEAD:main")
    git(bare, "symbolic-ref", "HEAD", "refs/heads/main")
