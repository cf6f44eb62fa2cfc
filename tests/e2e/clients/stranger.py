"""A gRPC client of stubs that protoc made, in a process without any part of Plumbline.

Run as ``python stranger.py FOLDER HOST:PORT CERTIFICATE``, where CERTIFICATE is empty for a port
without TLS. Reads a request a line, ``{"id", "method", "request", "token"}`` or ``{"id",
"cancel"}``, and writes for each call its messages, ``{"id", "message"}``, and its end, ``{"id",
"code", "text"}``. Ends with its standard input.
"""

import importlib
import json
import pathlib
import sys
import threading

import grpc
from google.protobuf import json_format, message_factory

LARGEST = 200 * 1024 * 1024


class Client:
    """The stubs by service, and the calls in flight."""

    def __init__(self, folder, address, certificate):
        sys.path.insert(0, folder)
        options = [("grpc.max_receive_message_length", LARGEST)]
        if certificate:
            root = pathlib.Path(certificate).read_bytes()
            trust = grpc.ssl_channel_credentials(root)
            self._channel = grpc.secure_channel(address, trust, options)
        else:
            self._channel = grpc.insecure_channel(address, options)
        self._stubs = {}
        self._methods = {}
        for file in sorted(pathlib.Path(folder, "stranger/server").glob("*_pb2.py")):
            module = importlib.import_module(f"stranger.server.{file.stem}")
            grpc_module = importlib.import_module(f"stranger.server.{file.stem}_grpc")
            for service in module.DESCRIPTOR.services_by_name.values():
                stub = getattr(grpc_module, f"{service.name}Stub")(self._channel)
                for method in service.methods:
                    self._methods[f"{service.full_name}/{method.name}"] = stub, method
        ours = [name for name in sys.modules if name.partition(".")[0] == "plumbline"]
        if ours:
            raise SystemExit(f"this client is no stranger: it has imported {ours}")
        self._calls = {}
        self._lock = threading.Lock()

    def serve(self):
        """Take requests until there are no more."""
        for line in sys.stdin:
            asked = json.loads(line)
            if "cancel" in asked:
                call = self._calls.get(asked["id"])
                if call is not None:
                    call.cancel()
                continue
            threading.Thread(target=self._call, args=(asked,), daemon=True).start()
        self._channel.close()

    def _call(self, asked):
        code, text = 0, ""
        try:
            stub, method = self._methods[asked["method"]]
            request = message_factory.GetMessageClass(method.input_type)()
            json_format.ParseDict(asked["request"], request)
            metadata = [("authorization", f"Bearer {asked['token']}")] if asked["token"] else []
            send = getattr(stub, method.name)
            if method.server_streaming:
                call = send(request, metadata=metadata, timeout=120)
                self._calls[asked["id"]] = call
                for message in call:
                    self._say(id=asked["id"], message=_tree(message))
            else:
                self._say(
                    id=asked["id"], message=_tree(send(request, metadata=metadata, timeout=60))
                )
        except grpc.RpcError as error:
            code, text = error.code().value[0], error.details()
        except Exception as error:  # noqa: BLE001 -- told to the test, which fails by it
            code, text = -1, repr(error)
        self._say(id=asked["id"], code=code, text=text)

    def _say(self, **what):
        with self._lock:
            sys.stdout.write(json.dumps(what) + "\n")
            sys.stdout.flush()


def _tree(message):
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


if __name__ == "__main__":
    Client(*sys.argv[1:]).serve()
