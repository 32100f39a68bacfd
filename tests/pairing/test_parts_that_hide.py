"""What makes parts one, or no part: more that they give, short axes, places that are given, large numbers."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import module, nn, onnx_model


def model(outputs, *nodes, sizes=(2, 5), **stored):
    from onnx import helper

    made = onnx_model(
        [helper.make_node(op, *ends, **settings) for op, *ends, settings in nodes], [("x", sizes)], [], **stored
    )
    made.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in outputs)
    for each in made.graph.output:
        each.type.tensor_type.elem_type = outputs[each.name]
    return made


def test_a_layer_whose_places_are_given_too_is_in_no_part():
    """The largest of one element is that element, but its place is another output."""
    floats, places = 1, 7
    one = {"sizes": (1, 1, 1), "k": np.array([1])}
    left = model(
        {"y": floats, "at": places},
        ("Relu", ["x"], ["r"], {}),
        ("TopK", ["r", "k"], ["most", "at"], {}),
        ("Mean", ["most", "most"], ["y"], {}),
        **one,
    )
    right = model(
        {"y": floats, "r": floats},
        ("Relu", ["x"], ["r"], {}),
        ("Mean", ["r", "r"], ["y"], {}),
        sizes=(1, 1, 1),
    )

    assert parity.compare(left, right).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(("slope", "verdict"), [(0.5, Verdict.EQUIVALENT), (0.0, Verdict.DIFFERENT)])
def test_places_of_what_is_not_zero_are_more_or_fewer(slope, verdict):
    left = model({"y": 7}, ("Ceil", ["x"], ["c"], {}), ("NonZero", ["c"], ["y"], {}))
    right = model(
        {"y": 7},
        ("Ceil", ["x"], ["c"], {}),
        ("PRelu", ["c", "slope"], ["p"], {}),
        ("NonZero", ["p"], ["y"], {}),
        slope=np.full(5, slope, "float32"),
    )

    assert parity.compare(left, right).verdict is verdict


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        ((2, -3, -1), (2, 2, -1), Verdict.DIFFERENT),
        ((0, -3, 1), (0, 1, 1), Verdict.DIFFERENT),
        ((0, 2, 1), (0, 2, 1), Verdict.EQUIVALENT),
    ],
)
def test_cuts_of_axes_that_are_shorter_than_they_reach(mine, theirs, verdict):
    def cut(bounds):
        stored = {name: np.array([each]) for name, each in zip(("a", "b", "step"), bounds, strict=True)}
        node = ("Slice", ["x", "a", "b", "axis", "step"], ["y"], {})
        return model({"y": 1}, node, sizes=("n", 3), axis=np.array([0]), **stored)

    assert parity.compare(cut(mine), cut(theirs)).verdict is verdict


@pytest.mark.parametrize(("axes", "verdict"), [((2, 1, 0), Verdict.EQUIVALENT), ((1, 2, 0), Verdict.DIFFERENT)])
def test_a_norm_before_or_after_what_turns_the_batch(axes, verdict):
    stored = {name: np.array(each, "float32") for name, each in NORM.items()}
    norm = ("BatchNormalization", ["x", *stored], ["n"], {})
    left = model(
        {"y": 1},
        ("Transpose", ["x"], ["t"], {"perm": axes}),
        ("BatchNormalization", ["t", *stored], ["y"], {}),
        sizes=(2, 2, 2),
        **stored,
    )
    right = model({"y": 1}, norm, ("Transpose", ["n"], ["y"], {"perm": axes}), sizes=(2, 2, 2), **stored)

    assert parity.compare(left, right).verdict is verdict


NORM = {"scale": (0.5, 2), "shift": (1, -1), "mean": (0.1, 0.2), "variance": (0.5, 1.5)}


def test_what_saturates_shows_in_few_large_numbers():
    """The cosine of a value with itself is 1, but where all of a row is as good as 0."""

    def net(axis):
        import torch

        forward = lambda self, x: torch.cosine_similarity(*[self.softmax(x)] * 2, dim=-1)  # noqa: E731
        return module({"softmax": nn().Softmax(dim=axis)}, forward)

    def written_out(axis):
        def forward(self, x):
            value = self.softmax(x)
            row = value / value.norm(dim=-1, keepdim=True).clamp(min=1e-8)
            return (row * row).sum(-1)

        return module({"softmax": nn().Softmax(dim=axis)}, forward)

    shape = {"inputs": [(2, 2, 2, 2)]}
    assert parity.compare(net(-2), written_out(-3), **shape).verdict is Verdict.DIFFERENT
    assert parity.compare(net(-2), written_out(-2), **shape).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    "pair",
    [
        [("Transpose", {"perm": (1, 2, 0)}), ("Transpose", {"perm": (2, 0, 1)})],
        [("Flatten", {"axis": 2}), ("Reshape", {"target": (2, 2, 3)})],
        [("Transpose", {"perm": (1, 2, 0)}), ("Transpose", {"perm": (1, 2, 0)})],
    ],
    ids=["turned back", "brought back", "turned on"],
)
def test_what_is_undone_is_taken_in_by_no_layer_around_it(pair):
    """The norm's own transposition is not moved behind those that undo each other."""
    stored = {name: np.array(each, "float32") for name, each in NORM.items()}
    back = dict(pair[1][1])
    stored |= {"target": np.array(back.pop("target"))} if "target" in back else {}
    head = (
        ("Transpose", ["x"], ["t"], {"perm": (2, 1, 0)}),
        ("BatchNormalization", ["t", *NORM], ["n"], {}),
        ("Ceil", ["n"], ["c"], {}),
    )
    tail = ((pair[0][0], ["c"], ["p"], pair[0][1]), (pair[1][0], ["p", *[*stored][4:]], ["y"], back))
    left = model({"c": 1}, *head, sizes=(3, 2, 2), **stored)
    right = model({"y": 1}, *head, *tail, sizes=(3, 2, 2), **stored)
    undone = pair[0] != pair[1]

    assert parity.compare(left, right).verdict is (Verdict.EQUIVALENT if undone else Verdict.DIFFERENT)


def test_a_reshape_that_turns_too_is_not_undone_by_another():
    steps = ("Unsqueeze", ["x", "axes"], ["u"], {}), ("Transpose", ["u"], ["t"], {"perm": (0, 3, 4, 1, 2)})
    stored = {"axes": np.array([0, 1]), "target": np.array([-1, 4])}
    left, right = (
        model({"y": 1}, *steps, ("Reshape", ["t", "target"], ["y"], {}), sizes=(2, 2, 1), **stored) for _ in range(2)
    )

    assert parity.compare(left, right).verdict is Verdict.EQUIVALENT
