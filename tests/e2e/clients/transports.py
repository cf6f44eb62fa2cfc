"""Three ways to carry a call: gRPC of generated stubs, REST by the contract's table, gRPC-web.

Each has ``call(method, request, token)``, which returns the answer as a tree, and
``stream(method, request, token)``, a context manager of an iterator of answers. Both raise
``Refused`` with the status that came.
"""

import contextlib
import csv
import http.client
import itertools
import json
import pathlib
import queue
import re
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.parse

from google.protobuf import json_format

from .shapes import Shapes

TABLE = pathlib.Path(__file__).resolve().parents[3] / "proto/contract/grpc.tsv"
STREAM_SECONDS = 90
_HTTP = {3: 400, 5: 404, 6: 409, 7: 403, 9: 400, 16: 401}


class Refused(Exception):
    """A call ended with a status that is not OK."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def certificate_of(address, folder):
    """Keep the certificate that a port shows, to be trusted from now on; return its file."""
    host, _, port = address.rpartition(":")
    file = pathlib.Path(folder) / "server.pem"
    file.write_text(ssl.get_server_certificate((host, int(port))))
    return file


class Grpc:
    """Generated stubs over HTTP/2, in a process of their own."""

    def __init__(self, folder, address, certificate=""):
        program = pathlib.Path(__file__).with_name("stranger.py")
        # -I: neither the environment nor this folder decide what can be imported.
        command = [sys.executable, "-I", str(program), str(folder), address, str(certificate)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._numbers = itertools.count()
        self._answers = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._reader.join()
        self._process.stdout.close()

    def call(self, method, request, token=""):
        with self.stream(method, request, token) as answers:
            (answer,) = answers
        return answer

    @contextlib.contextmanager
    def stream(self, method, request, token=""):
        number = next(self._numbers)
        answers = self._answers[number] = queue.Queue()
        self._send(id=number, method=method, request=request, token=token)
        try:
            yield self._messages(answers)
        finally:
            self._send(id=number, cancel=True)
            del self._answers[number]

    def _messages(self, answers):
        until = time.monotonic() + STREAM_SECONDS
        while True:
            got = answers.get(timeout=max(0.01, until - time.monotonic()))
            if got.get("code"):
                raise Refused(got["code"], got["text"])
            if "code" in got:
                return
            yield got["message"]

    def _send(self, **what):
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _read(self):
        for line in self._process.stdout:
            got = json.loads(line)
            answers = self._answers.get(got["id"])
            if answers is not None:
                answers.put(got)


class _Http:
    """Connections to one port: one a call, as curl has it."""

    def __init__(self, address, certificate=""):
        host, _, port = address.rpartition(":")
        self._host, self._port = host, int(port)
        self._tls = ssl.create_default_context(cafile=str(certificate)) if certificate else None

    def close(self):
        """Nothing stays open."""

    @contextlib.contextmanager
    def _exchange(self, verb, path, body=None, headers=()):
        kind = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
        more = {"context": self._tls} if self._tls else {}
        connection = kind(self._host, self._port, timeout=STREAM_SECONDS, **more)
        try:
            connection.request(verb, path, body, dict(headers))
            yield connection.getresponse()
        finally:
            connection.close()


class Rest(_Http):
    """JSON over HTTP/1.1, by the paths of the contract's table."""

    def __init__(self, address, certificate=""):
        super().__init__(address, certificate)
        self._rules, self._answers, self._shapes = {}, {}, Shapes()
        with TABLE.open() as table:
            for row in csv.DictReader(table, delimiter="\t"):
                if row["binding"] == "primary":
                    name = row["grpc_full_method"].removeprefix("/")
                    self._rules[name] = row["http_verb"], row["http_path"], row["http_body"]
                    self._answers[name] = row["response"]

    def call(self, method, request, token=""):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        _, _, tree = self.send(*self.request_of(method, request), headers)
        return self._checked(method, tree)

    def _checked(self, method, tree):
        """Return an answer, which must have the contract's shape."""
        assert [] == self._shapes.faults(self._answers[method], tree), method
        return tree

    def send(self, verb, path, body=None, headers=()):
        """Send a request; return status, headers and tree, or raise what the body says."""
        sent = {"Content-Type": "application/json", **dict(headers)}
        with self._exchange(verb, path, body, sent) as answer:
            text = answer.read()
            assert "application/json" == answer.headers.get_content_type(), text
            tree = json.loads(text)
            if answer.status != 200:
                # The three members and the status are what every client of the gateway reads.
                assert {"error", "code", "message"} == set(tree), tree
                assert tree["error"] == tree["message"]
                assert _HTTP.get(tree["code"], 500) == answer.status, (answer.status, tree)
                raise Refused(tree["code"], tree["message"])
            return answer.status, answer.headers, tree

    def raw(self, verb, path, body=None, headers=()):
        """Send a request as it stands; return status, headers and body."""
        with self._exchange(verb, path, body, headers) as answer:
            return answer.status, answer.headers, answer.read()

    @contextlib.contextmanager
    def lines(self, path, headers=()):
        """Open a stream; yield its headers and its lines as they come."""
        with self._exchange("GET", path, None, headers) as answer:
            assert 200 == answer.status, answer.read()
            yield answer.headers, answer

    @contextlib.contextmanager
    def stream(self, method, request, token=""):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        verb, path, body = self.request_of(method, request)
        with self._exchange(verb, path, body, headers) as answer:
            assert 200 == answer.status, answer.read()
            yield (self._checked(method, self._frame(line)) for line in answer)

    @staticmethod
    def _frame(line):
        tree = json.loads(line)
        if "error" in tree:
            assert {"grpc_code", "http_code", "message", "http_status"} == set(tree["error"])
            raise Refused(tree["error"]["grpc_code"], tree["error"]["message"])
        assert ["result"] == list(tree)
        return tree["result"]

    def request_of(self, method, request):
        """Return verb, path with query, and body of a call."""
        verb, path, body = self._rules[method]
        left = dict(request)

        def variable(match):
            tree = request
            for part in match[1].split("."):
                tree = tree[part]
            left.pop(match[1], None)
            # What holds slashes is encoded twice: the path is decoded once to find the method.
            text = urllib.parse.quote(str(tree), safe="")
            return urllib.parse.quote(text, safe="") if "/" in str(tree) else text

        path = re.sub(r"\{([\w.]+)(?:=\*\*)?\}", variable, path)
        sent = None
        if body == "*":
            sent, left = json.dumps(left).encode(), {}
        elif body:
            sent = json.dumps(left.pop(body)).encode()
        query = urllib.parse.urlencode(list(_parameters(left)), doseq=True)
        return verb, f"{path}?{query}" if query else path, sent


