"""Every rewrite leaves what a model computes as it is: evaluated before and after on the same numbers."""

import numpy as np
import pytest

from parity.evaluation import drawn, drawn_inputs, run
from parity.passes import normalise
from tests.corpus.stored import NAMES, graph

NOT_COMPUTED = {
    "drawn-15-torch": "aten.lerp is opaque",
    "drawn-19-onnx": "Softmax of an old opset over merged axes is opaque",
    "drawn-87-onnx": "Max of integers on a computed grid is opaque",
    "drawn-95-keras": "a norm of three channels is called on 27, which Keras refuses, too",
    "drawn-188-keras": "a batch of any size is brought to 3",
    "drawn-247-keras": "a ReLU with a threshold is opaque",
    "drawn-404-onnx": "the length of a range is the number of elements of an input",
    "vocoder-pt2": "a kernel is the product of two stored tensors, weight normalisation",
    "wav2vec2-pt2": "the same",
}
"""Models without an output that can be computed, and why."""

CLOSE = 1e-7
"""Of the largest number: what follows from stored numbers alone is kept in single precision."""

ROUNDS = {"lift_quantisation"}
"""Passes that leave out a rounding to a grid, which is told beside the graph."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("corpus"))


def apart(one, other):
    """How far two arrays are apart, as a share of the largest number; infinite for other shapes or places of NaN."""
    one, other = np.asarray(one, "float64"), np.asarray(other, "float64")
    fine = np.isfinite(one)
    if one.shape != other.shape or not np.array_equal(fine, np.isfinite(other)):
        return float("inf")
    return float(np.max(np.abs(one[fine] - other[fine]), initial=0) / max(np.max(np.abs(one[fine]), initial=0), 1e-30))


@pytest.mark.parametrize("name", NAMES)
def test_passes_keep_what_is_computed(name, folder, record_property):
    model = graph(name, folder)
    inputs, numbers = drawn_inputs(model), drawn(model)
    before = run(model, numbers, inputs)
    known = {"of": before, "graph": model}
    wrong = []

    def watch(phase, each, done):
        if not each or wrong:
            return
        after = run(done, numbers, inputs)
        for first, last in zip(known["graph"].outputs, done.outputs, strict=True):
            if first not in known["of"].values or each in ROUNDS:
                continue
            if last not in after.values:
                wrong.append(f"{phase}/{each}: {last} is not computed any more: {after.gaps}")
            elif (distance := apart(known["of"].values[first], after.values[last])) > CLOSE:
                wrong.append(f"{phase}/{each}: {last} is {distance:.2g} apart")
        known.update(of=after, graph=done)

    normalise(model, watch)

    assert wrong == []
    computed = [value for value in model.outputs if value in before.values]
    record_property("figure: outputs of the corpus, computed after every rewrite", len(computed))
    assert computed or name in NOT_COMPUTED, before.gaps
