"""Secret values never leave; what can be seen is which values differ."""

import base64
import json
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import diff

CANARY = "c4n4ry-v4lue-nobody-may-see"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(data: Any = None, *, last: Any = None, **rest: Any) -> dict[str, Any]:
    annotations = {} if last is None else {diff.LAST_APPLIED: last}
    metadata = {"name": "s", "annotations": annotations}
    result = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **rest}
    if data is not None:
        result["data"] = data
    return result


def test_lengths_by_distinct_value() -> None:
    """First value eight signs, each further one four more, equal values alike; per key."""
    last = json.dumps(secret({"a": b64("3"), "b": b64("x")}))
    desired, live = diff.mask_secrets(
        secret({"a": b64("1"), "b": b64("x")}), secret({"a": b64("2"), "b": b64("x")}, last=last)
    )

    assert desired is not None
    assert live is not None
    inner = orjson.loads(live["metadata"]["annotations"][diff.LAST_APPLIED])
    assert {"a": "+" * 8, "b": "+" * 8} == desired["data"]
    assert {"a": "+" * 12, "b": "+" * 8} == live["data"]
    assert {"a": "+" * 16, "b": "+" * 8} == inner["data"]


def test_string_data_has_the_mask_of_data() -> None:
    """A value spelled in stringData equals its base64 form."""
    desired, live = diff.mask_secrets(secret(stringData={"a": "1"}), secret({"a": b64("1")}))

    assert desired is not None
    assert live is not None
    assert desired["data"] == live["data"]
    assert "stringData" not in desired


def test_unreadable_record_is_replaced() -> None:
    """Nothing of an annotation that cannot be read is shown."""
    for text in (f"{{{CANARY}", json.dumps([CANARY]), json.dumps(CANARY), 7):
        _, live = diff.mask_secrets(None, secret({}, last=text))
        assert live is not None
        assert live["metadata"]["annotations"][diff.LAST_APPLIED] == "++++++++"


def test_sensitive_annotations_are_masked() -> None:
    """Annotations named in the settings count as values."""
    live = secret({})
    live["metadata"]["annotations"] = {"token": CANARY, "other": "seen"}
    _, masked = diff.mask_secrets(None, live, annotations=["token"])

    assert masked is not None
    assert {"token": "++++++++", "other": "seen"} == masked["metadata"]["annotations"]


def test_other_kinds_are_not_touched() -> None:
    """Only core Secrets hold secrets by type."""
    other = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}

    assert (other, other) == tuple(diff.mask_secrets(other, other))


odd = st.recursive(
    st.just(CANARY) | st.just(b64(CANARY)) | st.none() | st.integers(),
    lambda below: (
        st.lists(below, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "b"]), below, max_size=2)
    ),
    max_leaves=5,
)


@given(odd, odd, odd)
def test_no_value_gets_through(data: Any, texts: Any, last: Any) -> None:
    """Whatever the shape of the sections, no value of them appears in the answer."""
    record = json.dumps({"kind": "Other", "data": last, "stringData": data})
    live = secret(data, last=record, stringData=texts)
    shown = repr(diff.mask_secrets(secret(texts, stringData=data), live))

    assert CANARY not in shown
    assert b64(CANARY) not in shown
    assert b64(CANARY)[:12] not in shown
