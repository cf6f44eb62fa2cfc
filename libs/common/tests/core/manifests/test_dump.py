"""A tree written for YAML readers: they find the same tree in it."""

import pytest
import yaml

from plumbline.core import errors, manifests

ODD = "".join(map(chr, (0x7F, 0x85, 0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)))


@pytest.mark.parametrize("character", ODD)
def test_no_character_is_a_line_break_or_refused(character):
    """Neither to us nor to another reader, in a value and in a key."""
    tree = {f"a {character} b": [f"{character}\n {character}c"]}

    text = manifests.dump_yaml(tree).decode()

    assert tree == yaml.safe_load(text)
    assert tree == manifests.parse_yaml(text)


def test_other_text_stays_readable():
    """Letters of any script are not escaped."""
    assert '{"a":"ü🙂\\\\ \\"x\\""}' == manifests.dump_yaml({"a": 'ü🙂\\ "x"'}).decode()


def test_what_json_has_not_is_refused():
    """A number that no JSON holds."""
    with pytest.raises(errors.InvalidArgument, match="cannot be written"):
        manifests.dump_yaml({"a": 2**70})
