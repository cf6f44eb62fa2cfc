"""The codec between JSON trees and messages follows Go's JSON rules."""

import pytest
from google.protobuf import descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import errors
from plumbline.pb.controller import controller_pb2
from plumbline.pb.k8s import meta_v1_pb2
from plumbline.pb.server import (
    application_pb2,
    events_pb2,
    repository_pb2,
    settings_pb2,
    version_pb2,
)
from plumbline.pb.v1alpha1 import generated_pb2 as v1
from plumbline.rpc import convert

CANARY = "canary-7f3a"
APPLICATION = {
    "metadata": {
        "name": "shop",
        "namespace": "argocd",
        "uid": "u-1",
        "creationTimestamp": "2024-05-06T07:08:09Z",
        "labels": {"team": "a"},
        "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        "generation": 4294967296,
        "managedFields": [
            {"manager": "m", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:project": {}}}}
        ],
    },
    "spec": {
        "project": "default",
        "destination": {"server": "https://k", "namespace": "n"},
        "source": {
            "repoURL": "https://h/r",
            "path": "p",
            "helm": {"valuesObject": {"a": [1, 2.5, None, {"b": True}]}},
            "kustomize": {
                "replicas": [{"name": "a", "count": 3}, {"name": "b", "count": "50%"}],
                "patches": [
                    {"target": {"kind": "Deployment", "labelSelector": "a=b"}, "patch": "x"}
                ],
            },
            "plugin": {
                "parameters": [
                    {"name": "s", "string": ""},
                    {"name": "m", "map": {}},
                    {"name": "a", "array": []},
                    {"name": "v", "array": ["x"], "map": {"k": "v"}},
                ]
            },
        },
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": False},
            "syncOptions": ["CreateNamespace=true"],
            "retry": {"limit": 0, "backoff": {"duration": "5s", "factor": 2}},
        },
    },
    "status": {"reconciledAt": "2024-05-06T07:08:10Z"},
}


def turned(tree, cls):
    """Carry a tree over the wire and back."""
    return convert.to_json(cls.FromString(convert.to_message(tree, cls).SerializeToString()))


def test_an_application_survives_the_wire():
    """Every special type of an Application comes back as it was."""
    got = turned(APPLICATION, v1.Application)
    assert APPLICATION["metadata"] == got["metadata"]
    spec = APPLICATION["spec"]
    assert spec["destination"] == got["spec"]["destination"]
    assert spec["source"] == got["spec"]["source"]
    assert "2024-05-06T07:08:10Z" == got["status"]["reconciledAt"]


def test_zero_values_follow_the_go_tags():
    """A pointer keeps an explicit false, a plain member with omitempty drops it."""
    policy = {"automated": {"prune": False, "selfHeal": False}}
    assert policy == turned(policy, v1.SyncPolicy)
    assert {"revision": "r"} == turned({"prune": False, "revision": "r"}, v1.SyncOperation)
    got = turned({"project": ""}, v1.ApplicationSpec)
    assert "" == got["project"]


def test_structs_held_by_value_always_appear():
    """An empty Application still carries metadata, spec and the structs of its status."""
    source = {"repoURL": ""}
    assert {
        "metadata": {},
        "spec": {"project": "", "destination": {}},
        "status": {
            "health": {},
            "sync": {"status": "", "comparedTo": {"source": source, "destination": {}}},
            "summary": {},
            "sourceHydrator": {},
        },
    } == turned({}, v1.Application)


def test_empty_lists_without_omitempty_are_null():
    """An empty application list is ``"items": null``."""
    assert {"metadata": {}, "items": None} == turned({"items": []}, v1.ApplicationList)


def test_capital_and_untagged_names():
    """Names are the proto's or Go's, never lower camel case of our own making."""
    assert {"Version": "v3"} == turned({"version": "v3"}, version_pb2.VersionMessage)
    options = {"kustomizeOptions": {"BuildOptions": "x", "BinaryPath": "", "Versions": None}}
    got = turned({"kustomizeOptions": {"buildoptions": "x"}}, settings_pb2.Settings)
    assert options == got


def test_names_match_in_any_case_and_unknown_ones_are_ignored():
    """encoding/json's rule."""
    message = convert.to_message({"NAME": "a", "other": {"x": 1}}, v1.KustomizeReplica)
    assert "a" == message.name


def test_null_leaves_a_member_unset():
    """Null is nothing, in objects; in lists and maps it is the zero value."""
    message = convert.to_message({"name": None, "project": ["a", None]}, _query())
    assert not message.HasField("name")
    assert ["a", ""] == list(message.project)


def _query():
    return application_pb2.ApplicationQuery


def test_times_are_text_in_utc_seconds():
    """Offsets are turned to UTC, fractions dropped; the zero time is null."""
    made = convert.to_message("2024-05-06T09:08:09.75+02:00", meta_v1_pb2.Time)
    assert "2024-05-06T07:08:09Z" == convert.to_json(made)
    zero = convert.to_message("0001-01-01T00:00:00Z", meta_v1_pb2.Time)
    assert convert.to_json(zero) is None
    early = convert.to_message("1969-12-31T23:59:59Z", meta_v1_pb2.Time)
    assert "1969-12-31T23:59:59Z" == convert.to_json(early)
    epoch = convert.to_message("1970-01-01T00:00:00Z", meta_v1_pb2.Time)
    assert "1970-01-01T00:00:00Z" == convert.to_json(epoch)


