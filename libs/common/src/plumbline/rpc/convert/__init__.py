"""The codec between JSON trees and protobuf messages, by Go's and Kubernetes' JSON rules.

The wire carries protobuf; everything inside is JSON trees, and REST answers are JSON too. The rules
are those of contract/NOTES.md ("HTTP/JSON gateway rules"), not proto3's JSON mapping: Go struct
tags name the members, structs held by value always appear, ``metav1.Time`` is a string. One plan is
built per descriptor, at its first use. Used by the api-server for every answer, by the CLI and by
callers of ControllerService; ``json_format`` is not used anywhere, being ten times slower.
"""

from plumbline.rpc.convert._facts import json_key
from plumbline.rpc.convert._read import to_message
from plumbline.rpc.convert._write import to_json

__all__ = ["json_key", "to_json", "to_message"]
