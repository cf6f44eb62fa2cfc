"""The generated protocol against the contract's tables, row by row."""

import csv
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FieldDescriptor

import plumbline.pb
from plumbline.pb.google.api import annotations_pb2

ROOT = Path(__file__).resolve().parents[4]
CONTRACT = ROOT / "proto/contract"
TYPES = {
    "string": FieldDescriptor.TYPE_STRING,
    "bool": FieldDescriptor.TYPE_BOOL,
    "int32": FieldDescriptor.TYPE_INT32,
    "int64": FieldDescriptor.TYPE_INT64,
    "bytes": FieldDescriptor.TYPE_BYTES,
}


def rows(name):
    with (CONTRACT / name).open() as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module", autouse=True)
def _all_modules():
    """Import every generated module, so that the pool holds every descriptor."""
    for module in pkgutil.walk_packages(plumbline.pb.__path__, "plumbline.pb."):
        importlib.import_module(module.name)


def type_problem(field, text):
    """Return what is wrong with a field's type, or nothing."""
    mapped = re.fullmatch(r"map<(\w+),(.+)>", text)
    if mapped:
        entry = field.message_type
        if not (entry and entry.GetOptions().map_entry):
            return "not a map"
        return type_problem(entry.fields_by_name["key"], mapped[1]) or type_problem(
            entry.fields_by_name["value"], mapped[2]
        )
    if text in TYPES:
        return None if field.type == TYPES[text] else f"type {field.type}"
    name = field.message_type.full_name if field.message_type else "no message"
    return None if name == text else name


def label_problem(field, row):
    """Return what is wrong with a field's label, or nothing."""
    label = row["label"]
    if label.startswith("oneof"):
        wanted = label[6:-1]
        oneof = field.containing_oneof
        return None if oneof and oneof.name == wanted else "not in the oneof"
    repeated = field.is_repeated
    if (label in ("repeated", "map")) != repeated:
        return "repeated" if repeated else "not repeated"
    return None if (label == "required") == field.is_required else "required differs"


def test_every_field_has_its_number_type_and_label():
    """messages.tsv."""
    pool, wrong = descriptor_pool.Default(), []
    listed = rows("messages.tsv")
    for row in listed:
        message = pool.FindMessageTypeByName(row["message"])
        field = message.fields_by_name.get(row["field"])
        problem = "missing" if field is None else None
        if field is not None and field.number != int(row["number"]):
            problem = f"number {field.number}"
        if field is not None and problem is None:
            problem = type_problem(field, row["type"]) or label_problem(field, row)
        if problem:
            wrong.append(f"{row['message']}.{row['field']}: {problem}")
    assert [] == wrong
    assert len(listed) > 1400


def test_no_message_has_a_field_the_contract_does_not_know():
    """Nothing invented, no number used that the contract leaves free."""
    pool, known = descriptor_pool.Default(), {}
    for row in rows("messages.tsv"):
        known.setdefault(row["message"], set()).add(row["field"])
    extra = {
        name: sorted(set(pool.FindMessageTypeByName(name).fields_by_name) - fields)
        for name, fields in known.items()
    }
    assert {} == {name: fields for name, fields in extra.items() if fields}


@pytest.mark.parametrize("table", ["grpc.tsv", "grpc_internal.tsv"])
def test_every_method_has_its_name_types_streams_and_http_rules(table):
    """grpc.tsv, grpc_internal.tsv."""
    pool, wrong, rules = descriptor_pool.Default(), [], {}
    for row in rows(table):
        service, _, method = row["grpc_full_method"].lstrip("/").partition("/")
        found = pool.FindServiceByName(service).FindMethodByName(method)
        got = (
            found.input_type.full_name,
            found.output_type.full_name,
            found.client_streaming,
            found.server_streaming,
        )
        streams = (row["client_stream"] == "yes", row["server_stream"] == "yes")
        if got != (row["request"], row["response"], *streams):
            wrong.append(f"{service}/{method}: {got}")
        if row["http_verb"]:
            rule = found.GetOptions().Extensions[annotations_pb2.http]
            bindings = [rule, *rule.additional_bindings]
            rules[service, method] = {
                (b.WhichOneof("pattern").upper(), getattr(b, b.WhichOneof("pattern")), b.body)
                for b in bindings
            }
            wanted = (row["http_verb"], row["http_path"], row["http_body"] or "")
            if wanted not in rules[service, method]:
                wrong.append(f"{service}/{method}: {wanted} not in {rules[service, method]}")
    assert [] == wrong


@pytest.mark.parametrize("script", ["generate_proto.py", "generate_crds.py"])
def test_regenerating_changes_nothing(script):
    """What is committed is what the generators write."""
    command = [sys.executable, str(ROOT / "tools" / script), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
