"""One of several equal blocks is missing: which one is told by names at most, and the report says so."""

import pytest

from parity.check import check
from tests.balance import remainders


def tower(names):
    """Equal residual blocks of two dense layers."""
    import keras

    x = first = keras.Input((8,), name="image")
    for name in names:
        hidden = keras.layers.Dense(8, activation="relu", name=f"{name}_up")(x)
        x = keras.layers.Add(name=f"{name}_add")([keras.layers.Dense(8, name=f"{name}_down")(hidden), x])
    return keras.Model(first, keras.layers.Dense(3, name="end")(x))


@pytest.mark.parametrize("gone", [0, 5, 11])
def test_the_missing_block_is_the_one_whose_names_are_missing(gone):
    names = [f"block{at}" for at in range(12)]

    report = check(tower(names), tower([*names[:gone], *names[gone + 1 :]]))

    found = [each for each, severity in report.findings if severity == "error"]
    assert {path.partition("_")[0] for each in found for path in each.left} == {f"block{gone}"}
    assert all("one of 12 equal consecutive blocks" in each.message for each in found if each.rule == "layer-missing")
    assert remainders(report) == {}
