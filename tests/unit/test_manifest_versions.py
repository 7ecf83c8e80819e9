"""Which apps fit this shop's version, by the ranges that their manifests are written with."""

import pytest

from engine.accounts.manifests import satisfied


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ("^3.13", True), (">=3.13 <4", True), ("3.23", True), ("3.23.0", True), ("~3.23.0", True), ("*", True),
        ("", True),
        ("^2.0 || ^3.20", True), ("3", True), ("3.x", True), (">=3.11.7<4", True), ("<=3.23.0", True),
        ("^4.0", False), (">=3.24", False), ("<3.23", False), ("3.22", False), ("~3.22", False), ("3.23.1", False),
        ("^2.0 || >3.23.0", False), ("newest", False), (">= three", False),
    ],
)  # fmt: skip
def test_a_range_fits_or_does_not(wanted: str, fits: bool) -> None:
    assert satisfied(wanted, (3, 23, 0)) is fits
