"""One pass, kind, facet or rule after the other is broken, as a bug would: the certificate sees what that lets pass."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from types import MappingProxyType

import pytest

import parity
from parity import check
from parity.comparison import _compare, attributes, structure
from parity.graph import Effect
from parity.kinds import kind
from parity.passes import PHASES, Phase, phases, rewrite
from parity.reports import Verdict
from tests.rules.models import IMAGE, module, nn, torch_net

ROWS, SQUARE, STEPS = (2, 8), (2, 6, 6), (2, 5, 4)


@dataclass(frozen=True)
class Broken:
    """What is broken, and two models that differ in what it hides.

    Attributes:
        breaks: does so, given pytest's monkeypatch.
        nets: gives the models.
        inputs: shapes of their inputs.
    """

    breaks: Callable
    nets: Callable
    inputs: tuple = ()


def with_pass(changed):
    """A pass that a bug has added to the first phase; ``changed`` gives what stands for a layer, None for no layer."""

    def broken(graph):
        new = {layer.path: changed(layer) for layer in graph.layers}
        gone = {layer.path: layer for layer in graph.layers if new[layer.path] is None}
        aliases = {layer.outputs[0]: layer.inputs[0] for layer in gone.values()}
        replaced = {layer.path: new[layer.path] for layer in graph.layers if new[layer.path] not in (None, layer)}
        return rewrite(graph, replaced=replaced, aliases=aliases, dropped=set(gone))

    first, *rest = PHASES
    found = (Phase(first.name, (broken, *first.passes)), *rest)

    def breaks(patch):
        phases.cache_clear()
        patch.setattr("parity.passes.phases", lambda: found)

    return breaks


def setting(name, **told):
    """A pass that gives all layers of a kind the same settings, where they have them."""

    def changed(layer):
        if layer.kind != name or not told.keys() & layer.attributes.keys():
            return layer
        return replace(layer, attributes=MappingProxyType({**layer.attributes, **told}))

    return with_pass(changed)


def dropping(name):
    """A pass that takes all layers of a kind for identities."""
    return with_pass(lambda layer: None if layer.kind == name else layer)


def taking(name, other):
    """A pass that takes one kind for another."""
    return with_pass(lambda layer: replace(layer, kind=other) if layer.kind == name else layer)


def turning(layer):
    """A pass that takes subtraction for commutative."""
    is_one = layer.attributes.get("function") == "subtract" and len(layer.inputs) == 2
    return replace(layer, inputs=tuple(sorted(layer.inputs))) if is_one else layer


def undeclared(name, *settings):
    """A kind that forgets to declare settings, so that nobody compares them."""

    def breaks(patch):
        found = kind(name)
        rest = {each: found.attributes[each] for each in found.attributes if each not in settings}
        patch.setitem(vars(found), "attributes", rest)

    return breaks


def facet(place, **more):
    """A facet of the comparison that sees nothing."""
    return lambda patch: patch.setattr(place, "differences", lambda *_: [], **more)


def axes_unseen():
    """A comparison that follows no axes to where they differ."""
    return lambda patch: patch.setattr(
        _compare, "without_orders", lambda trace, found: [each for each in found if each not in trace.found]
    )


def excused(rule):
    """A rule that takes what it finds for bookkeeping."""
    told = check.explain

    def calm(comparison):
        findings = told(comparison)
        return tuple(
            replace(each, effect=Effect.BOOKKEEPING, concerns=None) if each.rule == rule else each for each in findings
        )

    return lambda patch: patch.setattr(check, "explain", calm)


def one_or_other(one, other):
    """Two models of modules in a row."""
    return lambda: (torch_net(nn().Linear(8, 8), one()), torch_net(nn().Linear(8, 8), other()))


def images(one, other):
    """Two models of a convolution and a module behind it."""
    return lambda: (torch_net(nn().Conv2d(3, 4, 3), one()), torch_net(nn().Conv2d(3, 4, 3), other()))


def functions(one, other):
    """Two models of functions."""
    return lambda: (module({}, lambda _, *given: one(*given)), module({}, lambda _, *given: other(*given)))


def case(rule):
    """The bad pair of a rule."""
    return import_module(f"tests.rules.cases.{rule.replace('-', '_')}").bad


def torch_():
    import torch

    return torch


PASSES = {
    "drops activations": Broken(
        dropping("activation"), one_or_other(lambda: nn().ReLU(), lambda: nn().Identity()), ROWS
    ),
    "drops pooling": Broken(
        dropping("max_pool"), images(lambda: nn().MaxPool2d(3, 1, 1), lambda: nn().Identity()), IMAGE
    ),
    "drops transpositions": Broken(
        dropping("permute"), functions(lambda x: x.exp().transpose(1, 2), lambda x: x.exp()), SQUARE
    ),
    "takes the average for the largest": Broken(
        taking("average_pool", "max_pool"), images(lambda: nn().AvgPool2d(2), lambda: nn().MaxPool2d(2)), IMAGE
    ),
    "one slope for all": Broken(
        setting("activation", negative_slope=0.1),
        one_or_other(lambda: nn().LeakyReLU(0.1), lambda: nn().LeakyReLU(0.3)),
        ROWS,
    ),
    "one function for all": Broken(
        setting("activation", function="tanh"), one_or_other(lambda: nn().Sigmoid(), lambda: nn().Tanh()), ROWS
    ),
    "one epsilon for all": Broken(
        setting("batch_norm", epsilon=1e-3),
        images(lambda: nn().BatchNorm2d(4, eps=0.1), lambda: nn().BatchNorm2d(4, eps=1e-3)),
        IMAGE,
    ),
    "turns differences": Broken(
        with_pass(turning), functions(lambda x: x.exp() - x.tanh(), lambda x: x.tanh() - x.exp()), ROWS
    ),
    "any reduction is a product": Broken(
        setting("reduce", function="prod"), functions(lambda x: x.exp().sum(1), lambda x: x.exp().prod(1)), SQUARE
    ),
}
KINDS = {
    "conv": Broken(
        undeclared("conv", "dilation", "padding", "padding_rule"),
        images(lambda: nn().Conv2d(4, 4, 3, padding=1), lambda: nn().Conv2d(4, 4, 3, padding=2, dilation=2)),
        IMAGE,
    ),
    "group_norm": Broken(
        undeclared("group_norm", "groups"), images(lambda: nn().GroupNorm(2, 4), lambda: nn().GroupNorm(4, 4)), IMAGE
    ),
    "attention": Broken(
        undeclared("attention", "scale"),
        functions(
            lambda q, k: torch_().nn.functional.scaled_dot_product_attention(q, k, k),
            lambda q, k: torch_().nn.functional.scaled_dot_product_attention(q, k, k, scale=2.0),
        ),
        (STEPS, STEPS),
    ),
    "average_pool": Broken(
        undeclared("average_pool", "count_include_pad", "counts_padding"),
        images(lambda: nn().AvgPool2d(3, 1, 1), lambda: nn().AvgPool2d(3, 1, 1, count_include_pad=False)),
        IMAGE,
    ),
    "roll": Broken(
        undeclared("roll", "shifts"), functions(lambda x: x.exp().roll(1, 1), lambda x: x.exp().roll(2, 1)), ROWS
    ),
}
FACETS = {
    "attributes": Broken(facet(attributes), case("leaky-slope")),
    "structure": Broken(facet(structure), case("activation-missing")),
    "axes": Broken(axes_unseen(), case("layer-axes")),
}
RULES = {
    rule: Broken(excused(rule), case(rule))
    for rule in (
        *("activation-differs", "activation-missing", "attention-scale", "epsilon", "gelu-form", "hard-sigmoid-form"),
        *("layer-rewired", "norm-epsilon", "padding-amount", "padding-side", "pool-border-counting", "reset-after"),
        "upsampling-grid",
    )
}
BROKEN = {
    f"{sort}: {name}": each
    for sort, found in (("pass", PASSES), ("kind", KINDS), ("facet", FACETS), ("rule", RULES))
    for name, each in found.items()
}


def told(broken):
    """Both models, and how they are compared."""
    left, right, *given = broken.nets()
    inputs = broken.inputs if broken.inputs and isinstance(broken.inputs[0], tuple) else (broken.inputs,)
    return (left, right), {**(given[0] if given else {"inputs": [*inputs]}), "profile": "inference"}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_lets_models_pass_and_the_certificate_does_not(name, monkeypatch):
    pair, given = told(BROKEN[name])
    assert parity.compare(*pair, **given).verdict is Verdict.DIFFERENT, "as long as nothing is broken"

    BROKEN[name].breaks(monkeypatch)
    assert parity.compare(*pair, **given).verdict is Verdict.EQUIVALENT
    report = parity.compare(*pair, **given, verify="auto")

    assert report.verdict is Verdict.INCONCLUSIVE, report.certificate
    assert [each.rule for each, _ in report.findings if each.facet == "outputs"] == ["verification-contradicts"]
