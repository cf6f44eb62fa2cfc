"""The keys that may sign: added, listed, taken away; kept in the contract's ConfigMap."""

from pathlib import Path

import pytest

from plumbline.core import errors, integrity
from plumbline.pb.server import gpgkey_pb2
from plumbline.pb.v1alpha1 import generated_pb2

MAP = "argocd-gpg-keys-cm"
DATA = Path(__file__).parents[4] / "libs/common/tests/core/integrity/testdata"
RSA, TWO = (DATA / "rsa.asc").read_text(), (DATA / "two.asc").read_text()
GOOD = "0EAB53D77C8E1015"


def create(text, **fields):
    key = generated_pb2.GnuPGPublicKey(keyData=text, **fields.pop("key", {}))
    return gpgkey_pb2.GnuPGPublicKeyCreateRequest(publickey=key, **fields)


def query(key_id=""):
    return gpgkey_pb2.GnuPGPublicKeyQuery(keyID=key_id)


async def test_keys_are_added_listed_and_taken_away(stage):
    """Each under the 16 digits of its id, and in force at once."""
    user = stage.user()
    made = await user.gpgkeys.Create(create(f"{RSA}\n{TWO}"))

    assert 3 == len(made.created.items)
    assert not made.skipped
    data = stage.memory.objects["ConfigMap", MAP]["data"]
    assert {key.keyID for key in made.created.items} == set(data)
    assert GOOD in data
    listed = (await user.gpgkeys.List(query())).items
    assert sorted(data) == [key.keyID for key in listed]
    assert not any(key.keyData for key in listed)
    (one,) = (await user.gpgkeys.List(query(GOOD.lower()))).items
    assert ("Good <good@x>", "ed25519", "unknown", one.fingerprint[-16:]) == (
        one.owner,
        one.subType,
        one.trust,
        GOOD,
    )
    assert not (await user.gpgkeys.List(query("no-such"))).items
    got = await user.gpgkeys.Get(query(one.fingerprint))
    assert one.fingerprint == integrity.read_public_keys(got.keyData)[0].fingerprint

    await user.gpgkeys.Delete(query(GOOD))
    assert GOOD not in stage.memory.objects["ConfigMap", MAP]["data"]
    for call in (user.gpgkeys.Get, user.gpgkeys.Delete):
        with pytest.raises(errors.NotFound, match=GOOD):
            await call(query(GOOD))


async def test_what_is_known_is_skipped_unless_it_is_to_be_replaced(stage):
    """And told so."""
    user = stage.user()
    await user.gpgkeys.Create(create(TWO))
    again = await user.gpgkeys.Create(create(f"{TWO}\n{RSA}"))
    assert 1 == len(again.created.items)
    assert GOOD in again.skipped
    assert 2 == len(again.skipped)
    replaced = await user.gpgkeys.Create(create(TWO, upsert=True))
    assert (2, 0) == (len(replaced.created.items), len(replaced.skipped))


async def test_what_is_no_key(stage):
    """A private key above all is never written anywhere."""
    user = stage.user()
    for text in ("", "hello", RSA.replace("PUBLIC", "PRIVATE")):
        with pytest.raises(errors.InvalidArgument):
            await user.gpgkeys.Create(create(text))
    with pytest.raises(errors.InvalidArgument, match="is not"):
        await user.gpgkeys.Create(create(RSA, key={"keyID": GOOD}))
    for call in (user.gpgkeys.Get, user.gpgkeys.Delete):
        for key_id in ("", "x", "../etc"):
            with pytest.raises(errors.InvalidArgument):
                await call(query(key_id))
    assert ("ConfigMap", MAP) not in stage.memory.objects


async def test_what_others_wrote_does_not_stop_the_list(stage):
    """A text that is no key is left out of it, and can be taken away by its name."""
    stage.parts.declared.take_map(MAP, {"0" * 16: "nonsense"})
    await stage.memory.create(
        "ConfigMap", {"metadata": {"name": MAP, "namespace": "argocd"}, "data": {"0" * 16: "x"}}
    )
    user = stage.user()
    assert not (await user.gpgkeys.List(query())).items
    await user.gpgkeys.Delete(query("0" * 16))
    assert {} == stage.memory.objects["ConfigMap", MAP]["data"]


async def test_who_may(stage):
    """Reading, adding and taking away are permissions of their own."""
    stage.policy("p, reader, gpgkeys, get, *, allow", "p, adder, gpgkeys, create, *, allow")
    reader, adder, nobody = (stage.user(name) for name in ("reader", "adder", "nobody"))
    await adder.gpgkeys.Create(create(RSA))
    assert 1 == len((await reader.gpgkeys.List(query())).items)
    for refused in (
        reader.gpgkeys.Create(create(TWO)),
        reader.gpgkeys.Delete(query(GOOD)),
        adder.gpgkeys.List(query()),
        adder.gpgkeys.Delete(query(GOOD)),
        nobody.gpgkeys.Get(query(GOOD)),
    ):
        with pytest.raises(errors.PermissionDenied):
            await refused
