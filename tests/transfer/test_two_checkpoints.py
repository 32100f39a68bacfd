"""Two checkpoints of one design: what has changed, the most first, whatever the tensors are called."""

import numpy as np
import pytest

import parity
from parity.transfer import State

pytestmark = pytest.mark.filterwarnings("ignore")

BLOCKS = 4


def tensors(step=0.0):
    """An encoder whose layers have equal sizes; its norms start as ones and zeros, which are equal too."""
    random, other = np.random.default_rng(0), np.random.default_rng(1)
    made = {"embed.weight": random.standard_normal((20, 8))}
    for at in range(BLOCKS):
        for name in ("query", "key"):
            made[f"blocks.{at}.{name}.weight"] = random.standard_normal((8, 8))
            made[f"blocks.{at}.{name}.bias"] = random.standard_normal(8)
        made |= {f"blocks.{at}.norm.weight": np.ones(8), f"blocks.{at}.norm.bias": np.zeros(8)}
    return {name: (each + step * other.standard_normal(each.shape)).astype("float32") for name, each in made.items()}


def stored(path, arrays):
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(each) for name, each in arrays.items()}, path)
    return path


def changed():
    now = tensors()
    now["blocks.1.query.weight"] = now["blocks.1.query.weight"] + np.float32(0.01)
    now["blocks.3.key.bias"] = now["blocks.3.key.bias"] * np.float32(1.5)
    return now


def scrambled(arrays):
    """With names that say nothing, in an order of its own."""
    names = np.random.default_rng(2).permutation(sorted(arrays))
    return {f"p{at:02d}": arrays[name] for at, name in enumerate(names)}, {n: f"p{i:02d}" for i, n in enumerate(names)}


def different(left, right):
    report = parity.compare(left, right, weights=True)
    assert len(report.weights) == len(tensors())
    worse = [each for each in report.weights if each.state is not State.SAME]
    return {each.left: each for each in worse}, report


def test_what_has_changed_is_told_the_most_first(tmp_path):
    before, now = stored(tmp_path / "a.safetensors", tensors()), stored(tmp_path / "b.safetensors", changed())

    found, report = different(before, now)

    assert {*found} == {"blocks.1.query.weight", "blocks.3.key.bias"}
    from parity.reports import Screen, named

    text = named("text").compared(report, Screen(), "error")
    table = text[text.index("weights compared") :]
    assert table.index("blocks.3.key.bias") < table.index("blocks.1.query.weight")


def test_tensors_are_recognised_by_their_values_where_names_and_order_tell_nothing(tmp_path):
    arrays, names = scrambled(changed())
    before, now = stored(tmp_path / "a.safetensors", tensors()), stored(tmp_path / "b.safetensors", arrays)

    found, report = different(before, now)

    assert {*found} == {"blocks.1.query.weight", "blocks.3.key.bias"}
    assert f"stored as {names['blocks.3.key.bias']}" in found["blocks.3.key.bias"].why
    assert "25 tensors named as on the left by their values" in report.right.producer


def test_names_that_mislead_do_not_count(tmp_path):
    """What the file calls a query holds the key; neighbours tell which ones and zeros are whose."""
    now = {
        name.replace(".query.", ".one.").replace(".key.", ".query.").replace("blocks.", "layer."): each
        for name, each in changed().items()
    }
    before, right = stored(tmp_path / "a.safetensors", tensors()), stored(tmp_path / "b.safetensors", now)

    found, _ = different(before, right)

    assert {*found} == {"blocks.1.query.weight", "blocks.3.key.bias"}


def test_tensors_that_have_all_changed_a_little_are_recognised(tmp_path):
    arrays, _ = scrambled({name: each for name, each in tensors(step=0.02).items() if "norm" not in name})
    whole = {name: each for name, each in tensors().items() if "norm" not in name}
    before, now = stored(tmp_path / "a.safetensors", whole), stored(tmp_path / "b.safetensors", arrays)

    report = parity.compare(before, now, weights=True)

    assert {each.state for each in report.weights} == {State.DIFFERENT}
    assert all("has changed by 0.0" in each.why for each in report.weights)
    assert "17 tensors named as on the left by their values" in report.right.producer


def test_another_models_tensors_keep_their_names(tmp_path):
    other = {
        name: np.random.default_rng(9).standard_normal(each.shape) for name, each in scrambled(tensors())[0].items()
    }
    before, now = stored(tmp_path / "a.safetensors", tensors()), stored(tmp_path / "b.safetensors", other)

    report = parity.compare(before, now, weights=True)

    assert "by their values" not in report.right.producer


def test_without_weights_no_values_are_read(tmp_path):
    arrays, _ = scrambled(tensors())
    before, now = stored(tmp_path / "a.safetensors", tensors()), stored(tmp_path / "b.safetensors", arrays)

    assert "by their values" not in parity.compare(before, now).right.producer
