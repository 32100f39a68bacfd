"""Stored tensors of which layers take parts: every element is counted, and none twice."""

from math import prod

import onnx
import pytest

import parity
from parity.census import added_to, distinct
from parity.graph import Census, Cut, Weight
from parity.kinds._remnants import remnants

torch = pytest.importorskip("torch")
nn, functional = torch.nn, torch.nn.functional


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.Linear(4, 12)
        self.o = nn.Linear(4, 4)


class Rest(Base):
    def forward(self, x):
        q = functional.linear(x, self.p.weight[:4], self.p.bias[:4])
        return self.o(functional.scaled_dot_product_attention(q, functional.linear(x, self.p.weight[4:8]), q)) + q


class Overlap(Base):
    def forward(self, x):
        both = functional.linear(x, self.p.weight[:4]) + functional.linear(x, self.p.weight[2:6])
        return self.o(both), functional.linear(x, self.p.weight[6:12], self.p.bias[6:])


class WholeAsWell(Base):
    def forward(self, x):
        return self.o(functional.linear(x, self.p.weight[:4]) + self.p(x)[..., :4])


class PutTogether(Base):
    def forward(self, x):
        rows = torch.cat([self.p.weight[:2], self.o.weight[:2]])
        return self.o(functional.linear(x, rows) + functional.linear(x, self.p.weight[2:6])), functional.linear(
            x, self.p.weight[6:12]
        )


class PutTogetherAndCut(Base):
    def forward(self, x):
        rows = torch.cat([self.p.weight[:2], self.p.weight[8:10]])
        return self.o(functional.linear(x, rows)) + x[..., :1] @ self.p.weight[:1]


class Vector(nn.Module):
    """A stored vector, parts of which are added and multiplied."""

    def __init__(self, *bounds):
        super().__init__()
        self.bounds = bounds
        self.p = nn.Parameter(torch.randn(6))

    def forward(self, x):
        made = [x + self.p[start:stop].sum() * self.p[start:stop][:1] for start, stop in self.bounds]
        return [*made, x[..., :2] + self.p[slice(*self.bounds[0])], x[..., :2] * self.p[slice(*self.bounds[-1])]]


class Attended(nn.Module):
    """The same attention twice, whose keys have one more of their own."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, add_bias_kv=True, batch_first=True)

    def forward(self, x):
        made, _ = self.attention(x, x, x)
        return self.attention(made, x, x)[0]


def stored(path):
    """The elements of a file that are no shapes and no scalars."""
    tensors = onnx.load(path).graph.initializer
    return sum(prod(each.dims) for each in tensors if each.dims and each.data_type == onnx.TensorProto.FLOAT)


@pytest.mark.parametrize("kind", [Rest, Overlap, WholeAsWell, PutTogether, PutTogetherAndCut])
def test_totals_are_those_of_the_frameworks(kind, tmp_path):
    model, inputs = kind().eval(), torch.randn(3, 2, 4)
    path = str(tmp_path / "model.onnx")
    torch.onnx.export(model, (inputs,), path, dynamo=False, do_constant_folding=False)
    report = parity.compare(model, path, inputs=inputs)
    totals = sum(each.numel() for each in model.parameters()), stored(path)
    assert (report.ledger.left_total, report.ledger.right_total) == totals
    assert report.verdict is not parity.Verdict.DIFFERENT
    summary = parity.summary(path)
    assert summary.side.headline.total == totals[1] == sum(row.params for row in summary.rows)


@pytest.mark.parametrize(
    "bounds", [[(0, 2), (2, 4)], [(0, 2), (1, 3)], [(0, 2), (2, 4), (4, 6)], [(4, 6), (0, 2)]], ids=str
)
def test_a_vector_of_which_parts_are_used_is_counted_once(bounds):
    model = Vector(*bounds).eval()
    report = parity.compare(model, model, inputs=[(3, 2)])
    assert (report.ledger.left_total, report.ledger.right_total, report.verdict) == (6, 6, parity.Verdict.EQUIVALENT)


@pytest.mark.parametrize("dynamo", [True, False])
def test_all_is_counted_of_an_attention_with_keys_of_its_own_that_is_called_twice(dynamo, tmp_path):
    model, inputs = Attended().eval(), torch.randn(2, 3, 4)
    path = str(tmp_path / "model.onnx")
    torch.onnx.export(model, (inputs,), path, dynamo=dynamo)
    report = parity.compare(model, path, inputs=inputs)
    assert (report.ledger.left_total, report.ledger.right_total) == (
        sum(each.numel() for each in model.parameters()),
        stored(path),
    )
    assert not any(finding.rule == "unexplained-remainder" for finding, _ in report.findings)


@pytest.mark.parametrize(
    ("boxes", "added"),
    [
        ([((0, 4),), ((4, 6),)], [4, 2]),
        ([((0, 4),), ((2, 6),)], [4, 2]),
        ([((2, 4),), ((0, 6),), ((1, 3),)], [2, 4, 0]),
        ([((0, 2), (0, 3)), ((1, 3), (1, 4)), ((0, 3), (0, 4))], [6, 4, 2]),
        ([(), ()], [1, 0]),
    ],
)
def test_boxes_add_what_none_before_them_has(boxes, added):
    taken = []
    assert [added_to(taken, box) for box in boxes] == added


def weight(name, shape, **told):
    return Weight(name, shape, "float32", Census.TRAINABLE, told.pop("storage", name), **told)


def cut(name, *window, of=(6,)):
    shape = tuple(stop - start for start, stop in window)
    return weight(f"{name}{window}", shape, whole=name, cuts=(Cut(of, window),))


@pytest.mark.parametrize(
    ("weights", "total"),
    [
        ([cut("a", (0, 2)), cut("a", (2, 6))], 6),
        ([cut("a", (0, 4)), cut("a", (2, 6))], 6),
        ([weight("a", (6,)), cut("a", (2, 6))], 6),
        ([cut("a", (2, 6)), weight("a", (6,))], 6),
        ([cut("a", (2, 6)), cut("b", (2, 6))], 8),
        ([cut("a", (0, 2)), cut("a", (1, 2), (0, 3), of=(2, 3))], 5),
    ],
)
def test_what_two_weights_share_is_counted_once(weights, total):
    assert sum(each.numel for each in distinct(weights)) == total


def test_what_no_layer_takes_is_left_with_its_class():
    held = {"a": weight("a", (6,)), "b": weight("b", (3,))}
    frozen = [Weight("a[0:2]", (2,), "float32", Census.FROZEN, "a[0:2]", whole="a", cuts=(Cut((6,), ((0, 2),)),))]
    (found,) = remnants(held, frozen).values()
    assert (found.numel, found.census, found.name) == (4, Census.FROZEN, "a[rest]")
    assert not remnants(held, [weight("a", (6,))])
