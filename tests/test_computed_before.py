"""What does not depend on the input is computed by PyTorch's exporter: the same model, and never one of another sum."""

import copy
import warnings

import pytest

import parity
from parity.reports import Verdict
from tests.balance import causeless, remainders

WORDS, IMAGE = (2, 6, 8), (2, 3, 8, 8)


def frozen(net, x, scaled_by="weight", deviation="var"):
    """Batch normalisation with fixed statistics, written out."""
    scale = getattr(net, scaled_by) * (getattr(net, deviation).abs() + 1e-5).rsqrt()
    shift = net.bias - net.centre * scale
    return x * scale.reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)


def tables():
    """Sizes of the parameters, and what is done with them and words or images."""
    import torch
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    statistics = dict.fromkeys(("weight", "bias", "centre", "var"), (8,))
    return {
        "cosine": (WORDS, {"w": (8, 8)}, lambda s, x: F.linear(F.normalize(x, dim=-1), F.normalize(s.w, dim=-1))),
        "exp": (WORDS, {"scale": (8,)}, lambda s, x: x * s.scale.exp()),
        "exp with a bound": (WORDS, {"scale": (8,)}, lambda s, x: x * s.scale.clamp(max=2.0).exp()),
        "first of a sequence": (WORDS, {"cls": (1, 1, 8)}, lambda s, x: torch.cat([s.cls.expand(2, -1, -1), x], 1)),
        "first with its position": (
            WORDS,
            {"cls": (1, 1, 8), "places": (1, 7, 8)},
            lambda s, x: torch.cat([s.cls.expand(2, -1, -1) + s.places[:, :1], x + s.places[:, 1:]], 1),
        ),
        "first and last of a sequence": (
            WORDS,
            {"cls": (1, 1, 8), "found": (1, 3, 8)},
            lambda s, x: torch.cat([s.cls.expand(2, -1, -1), x, s.found.expand(2, -1, -1)], 1),
        ),
        "two first ones": (
            WORDS,
            {"cls": (1, 1, 8), "distilled": (1, 1, 8)},
            lambda s, x: torch.cat([s.cls.expand(2, -1, -1), s.distilled.expand(2, -1, -1), x], 1),
        ),
        "frozen batch norm": (IMAGE, statistics, frozen),
        "gate": (WORDS, {"a": (8,)}, lambda s, x: s.a.sigmoid() * x + (1 - s.a.sigmoid()) * x.tanh()),
        "low rank": (WORDS, {"w": (8, 8), "a": (2, 8), "b": (8, 2)}, lambda s, x: F.linear(x, s.w + s.b @ s.a)),
        "places": (WORDS, {"places": (1, 10, 8)}, lambda s, x: x + s.places[:, :6]),
        "sum and product": (WORDS, {"a": (8,), "b": (8,)}, lambda s, x: x * s.a.exp() + s.b.exp()),
        "where": (WORDS, {"fill": (8,)}, lambda s, x: torch.where(x > 0, x, s.fill.exp() * x)),
    }


def others():
    """What is easily taken for it: the same parameters, another result of the same sizes."""
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    return {
        "another function": ("exp", lambda s, x: x * s.scale.sigmoid()),
        "one function more": ("exp", lambda s, x: x * s.scale.tanh().exp()),
        "one function less": ("exp with a bound", lambda s, x: x * s.scale.exp()),
        "none": ("exp", lambda s, x: x * s.scale),
        "exchanged": ("sum and product", lambda s, x: x * s.b.exp() + s.a.exp()),
        "another statistic": ("frozen batch norm", lambda s, x: frozen(s, x, deviation="centre")),
        "not its own weight": ("frozen batch norm", lambda s, x: frozen(s, x, scaled_by="bias")),
        "less": ("low rank", lambda s, x: F.linear(x, s.w - s.b @ s.a)),
        "one factor alone": ("low rank", lambda s, x: F.linear(x, s.w) + s.b[:, 0] * s.a[1]),
    }


