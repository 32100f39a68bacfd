"""Projections that are packed in one matrix, of which calls take parts: attention that is used again, or by hand."""

import warnings
from types import MappingProxyType

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same
from torch.nn import functional as F  # noqa: N812, TID253  as PyTorch's own documents call it

import parity
from parity.reports import Verdict
from tests.balance import remainders

STEPS, WIDTH, HEADS = 5, 8, 2


def by_heads(value):
    return value.view(3, STEPS, HEADS, WIDTH // HEADS).transpose(1, 2)


def attended(query, key, value):
    return F.scaled_dot_product_attention(*map(by_heads, (query, key, value))).transpose(1, 2).reshape(3, STEPS, WIDTH)


class Packed(nn.Module):
    """One matrix for the query, the key and the value; ``order`` says which rows are whose."""

    def __init__(self, order=(0, 1, 2)):
        super().__init__()
        torch.manual_seed(0)
        self.weight, self.bias = nn.Parameter(torch.randn(3 * WIDTH, WIDTH)), nn.Parameter(torch.randn(3 * WIDTH))
        self.out, self.order = nn.Linear(WIDTH, WIDTH), order


class Sliced(Packed):
    def forward(self, x, y):
        rows = [slice(at * WIDTH, at * WIDTH + WIDTH) for at in self.order]
        return self.out(attended(*(F.linear(e, self.weight[at], self.bias[at]) for e, at in zip((x, y, y), rows))))  # noqa: B905


class InTwo(Packed):
    def forward(self, x, y):
        (query, rest), (own, others) = (each.split([WIDTH, 2 * WIDTH]) for each in (self.weight, self.bias))
        given = F.linear(x, query, own), *F.linear(y, rest, others).chunk(2, -1)
        return self.out(attended(*(given[at] for at in self.order)))


class WholeAndInParts(Packed):
    def forward(self, x, y):
        whole = F.linear(x, self.weight, self.bias).chunk(3, -1)
        at = self.order[1] * WIDTH
        return self.out(attended(*(whole[at] for at in self.order))) + y @ self.weight[at : at + WIDTH].t()


class Again(nn.Module):
    """One attention layer, first to the input itself, then from what that gives to the input."""

    def __init__(self, order=(0, 1, 2), heads=HEADS):
        super().__init__()
        torch.manual_seed(0)
        self.attention, self.order = nn.MultiheadAttention(WIDTH, heads, batch_first=True), order

    def forward(self, x, y):
        found = self.attention(x, x, x)[0]
        given = (found, x, y)
        return self.attention(*(given[at] for at in self.order))[0]


MODELS = MappingProxyType({"sliced": Sliced, "in two": InTwo, "whole and in parts": WholeAndInParts, "again": Again})
EXPORTERS = MappingProxyType({"dynamo": {"dynamo": True}, "script": {"dynamo": False}})


def exported(model, path, exporter):
    given = torch.randn(3, STEPS, WIDTH), torch.randn(3, STEPS, WIDTH)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, given, path, verbose=False, **EXPORTERS[exporter])
    return given


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("name", MODELS)
def test_an_export_is_the_same_model(name, exporter, tmp_path):
    model = MODELS[name]().eval()
    given = exported(model, tmp_path / "model.onnx", exporter)

    report = parity.compare(model, tmp_path / "model.onnx", left_inputs=given, weights=True)

    assert report.verdict is Verdict.EQUIVALENT, report
    assert remainders(report) == {}


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("name", MODELS)
def test_rows_of_another_operand_are_another_model(name, exporter, tmp_path):
    """The matrices are of one size, so that only their places tell them apart."""
    given = exported(MODELS[name](order=(1, 0, 2)).eval(), tmp_path / "model.onnx", exporter)

    report = parity.compare(MODELS[name]().eval(), tmp_path / "model.onnx", left_inputs=given, weights=True)

    assert report.verdict is Verdict.DIFFERENT, report
    assert remainders(report) == {}
