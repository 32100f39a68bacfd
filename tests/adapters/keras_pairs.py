"""Comparison of what a file and the live model behind it tell."""

from pathlib import Path
from typing import Any

from parity.adapters import read
from parity.graph import SourceGraph


def saved_and_live(model: Any, folder: Path) -> tuple[SourceGraph, SourceGraph]:
    """The graphs of a model's file and of the model itself."""
    path = folder / "model.keras"
    model.save(path)
    return read(path), read(model)


def assert_same(file: SourceGraph, live: SourceGraph) -> None:
    """All that the file tells is told alike by the live model, which may know more shapes."""
    assert file.layers == live.layers
    assert file.containers == live.containers
    assert file.weights == live.weights
    for name in file.weights:
        if "lora_" not in name:  # a file holds them merged into the kernel
            assert file.store.read(name).tobytes() == live.store.read(name).tobytes(), name
    assert (file.inputs, file.outputs, file.input_names) == (live.inputs, live.outputs, live.input_names)
    for left, right in zip(file.nodes, live.nodes, strict=True):
        assert left == right
    assert file.values.keys() <= live.values.keys()
    for key, value in file.values.items():
        if value.shape is not None:
            assert value.shape == live.values[key].shape
        if value.dtype is not None:
            assert value.dtype == live.values[key].dtype
    assert [gap.where for gap in file.gaps] == [gap.where for gap in live.gaps]
    assert (file.evidence, file.producer, file.framework) == (live.evidence, live.producer, live.framework)