def of_one():
    """Results of the same sizes that are computed of one vector."""
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    return {
        "absolute root": lambda s: s.a.abs().sqrt(),
        "absolute inverse root": lambda s: s.a.abs().rsqrt(),
        "as it is": lambda s: s.a,
        "complement": lambda s: 1 - s.a,
        "exp": lambda s: s.a.exp(),
        "exp of tanh": lambda s: s.a.tanh().exp(),
        "gelu": lambda s: F.gelu(s.a),
        "in reverse": lambda s: s.a.flip(0),
        "largest": lambda s: s.a.max(dim=0, keepdim=True).values.expand(8),
        "negative": lambda s: -s.a,
        "of norm one": lambda s: s.a / s.a.norm(),
        "relu": lambda s: s.a.relu(),
        "sigmoid": lambda s: s.a.sigmoid(),
        "silu": lambda s: F.silu(s.a),
        "softmax": lambda s: s.a.softmax(0),
        "softplus": lambda s: F.softplus(s.a),
        "square": lambda s: s.a * s.a,
        "sums so far": lambda s: s.a.cumsum(0),
        "tanh": lambda s: s.a.tanh(),
        "one more": lambda s: s.a + 1,
    }


UNSURE = {"softplus"}
"""Functions that the exporter takes apart into calls of other names."""


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The program of each function, which is quicker to make than an export."""
    import torch

    folder = tmp_path_factory.mktemp("functions")
    for name in of_one():
        model, x = build_of_one(name)
        torch.export.save(torch.export.export(model, (x,)), folder / f"{name}.pt2")
    return {name: folder / f"{name}.pt2" for name in of_one()}


def build_of_one(name):
    function = of_one()[name]
    return build(WORDS, {"a": (8,)}, lambda s, x: x * function(s))


@pytest.mark.parametrize("name", of_one())
def test_no_function_of_a_parameter_passes_for_another_one(name, programs, tmp_path):
    path = exported(*build_of_one(name), tmp_path / "model.onnx", dynamo=True)

    verdicts = {each: parity.compare(program, path).verdict for each, program in programs.items()}

    passed = [each for each, verdict in verdicts.items() if verdict is Verdict.EQUIVALENT]
    assert passed == [name] * (name not in UNSURE)


def build(shape, sizes, function):
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.front = nn.Linear(8, 8) if shape is WORDS else nn.Conv2d(3, 8, 3, padding=1)
            self.back = nn.Linear(8, 4)
            for name, size in sizes.items():
                setattr(self, name, nn.Parameter(torch.randn(*size)))

        def forward(self, x):
            made = function(self, self.front(x))
            return self.back(made if shape is WORDS else made.mean((2, 3)))

    torch.manual_seed(0)
    return Net().eval(), torch.randn(*shape)


def exported(model, x, path, **options):
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(copy.deepcopy(model), (x,), path, verbose=False, **options)
    return path


@pytest.mark.parametrize("name", tables())
def test_it_is_the_same_model_and_its_elements_are_accounted_for(name, tmp_path):
    model, x = build(*tables()[name])
    path = exported(model, x, tmp_path / "model.onnx", dynamo=True)

    report = parity.compare(model, path, left_inputs=(x,))

    assert report.verdict is Verdict.EQUIVALENT
    assert "constant-folded" in {each.rule for each, _ in report.findings}
    assert remainders(report) == {}
    assert causeless(report) == []


@pytest.mark.parametrize("name", others())
def test_another_result_is_never_taken_for_it(name, tmp_path):
    net, function = others()[name]
    shape, sizes, own = tables()[net]
    (model, x), (other, _) = build(shape, sizes, own), build(shape, sizes, function)
    path = exported(other, x, tmp_path / "other.onnx", dynamo=True)

    report = parity.compare(model, path, left_inputs=(x,))

    assert report.verdict is not Verdict.EQUIVALENT
    assert remainders(report) == {}


@pytest.mark.parametrize(("exchanged", "verdict"), [(False, Verdict.EQUIVALENT), (True, Verdict.DIFFERENT)])
def test_two_tokens_of_one_size_are_told_apart_by_their_weights(exchanged, verdict, tmp_path):
    import torch

    shape, sizes, own = tables()["two first ones"]

    def turned(s, x):
        return torch.cat([s.distilled.expand(2, -1, -1), s.cls.expand(2, -1, -1), x], 1)

    (model, x), (other, _) = build(shape, sizes, own), build(shape, sizes, turned if exchanged else own)
    other.load_state_dict(model.state_dict())
    path = exported(other, x, tmp_path / "model.onnx", dynamo=True)

    assert parity.compare(model, path, left_inputs=(x,), weights=True).verdict is verdict


@pytest.mark.parametrize("name", ["exp", "frozen batch norm", "low rank"])
def test_where_a_file_does_not_tell_what_was_computed_it_stays_open(name, tmp_path):
    """The names of parameters that went into a tensor stand in what an optimiser of the file drops."""
    import onnx

    model, x = build(*tables()[name])
    path = exported(model, x, tmp_path / "model.onnx", dynamo=True)
    stored = onnx.load(path)
    for value in stored.graph.value_info:
        del value.metadata_props[:]
    onnx.save(stored, path)

    report = parity.compare(model, path, left_inputs=(x,))

    assert report.verdict is Verdict.INCONCLUSIVE
    assert {each.rule for each, level in report.findings if level != "info"} == {"constant-folded"}
    assert remainders(report) == {}


@pytest.mark.parametrize(("mine", "theirs"), [(2, 2), (1, 1), (2, 1), (1, 2)])
def test_parts_of_one_matrix_are_no_twins(mine, theirs, tmp_path):
    """Three products with rows of one matrix, of which each is stored by itself."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self, at):
            super().__init__()
            torch.manual_seed(0)
            self.matrix, self.row = (torch.nn.Parameter(torch.randn(*sizes)) for sizes in ((6, 2), (6,)))
            self.at = at

        def forward(self, x):
            parts, shifts = self.matrix.chunk(3), self.row.chunk(3)
            first, second = (x @ part.t() + shift for part, shift in zip(parts[:2], shifts, strict=False))
            return first * second + x @ parts[self.at].t()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Net(theirs).eval(), (torch.randn(4, 3, 2),), tmp_path / "net.onnx", dynamo=False)
    report = parity.compare(Net(mine).eval(), tmp_path / "net.onnx", left_inputs=[(4, 3, 2)])

    assert report.verdict is (Verdict.EQUIVALENT if mine == theirs else Verdict.DIFFERENT)


