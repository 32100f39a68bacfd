"""A program of PyTorch that was taken apart into core operators is still the model that it is of."""

import copy
import warnings

import pytest

import parity
from parity.reports import Verdict
from parity.rules import Severity
from tests.adapters.torch_zoo import build, examples
from tests.balance import remainders

NETS = ("albert", "bart", "bert", "convnext", "gpt2", "llama", "mobilenet_v2", "vit")
QUICK = {"gpt2", "vit"}


def program(model, inputs):
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.export.export(model, (), kwargs=examples(inputs), strict=False)


@pytest.mark.parametrize("name", [pytest.param(each, marks=[pytest.mark.slow] * (each not in QUICK)) for each in NETS])
def test_the_same_model(name, tmp_path):
    import torch

    model, inputs = build(name)
    whole = program(model, inputs)
    torch.export.save(whole.run_decompositions(), tmp_path / "apart.pt2")

    report = parity.compare(whole, tmp_path / "apart.pt2")

    assert [each for each, level in report.findings if level is not Severity.INFO] == []
    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}


def mutants():
    from torch import nn

    def epsilon(model):
        model.transformer.h[0].ln_2.eps = 1e-3

    def activation(model):
        model.transformer.h[0].mlp.act = nn.GELU()

    def missing(model):
        model.vit.layers[1].layernorm_after = nn.Identity()

    def softmax(model):
        model.classifier = nn.Sequential(model.classifier, nn.Softmax(dim=-1))

    def heads(model):
        for layer in model.vit.layers:
            layer.attention.head_dim, layer.attention.scaling = 4, 8**-0.5

    return {
        "an epsilon": ("gpt2", epsilon),
        "an activation": ("gpt2", activation),
        "a norm that is missing": ("vit", missing),
        "probabilities": ("vit", softmax),
        "the heads": ("vit", heads),
    }


@pytest.mark.parametrize("name", list(mutants()))
def test_another_model(name):
    net, change = mutants()[name]
    model, inputs = build(net)
    other = copy.deepcopy(model)
    change(other)

    report = parity.compare(program(model, inputs), program(other.eval(), inputs).run_decompositions())

    assert report.verdict is Verdict.DIFFERENT
    assert remainders(report) == {}