def _parameters(tree, prefix=""):
    """Yield the query parameters of a message: dotted names, true and false in lower case."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _parameters(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value).lower() if isinstance(value, bool) else value


class GrpcWeb(_Http):
    """gRPC-web over HTTP/1.1, framed by hand."""

    def __init__(self, messages, address, certificate=""):
        super().__init__(address, certificate)
        self._messages = messages

    def call(self, method, request, token=""):
        with self.stream(method, request, token) as answers:
            (answer,) = answers
        return answer

    @contextlib.contextmanager
    def stream(self, method, request, token=""):
        asked, answered = self._messages.of(method)
        data = json_format.ParseDict(request, asked()).SerializeToString()
        headers = {"Content-Type": "application/grpc-web+proto", "X-Grpc-Web": "1"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        body = struct.pack(">BI", 0, len(data)) + data
        with self._exchange("POST", f"/{method}", body, headers) as answer:
            assert 200 == answer.status, answer.read()
            assert headers["Content-Type"] == answer.headers["Content-Type"]
            yield self._answers(answer, answered)

    @staticmethod
    def _answers(answer, kind):
        while True:
            head = answer.read(5)
            assert 5 == len(head), "the answer ended without its status"
            flags, length = struct.unpack(">BI", head)
            data = answer.read(length)
            assert length == len(data)
            if flags & 0x80:
                lines = data.decode().split("\r\n")
                trailers = dict(line.split(": ", 1) for line in lines if line)
                code = int(trailers["grpc-status"])
                if code:
                    raise Refused(code, urllib.parse.unquote(trailers["grpc-message"]))
                assert b"" == answer.read(), "nothing comes after the status"
                return
            message = kind.FromString(data)
            yield json_format.MessageToDict(message, preserving_proto_field_name=True)
