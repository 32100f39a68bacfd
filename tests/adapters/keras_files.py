"""What two files of one Keras model must have in common, down to the elements of each weight."""

import io
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from parity.adapters import read
from parity.graph import Census, SourceGraph, SourceNode, Weight

RESAVED = ("__inputs__", "__call__")
"""Attributes that tell how a call was written down."""


def save_both(model: Any, folder: Path, *, randomise: bool = True) -> tuple[Path, Path]:
    """The model, if wished with random weights, as ``.h5`` and as ``.keras``."""
    if randomise:
        rng = np.random.default_rng(7)
        model.set_weights([rng.normal(size=each.shape).astype(each.dtype) for each in model.get_weights()])
    paths = folder / "model.h5", folder / "model.keras"
    for path in paths:
        model.save(path)
    return paths


def assert_counts(graph: SourceGraph, model: Any) -> None:
    """Every weight has one owner, and counts are the framework's own."""
    owned = [name for row in graph.layers for name in row.weights]
    assert sorted(owned) == sorted(graph.weights)
    counted = [each for each in graph.weights.values() if each.census is not Census.RNG]
    assert sum(each.numel for each in counted) == model.count_params()
    for census, theirs in (
        (Census.TRAINABLE, model.trainable_weights),
        (Census.FROZEN, model.non_trainable_weights),
    ):
        mine = sum(each.numel for each in counted if each.census is census)
        assert mine == sum(int(np.prod(each.shape)) for each in theirs), census


def assert_same_files(h5: Path, archive: Path) -> None:
    """Both tell the same rows, calls, census and elements; seeds are not kept in ``.h5``."""
    left, right = read(h5), read(archive)
    assert left.evidence is right.evidence
    assert [(row.path, row.type, row.outputs) for row in left.layers] == [
        (row.path, row.type, row.outputs) for row in right.layers
    ]
    assert [_call(node, left) for node in left.nodes] == [_call(node, right) for node in right.nodes]
    assert (left.inputs, left.outputs, left.input_names) == (right.inputs, right.outputs, right.input_names)
    assert left.containers == right.containers
    kept = {name: each for name, each in right.weights.items() if each.census is not Census.RNG}
    assert {name: _weight(each) for name, each in left.weights.items()} == {
        name: _weight(each) for name, each in kept.items()
    }
    with zipfile.ZipFile(archive) as file:
        content = file.read("model.weights.h5")
    with h5py.File(h5) as ours, h5py.File(io.BytesIO(content)) as theirs:
        for name, each in left.weights.items():
            expected = ours[each.storage][()]
            np.testing.assert_array_equal(expected, theirs[kept[name].storage][()], err_msg=name)
            for graph in (left, right):
                found = graph.store.read(name)
                assert found.shape == each.shape
                assert found.tobytes() == expected.tobytes(), name


def _call(node: SourceNode, graph: SourceGraph) -> tuple[Any, ...]:
    slots = {slot for slot, name in node.weights.items() if graph.weights[name].census is not Census.RNG}
    return node.path, node.layer, node.dialect, node.op, tuple(node.inputs.values()), node.outputs, slots


def _weight(weight: Weight) -> tuple[Any, ...]:
    return weight.shape, weight.dtype, weight.census, weight.presumed
