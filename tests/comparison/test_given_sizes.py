"""Sizes of what models give are compared place by place where both take the same tensors."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import module, onnx_model


def model(*nodes, sizes=("n", 1, 3), **stored):
    """An ONNX model of nodes in a row, each with its stored operands and settings."""
    from onnx import helper

    names = ["x", *(f"v{at}" for at in range(1, len(nodes) + 1))]
    made = [
        helper.make_node(op, [before, *operands], [after], **settings)
        for (op, operands, settings), before, after in zip(nodes, names, names[1:], strict=False)
    ]
    return onnx_model(made, [("x", sizes)], [(names[-1], None)], **stored)


def expanded(*target):
    return model(("Expand", ["target"], {}), target=np.array(target))


def pooled(*target):
    pool = ("MaxPool", [], {"kernel_shape": [1, 3]})
    return model(("Reshape", ["target"], {}), pool, sizes=("n", 3, 3), target=np.array(target))


def flat(axis):
    return model(("Flatten", [], {"axis": 0}), ("Flatten", [], {"axis": axis}))


@pytest.mark.parametrize(("axes", "verdict"), [((1, 2), Verdict.EQUIVALENT), ((1, 3), Verdict.DIFFERENT)])
def test_what_is_made_of_nothing(axes, verdict):
    def net(*axes):
        return module({}, lambda _, x: x.new_zeros(x.shape).swapaxes(*axes))

    assert parity.compare(net(1, 2), net(*axes), inputs=[(2, 2, 1, 1)]).verdict is verdict


@pytest.mark.parametrize(
    ("made", "one", "other"),
    [(expanded, (3, 1, 3, 1), (3, 1, 2, 3)), (flat, (-2,), (2,)), (pooled, (3, 3, 1, -1), (3, -1, 1, 3))],
    ids=["expand", "flatten", "reshape"],
)
def test_a_free_size_does_not_stand_for_one_that_another_stands_for(made, one, other):
    assert parity.compare(made(*one), made(*other)).verdict is Verdict.DIFFERENT
    assert parity.compare(made(*one), made(*one)).verdict is Verdict.EQUIVALENT


def test_a_size_that_is_computed_is_not_told():
    def computed(bits):
        steps = ("Shape", [], {}), ("BitwiseAnd", ["bits"], {}), ("ConstantOfShape", [], {})
        return model(*steps, sizes=(2, 2, 2), bits=np.array(bits))

    assert parity.compare(computed(1), computed(3)).verdict is Verdict.INCONCLUSIVE


def test_numbers_that_follow_from_sizes_are_given_by_any_name():
    def given(*ops):
        found = model(*((op, [], {}) for op in ops), sizes=(2, 3))
        found.graph.output[0].type.tensor_type.elem_type = 7
        return found

    for op in ("Size", "Shape"):
        assert parity.compare(given(op), given(op, "Identity", "Identity")).verdict is Verdict.EQUIVALENT
    assert parity.compare(given("Size"), given("Shape", "Identity")).verdict is not Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ((2, 2, 6, 1), (2, 1, 6, 2), Verdict.DIFFERENT),
        ((2, 3, 6, 4), (2, 4, 6, 3), Verdict.DIFFERENT),
        ((2, 1, 6, 3), (2, 3, 6, 1), Verdict.DIFFERENT),
        ((2, 2, 6, 1), (2, 2, 6, 1), Verdict.EQUIVALENT),
    ],
)
def test_repeated_axes_that_are_exchanged(one, other, verdict):
    """What is repeated along two axes has the same elements wherever they are, and another shape."""
    found = parity.compare(*(module({}, lambda _, x, to=to: x.expand(to)) for to in (one, other)), inputs=[(1, 6, 1)])

    assert found.verdict is verdict


@pytest.mark.parametrize("make", ["pad", "stack", "unsqueeze"])
def test_axes_that_are_made_in_other_places(make):
    import torch

    makers = {
        "pad": lambda x, at: torch.nn.functional.pad(x[:, None, :, None], (0, 0, 0, 0, 1, 1) if at else (1, 1)),
        "stack": lambda x, at: torch.stack([x] * 3, 1)[..., None] if at else torch.stack([x] * 3, 2)[:, None],
        "unsqueeze": lambda x, at: x[:, :1, None] if at else x[:, None, :1].transpose(1, 2)[:, None],
    }
    nets = [module({}, lambda _, x, at=at: makers[make](x, at)) for at in (0, 1)]

    assert parity.compare(*nets, inputs=[(2, 6)]).verdict is Verdict.DIFFERENT
    assert parity.compare(nets[0], nets[0], inputs=[(2, 6)]).verdict is Verdict.EQUIVALENT
