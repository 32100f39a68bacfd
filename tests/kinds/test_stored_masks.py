"""Masks that a model stores are a part of what it computes, whatever number blocks, and wherever they stand."""

import warnings

import numpy as np
import pytest
from kinds.onnx_runs import session
from onnx import TensorProto, helper, numpy_helper

import parity

STEPS = 6
LOWER, UPPER = np.tril(np.ones((STEPS, STEPS))) > 0, np.triu(np.ones((STEPS, STEPS))) > 0
BAND = np.abs(np.subtract.outer(range(STEPS), range(STEPS))) < 2
FAR = (-1e9, -1e4, -100.0, float(np.finfo("float32").min), float("-inf"))
HELD = ("buffer", "temporary", "frozen", "constant")


def added(seen, far):
    return np.where(seen, np.float32(0), np.float32(far))


def onnx_net(mask, *, attends=True):
    """Attention written out, or nothing but the softmax of scores, with a mask that is added."""
    size = mask.shape[-1]
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["x", "t"], ["s"]),
        helper.make_node("Add", ["s", "m"], ["a"]),
        helper.make_node("Softmax", ["a"], ["p" if attends else "y"], axis=-1),
        *([helper.make_node("MatMul", ["p", "x"], ["y"])] if attends else []),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", [2, size, 8]), ("y", None))
    ]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], [numpy_helper.from_array(mask.astype("float32"), "m")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def torch_net(mask, held, *, fused=False, attends=True):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            numbers = torch.tensor(mask)
            if held in {"buffer", "temporary"}:
                self.register_buffer("m", numbers, persistent=held == "buffer")
            else:
                self.m = torch.nn.Parameter(numbers, requires_grad=False) if held == "frozen" else numbers

        def forward(self, x):
            if fused:
                heads = x[:, None]
                return torch.nn.functional.scaled_dot_product_attention(heads, heads, heads, attn_mask=self.m)[:, 0]
            weights = torch.softmax(x @ x.transpose(-1, -2) + self.m, -1)
            return weights @ x if attends else weights

    return Net().eval()


def program(module, path):
    import torch

    torch.export.save(torch.export.export(module, (torch.zeros(2, STEPS, 8),)), path)
    return path


def exported(module, path, *, dynamo):
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (torch.zeros(2, STEPS, 8),), path, dynamo=dynamo, verbose=False)
    return path


def compared(left, right):
    """Of files for inference: a program of PyTorch is no other question than a file of ONNX."""
    shapes = [(2, STEPS, 8)]
    return parity.compare(left, right, inputs=shapes, profile="inference").verdict


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("attends", [True, False])
def test_what_a_file_lets_through_counts(far, attends):
    given = np.random.default_rng(0).standard_normal((2, STEPS, 8)).astype("float32")
    lower, *others = (onnx_net(added(seen, far), attends=attends) for seen in (LOWER, UPPER, BAND, np.ones_like(LOWER)))
    outputs = [session(each).run(None, {"x": given})[0] for each in (lower, *others)]

    assert parity.compare(lower, lower).verdict == "equivalent"
    for other, output in zip(others, outputs[1:], strict=True):
        assert np.abs(output - outputs[0]).max() > 0.01
        assert parity.compare(lower, other).verdict == "different"


@pytest.mark.parametrize("seen", [LOWER, BAND], ids=["lower", "band"])
def test_it_does_not_matter_what_blocks_as_long_as_it_does(seen):
    given = np.random.default_rng(0).standard_normal((2, STEPS, 8)).astype("float32")
    models = [onnx_net(added(seen, far)) for far in FAR if far <= -1e4]
    outputs = [session(each).run(None, {"x": given})[0] for each in models]

    for model, output in zip(models, outputs, strict=True):
        assert np.allclose(output, outputs[0], atol=1e-6)
        assert parity.compare(models[0], model).verdict == "equivalent"


def test_rows_in_which_all_is_blocked_are_uniform_or_nothing():
    seen = LOWER.copy()
    seen[2] = False
    finite, infinite = (onnx_net(added(seen, far)) for far in (-1e4, float("-inf")))
    given = {"x": np.ones((2, STEPS, 8), "float32")}

    assert [bool(np.isnan(session(each).run(None, given)[0]).any()) for each in (finite, infinite)] == [False, True]
    assert parity.compare(finite, infinite).verdict == "different"


