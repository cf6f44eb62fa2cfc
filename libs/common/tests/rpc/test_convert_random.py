"""Messages of every public type, filled at random, survive JSON and the wire."""

import datetime as dt
import importlib
import pkgutil

import orjson
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import plumbline.pb
from plumbline.pb.server import application_pb2, cluster_pb2, project_pb2, repository_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as v1
from plumbline.rpc import convert

DEPTH = 4
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
META = "k8s.io.apimachinery.pkg.apis.meta.v1."
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
MOMENTS = st.integers(-62135510400, 253402214400).map(
    lambda seconds: (EPOCH + dt.timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
)
SPECIAL = {
    f"{META}Time": MOMENTS,
    f"{META}MicroTime": MOMENTS,
    f"{META}FieldsV1": st.dictionaries(st.text(max_size=3), JSON, max_size=2),
    "k8s.io.apimachinery.pkg.util.intstr.IntOrString": st.integers(-(2**31), 2**31 - 1)
    | st.text(max_size=3),
    "k8s.io.apimachinery.pkg.runtime.RawExtension": st.dictionaries(st.text(max_size=3), JSON),
    "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON": JSON,
}
SCALARS = {
    FieldDescriptor.TYPE_STRING: st.text(max_size=4),
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=4),
}
TYPES = [
    v1.Application,
    v1.ApplicationList,
    v1.ApplicationSet,
    v1.AppProject,
    v1.Cluster,
    v1.Repository,
    v1.ApplicationTree,
    application_pb2.ApplicationSyncRequest,
    application_pb2.ManagedResourcesResponse,
    cluster_pb2.ClusterCreateRequest,
    project_pb2.DetailedProjectsResponse,
    repository_pb2.RepoCreateRequest,
]


@st.composite
def filled(draw, descriptor, depth=0):
    """Draw a message of a descriptor with some of its fields set."""
    special = SPECIAL.get(descriptor.full_name)
    cls = message_factory.GetMessageClass(descriptor)
    if special is not None:
        return convert.to_message(draw(special), cls)
    message = cls()
    fields = [f for f in descriptor.fields if depth < DEPTH or not f.message_type]
    some = draw(st.lists(st.sampled_from(fields), max_size=4)) if fields else []
    for field in [*some, *(f for f in descriptor.fields if f.is_required)]:
        if field.message_type and field.message_type.GetOptions().map_entry:
            value_field = field.message_type.fields_by_name["value"]
            for key in draw(st.lists(st.text(max_size=3), max_size=2)):
                value = draw(one(value_field, depth))
                target = getattr(message, field.name)
                if value_field.message_type:
                    target[key].CopyFrom(value)
                else:
                    target[key] = value
        elif field.is_repeated:
            getattr(message, field.name).extend(draw(st.lists(one(field, depth), max_size=2)))
        elif field.message_type:
            getattr(message, field.name).CopyFrom(draw(one(field, depth)))
        else:
            setattr(message, field.name, draw(one(field, depth)))
    return message


def one(field, depth):
    """Return the strategy of a single value."""
    if field.message_type:
        return filled(field.message_type, depth + 1)
    return SCALARS[field.type]


@pytest.mark.parametrize("cls", TYPES, ids=lambda cls: cls.DESCRIPTOR.name)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_random_message_survives_json_and_the_wire(cls, data):
    """JSON → message → wire → message → JSON changes nothing."""
    tree = convert.to_json(data.draw(filled(cls.DESCRIPTOR)))
    text = orjson.dumps(tree)
    message = convert.to_message(orjson.loads(text), cls)
    again = cls.FromString(message.SerializeToString())
    assert orjson.loads(text) == orjson.loads(orjson.dumps(convert.to_json(again)))


def test_every_message_of_the_protocol_has_a_plan():
    """No message has a field that the codec cannot write and read."""
    tried = 0
    for info in pkgutil.walk_packages(plumbline.pb.__path__, "plumbline.pb."):
        module = importlib.import_module(info.name)
        if not hasattr(module, "DESCRIPTOR"):
            continue
        for descriptor in module.DESCRIPTOR.message_types_by_name.values():
            cls = message_factory.GetMessageClass(descriptor)
            tree = convert.to_json(cls())
            if tree is not None:  # the zero time is null
                assert tree == convert.to_json(convert.to_message(tree, cls))
            tried += 1
    assert tried > 300


def test_maps_are_written_in_the_order_of_their_keys():
    """As encoding/json has it, so that two equal answers are equal bytes."""
    names = [f"k{n:02}" for n in range(40)]
    labels = dict.fromkeys(reversed(names), "v")
    message = convert.to_message({"metadata": {"labels": labels}}, v1.Application)
    again = v1.Application.FromString(message.SerializeToString())
    assert names == list(convert.to_json(again)["metadata"]["labels"])
    overrides = {n: {"health.lua": "x"} for n in reversed(names)}
    settings_pb2 = importlib.import_module("plumbline.pb.server.settings_pb2")
    made = convert.to_message({"resourceOverrides": overrides}, settings_pb2.Settings)
    assert names == list(convert.to_json(made)["resourceOverrides"])
