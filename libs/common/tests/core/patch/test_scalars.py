"""Spellings of one value are one value; different values stay different."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core.patch import scalars


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("q", "1000m", "1"),
        ("q", "1", 1),
        ("q", "1Gi", "1024Mi"),
        ("q", "0.5Gi", "512Mi"),
        ("q", "1e3", "1k"),
        ("q", "1E3", "1000"),
        ("q", ".5", "500m"),
        ("q", "5.", "5"),
        ("q", "+1", "1"),
        ("q", "0", "0Gi"),
        ("q", "0.0000000001", "1n"),
        ("q", "100n", "0.1u"),
        ("d", "60m", "1h"),
        ("d", "1h0m0s", "3600s"),
        ("d", "1.5s", "1500ms"),
        ("t", "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00Z"),
        ("t", "2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00Z"),
        ("b", "QUJD\nREVG\n", "QUJDREVG"),
    ],
)
def test_same(code: str, one: object, other: object) -> None:
    """The API server would store both alike."""
    assert scalars.same_scalar(code, one, other)


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("q", "1", "2"),
        ("q", "1G", "1Gi"),
        ("q", "1M", "1m"),
        ("q", "nonsense", "other"),
        ("q", "1e999", "2e999"),
        ("q", True, 1),
        ("d", "1m", "1h"),
        ("d", "1", "1s"),
        ("t", "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z"),
        ("b", "QUJD", "QUJE"),
        (".", "1", 1),
        (".", True, 1),
        (".", False, 0),
        (".", "a", "A"),
    ],
)
def test_different(code: str, one: object, other: object) -> None:
    """The API server would store them differently, or refuse one."""
    assert not scalars.same_scalar(code, one, other)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["", "m", "u", "k", "Mi"]))
def test_quantity_is_its_amount(number: int, suffix: str) -> None:
    """The canonical form of a quantity is the amount itself."""
    factor: dict[str, int | Decimal] = {
        "": 1,
        "m": Decimal("0.001"),
        "u": Decimal("0.000001"),
        "k": 1000,
        "Mi": 2**20,
    }
    form = scalars.quantity(f"{number}{suffix}")

    assert Decimal(number) * factor[suffix] == Decimal(form)
    assert form == scalars.quantity(form)


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans())
def test_any_value_has_a_form(value: object) -> None:
    """Nothing a manifest may hold makes a canonical form fail, and forms are stable."""
    for form in scalars.CANONICAL.values():
        once = form(value)
        assert repr(once) == repr(form(once))