def test_events_carry_micro_times_and_nulls():
    """A MicroTime has six digits; times that never were are null and always there."""
    event = {"reason": "r", "eventTime": "2024-05-06T07:08:09.123456Z"}
    assert {
        "metadata": {},
        "involvedObject": {},
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        **event,
    } == turned(event, events_pb2.Event)


def test_resource_nodes_are_flat():
    """The reference's members stand among the node's."""
    node = {
        "kind": "Pod",
        "version": "v1",
        "name": "p",
        "namespace": "n",
        "uid": "u",
        "parentRefs": [{"kind": "ReplicaSet", "name": "r"}],
        "health": {"status": "Healthy"},
    }
    message = convert.to_message(node, v1.ResourceNode)
    assert "p" == message.resourceRef.name
    assert node == turned(node, v1.ResourceNode)


def test_sync_strategy_hook_is_flat():
    """``force`` of a hook strategy stands directly in it."""
    strategy = {"hook": {"force": True}}
    assert convert.to_message(strategy, v1.SyncStrategy).hook.syncStrategyApply.force
    assert strategy == turned(strategy, v1.SyncStrategy)


def test_resource_overrides_hold_yaml_text():
    """Dotted names, and the ignore lists as YAML text that always appears."""
    empty = "jqPathExpressions: null\njsonPointers: null\nmanagedFieldsManagers: null\n"
    override = {
        "health.lua": "return 1",
        "health.lua.useOpenLibs": True,
        "ignoreDifferences": "jqPathExpressions: null\njsonPointers:\n- /spec/replicas\n"
        "managedFieldsManagers: null\n",
        "ignoreResourceUpdates": empty,
    }
    settings = {"resourceOverrides": {"apps/Deployment": override}}
    assert settings == turned(settings, settings_pb2.Settings)


def test_arbitrary_json_in_lists():
    """Elements of a list generator may be anything, null too."""
    elements = [{"a": 1}, "x", None, [1]]
    got = turned({"elements": elements}, v1.ListGenerator)
    assert elements == got["elements"]


def test_bytes_are_base64():
    """With padding, as encoding/json has it."""
    config = {"certData": "YQ==", "insecure": False}
    assert config == turned(config, v1.TLSClientConfig)
    with pytest.raises(errors.InvalidArgument, match=r"^certData: expected base64 string"):
        convert.to_message({"certData": "YQ"}, v1.TLSClientConfig)


def test_our_own_messages_need_no_table():
    """Names of fields, zero values left out."""
    asked = {"app": {"namespace": "a", "name": "b"}}
    assert asked == turned(asked, controller_pb2.ManagedResourcesRequest)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"spec": {"project": 3}}, "spec.project: expected string, found number"),
        ({"spec": {"sources": {}}}, "spec.sources: expected array, found object"),
        ({"spec": {"sources": [{}, {"path": True}]}}, "spec.sources[1].path: expected string"),
        ({"metadata": {"labels": {"a": 1}}}, "metadata.labels.a: expected string, found number"),
        ({"metadata": {"generation": 1.5}}, "metadata.generation: expected 64-bit number"),
        ({"metadata": {"generation": 2**63}}, "metadata.generation: expected 64-bit number"),
        ({"metadata": {"generation": True}}, "metadata.generation: expected 64-bit number"),
        ({"metadata": []}, "metadata: expected object, found array"),
        ({"metadata": {"creationTimestamp": CANARY}}, "metadata.creationTimestamp: expected RFC"),
        ([CANARY], "the body: expected object, found array"),
    ],
)
def test_a_wrong_type_is_named_by_its_path(tree, message):
    """The error says where and what was expected; never the value."""
    with pytest.raises(errors.InvalidArgument) as raised:
        convert.to_message(tree, v1.Application)
    assert message in raised.value.message
    assert CANARY not in str(raised.value)


def test_a_secret_of_the_wrong_type_stays_hidden():
    """Not in the error, nor in what it was raised from."""
    with pytest.raises(errors.InvalidArgument) as raised:
        convert.to_message({"password": [CANARY]}, repository_pb2.RepoAccessQuery)
    error = raised.value
    while error:
        assert CANARY not in f"{error!r}{error.args}"
        error = error.__cause__ or error.__context__


def test_every_public_message_can_be_written_empty_and_read_back():
    """A plan can be built for each message of the public API, and its output is its input."""
    pool = descriptor_pool.Default()
    for module in (application_pb2, settings_pb2, v1, events_pb2, repository_pb2):
        for name in module.DESCRIPTOR.message_types_by_name:
            package = module.DESCRIPTOR.package
            cls = message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))
            tree = convert.to_json(cls())
            assert tree == convert.to_json(convert.to_message(tree, cls)), name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["metadata", "spec", "source", "name", "labels", "status", "kind"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_tree_is_read_or_refused(tree):
    """No input raises anything but InvalidArgument; what is read writes and reads the same."""
    try:
        message = convert.to_message(tree, v1.Application)
    except errors.InvalidArgument:
        return
    again = convert.to_message(convert.to_json(message), v1.Application)
    assert convert.to_json(message) == convert.to_json(again)
