"""Clients that call without pause, and keep every failure: what users see of an upgrade."""

import http.client
import ssl
import threading
import time

import grpc

from plumbline.pb.server import application_pb2, application_pb2_grpc


class Callers:
    """A gRPC client on one channel and an HTTP client that connects for each call.

    Neither tries again: a failed call is a failed call. Used as a context manager.
    """

    def __init__(self, address, certificate, token, *, pause=0.05):
        self._address, self._token, self._pause = address, token, pause
        self._certificate = certificate
        self._end = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._by_grpc, self._by_http)]
        self.failures, self.calls = [], {"grpc": 0, "http": 0}

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _told(self, way, error):
        self.failures.append((time.strftime("%X"), way, f"{type(error).__name__}: {error}"[:300]))

    def _by_grpc(self):
        trust = grpc.ssl_channel_credentials(self._certificate.encode())
        options = [("grpc.ssl_target_name_override", "localhost"), ("grpc.enable_retries", 0)]
        metadata = [("authorization", f"Bearer {self._token}")]
        with grpc.secure_channel(self._address, trust, options) as channel:
            stub = application_pb2_grpc.ApplicationServiceStub(channel)
            while not self._end.wait(self._pause):
                try:
                    stub.List(application_pb2.ApplicationQuery(), metadata=metadata, timeout=20)
                    self.calls["grpc"] += 1
                except grpc.RpcError as error:
                    self._told("grpc", error)

    def _by_http(self):
        context = ssl.create_default_context(cadata=self._certificate)
        context.check_hostname = False
        headers = {"Authorization": f"Bearer {self._token}"}
        host, _, port = self._address.rpartition(":")
        while not self._end.wait(self._pause):
            connection = http.client.HTTPSConnection(host, int(port), timeout=20, context=context)
            try:
                connection.request("GET", "/api/v1/applications", headers=headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._told("http", error)
            else:
                if answer.status == 200:
                    self.calls["http"] += 1
                else:
                    self._told("http", OSError(f"status {answer.status}"))
            finally:
                connection.close()
