"""Processes of our services with something missing, for the tests beside this."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import yaml

ROLES = {"api-server": "api_server", "controller": "app_controller"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """One service, of which nothing is expected yet."""

    def __init__(self, service, folder, *, kubeconfig, namespace, repo_server="", extra=()):
        self.port, self.checks = free_port(), free_port()
        self.log = folder / "log"
        nowhere = f"127.0.0.1:{free_port()}"
        argv = [
            sys.executable, "-m", f"plumbline.{ROLES[service]}",
            "--namespace", namespace, "--kubeconfig", str(kubeconfig),
            "--address", "127.0.0.1", "--port", str(self.port),
            "--metrics-address", "127.0.0.1", "--metrics-port", str(self.checks),
            "--repo-server", repo_server or nowhere,
            *(f"--tls-{n}={folder / f}"
              for n, f in (("cert", "x.crt"), ("key", "x.key"), ("ca", "ca.crt"))),
            *extra,
        ]  # fmt: skip
        if service == "api-server":
            argv += ["--insecure=true", "--controller", repo_server or nowhere]
        with self.log.open("ab") as log:
            environment = {"HOME": "/", "PATH": os.environ["PATH"]}
            self.process = subprocess.Popen(argv, stderr=log, stdout=log, env=environment)

    def ask(self, path="/readyz"):
        """Return status and text; (0, "") before it listens."""
        url = f"http://127.0.0.1:{self.checks}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until(self, true, seconds=60):
        """Wait for an answer of /readyz; the process must stay."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            found = self.ask()
            if true(*found):
                return found
            time.sleep(0.05)
        raise AssertionError(f"{self.ask()}\n{self.log.read_text()}")

    def errors(self):
        """Events and reasons of the error lines of the log."""
        lines = [json.loads(x) for x in self.log.read_text().splitlines() if x.startswith("{")]
        return [(x["event"], x.get("reason", "")) for x in lines if x["level"] == "error"]

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


def kubeconfig_of(cluster, folder, *, token="", port=0):
    """Write a copy of the cluster's kubeconfig with another user, or another port."""
    tree = yaml.safe_load(pathlib.Path(cluster.kubeconfig).read_text())
    if token:
        for user in tree["users"]:
            user["user"] = {"token": token}
    address = tree["clusters"][0]["cluster"]["server"]
    if port:
        tree["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(tree))
    return path, address


class Forward(threading.Thread):
    """A way to the API server that opens when it is started."""

    def __init__(self, port, address):
        super().__init__(daemon=True)
        host, _, number = address.removeprefix("https://").rstrip("/").partition(":")
        self._target = (host, int(number or 443))
        self._listening = socket.create_server(("127.0.0.1", port))
        self.start()

    def run(self):
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=_copy, args=(one, other), daemon=True).start()

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.join()


def _copy(one, other):
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        pass
    for end in (one, other):
        end.close()