@pytest.mark.parametrize("beta", [0.5, -1.0, 3.0])
@pytest.mark.parametrize("sizes", [(2, 2), (2, 1, 2)])
def test_a_number_among_settings_is_not_what_a_share_of_a_row_is_stored_as(beta, sizes, tmp_path):
    """Both models compute the share of what is added, and one of them adds an epsilon elsewhere."""
    import torch
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.matrix, self.row = (torch.nn.Parameter(torch.randn(*sizes)) for sizes in ((4, 3), (3,)))
            self.scale = torch.nn.Parameter(torch.randn(*sizes))

        def forward(self, x):
            made = torch.addmm(self.row, x, self.matrix, beta=beta, alpha=2)
            return made, F.layer_norm(x.reshape(-1, *sizes), sizes, self.scale, eps=1e-3)

    options = {"dynamo": False, "do_constant_folding": False, "opset_version": 14}
    path = exported(Net().eval(), torch.randn(5, 4), tmp_path / "net.onnx", **options)
    report = parity.compare(Net().eval(), path, left_inputs=[(5, 4)])

    assert report.verdict is Verdict.EQUIVALENT
    assert "constant-folded" not in {each.rule for each, _ in report.findings}


@pytest.mark.parametrize("name", ["cosine", "low rank", "exp", "frozen batch norm"])
@pytest.mark.parametrize("other", [False, True])
def test_the_numbers_of_what_is_computed_are_compared(name, other, tmp_path):
    """A file of the same numbers, and one in which a weight that it is computed of has another one."""
    import torch

    shape, sizes, function = tables()[name]
    model, x = build(shape, sizes, function)
    twin = copy.deepcopy(model)
    if other:
        with torch.no_grad():
            getattr(twin, next(iter(sizes)))[..., 1] += 0.5
    path = exported(twin, x, tmp_path / "model.onnx", dynamo=True)

    report = parity.compare(model, path, left_inputs=(x,), weights=True)

    assert report.verdict is (Verdict.DIFFERENT if other else Verdict.EQUIVALENT), report