@pytest.mark.parametrize("far", [-1e9, -1e4, -100.0])
def test_large_masks_count_too(far, tmp_path):
    """Their elements are read, though those of other large tensors are not."""
    import onnx

    size = 200
    lower = np.tril(np.ones((size, size))) > 0
    paths = []
    for name, seen in {"lower": lower, "upper": lower.T, "again": lower}.items():
        paths.append(tmp_path / f"{name}.onnx")
        onnx.save(onnx_net(added(seen, far)), paths[-1])

    assert parity.compare(paths[0], paths[1]).verdict == "different"
    assert parity.compare(paths[0], paths[2]).verdict == "equivalent"


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("far", [-1e4, -100.0, float("-inf")])
def test_what_a_module_lets_through_counts(far, fused, held, tmp_path):
    lower, upper, again = (torch_net(added(seen, far), held, fused=fused) for seen in (LOWER, UPPER, LOWER))

    assert compared(lower, upper) == "different"
    assert compared(lower, again) == "equivalent"
    files = [program(each, tmp_path / f"{at}.pt2") for at, each in enumerate((lower, upper))]
    assert compared(files[0], files[1]) == "different"
    assert compared(files[0], again) == "equivalent"


@pytest.mark.parametrize("held", ["buffer", "constant"])
@pytest.mark.parametrize("dynamo", [True, False])
@pytest.mark.parametrize("far", [-1e9, -1e4, -100.0])
@pytest.mark.parametrize("attends", [True, False])
def test_an_export_has_the_mask_of_its_module(attends, far, dynamo, held, tmp_path):
    lower, upper = (torch_net(added(seen, far), held, attends=attends) for seen in (LOWER, UPPER))
    file = exported(lower, tmp_path / "lower.onnx", dynamo=dynamo)

    assert compared(lower, file) == "equivalent"
    assert compared(upper, file) == "different"


def test_scores_that_are_used_as_they_are_have_their_numbers():
    """What blocks in a softmax is another output where the scores are one, too."""
    models = []
    for far in (-1e4, -1e9):
        model = onnx_net(added(LOWER, far), attends=False)
        model.graph.output.append(helper.make_tensor_value_info("a", TensorProto.FLOAT, None))
        models.append(model)

    assert parity.compare(*models).verdict != "equivalent"
    assert parity.compare(models[0], models[0]).verdict == "equivalent"


def test_a_bias_of_other_numbers_is_still_a_weight():
    """Zeros and numbers that are not far below them may be trained."""
    models = [onnx_net(added(LOWER, far)) for far in (-1.0, -2.0)]

    assert parity.compare(*models).verdict == "equivalent"
    summary = parity.summary(models[0])
    assert "36" in str(summary)


SMALL = np.array([[0.0, 0.0, -1e4], [0.0, -1e4, -1e4], [0.0, 0.0, 0.0]], "float32")
BETWEEN = {
    "Identity": (),
    "Dropout": (),
    "Expand": ("ones",),
    "Reshape": ("sizes",),
    "Tile": ("ones",),
}


def scored(between, mask, *, opset):
    """A mask that is added to scores, what changes nothing, and the softmax."""
    numbers = {"m": mask, "ones": np.ones(4, "int64"), "sizes": np.array([2, 2, 3, 3], "int64")}
    made = [helper.make_node(op, [f"a{at}", *BETWEEN[op]], [f"a{at + 1}"]) for at, op in enumerate(between)]
    softmax = helper.make_node("Softmax", [f"a{len(made)}"], ["y"], axis=3 if opset > 12 else 1)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 2, 3, 3]) for name in "xy"]
    stored = [numpy_helper.from_array(each, name) for name, each in numbers.items()]
    nodes = [helper.make_node("Add", ["x", "m"], ["a0"]), *made, softmax]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


@pytest.mark.parametrize("opset", [11, 13], ids=["one row of all axes", "the last axis"])
@pytest.mark.parametrize("between", [("Tile",), ("Expand",), ("Dropout",), ("Reshape", "Tile", "Identity")], ids=str)
def test_what_changes_nothing_may_stand_between_a_mask_and_its_softmax(between, opset):
    plain, longer = scored((), SMALL, opset=opset), scored(between, SMALL, opset=opset)

    assert parity.compare(plain, longer).verdict == "equivalent"
    assert parity.compare(plain, scored(between, SMALL[:, ::-1].copy(), opset=opset)).verdict == "different"
