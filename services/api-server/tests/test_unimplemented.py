"""The methods that are not there yet: a list that may only shrink."""

from pathlib import Path

from plumbline.api_server.services import registry

LIST = Path(__file__).with_name("unimplemented.txt")


def test_the_list_of_unimplemented_methods_is_true():
    """What answers Unimplemented is exactly what the file names."""
    listed = LIST.read_text().split()

    assert listed == registry.unimplemented()
