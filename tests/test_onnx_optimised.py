"""Exports that onnxruntime has optimised are still the models that they are of: what it has moved is moved back."""

import copy
from types import MappingProxyType

import pytest

import parity
from parity.reports import Verdict
from parity.rules import Severity
from tests.balance import remainders
from tests.test_onnx_exports_of_torch import built, exported

MODELS = {"bert": "bert", "gpt2": "gpt2", "llama": "gpt2", "vit": "vit"}
"""What onnxruntime's optimiser for transformers calls them."""


def by_level(level):
    """What a session saves of the model that it runs; from the last level on it is for one processor alone."""

    def optimise(path, name):
        import onnxruntime

        del name
        settings = onnxruntime.SessionOptions()
        settings.log_severity_level = 4
        settings.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, f"ORT_ENABLE_{level}")
        settings.optimized_model_filepath = str(path.with_suffix(".optimised.onnx"))
        onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        return settings.optimized_model_filepath

    return optimise


def by_patterns(level, **more):
    """What the optimiser for transformers makes, after a session's of the level, and with more of its options."""

    def optimise(path, name):
        from onnxruntime.transformers import optimizer
        from onnxruntime.transformers.fusion_options import FusionOptions

        options = FusionOptions(MODELS.get(name, "bert"))
        for option, value in more.items():
            setattr(options, option, value)
        made = optimizer.optimize_model(
            str(path), MODELS.get(name, "bert"), 2, 16, optimization_options=options, opt_level=level
        )
        made.save_model_to_file(str(path.with_suffix(".optimised.onnx")))
        return path.with_suffix(".optimised.onnx")

    return optimise


WAYS = MappingProxyType(
    {
        "basic": by_level("BASIC"),
        "extended": by_level("EXTENDED"),
        "patterns": by_patterns(0),
        "patterns of what is folded": by_patterns(1),
    }
)
NETS = {
    ("bert", "script"): ("extended", "patterns"),
    ("bert", "dynamo"): ("basic", "extended", "patterns of what is folded"),
    ("gpt2", "dynamo"): ("extended", "patterns"),
    ("llama", "dynamo"): ("extended", "patterns of what is folded"),
    ("mobilenet_v2", "script"): ("extended",),
    ("resnet_basic", "script"): ("extended",),
    ("resnet_basic", "dynamo"): ("extended",),
    ("vit", "script"): ("basic", "extended", "patterns"),
    ("vit", "dynamo"): ("extended", "patterns"),
}
QUICK = {("gpt2", "dynamo"), ("resnet_basic", "dynamo")}


@pytest.mark.parametrize(
    ("name", "exporter"), [pytest.param(*each, marks=[] if each in QUICK else [pytest.mark.slow]) for each in NETS]
)
def test_the_same_model(name, exporter, tmp_path):
    model, inputs = built(name)
    path = exported(copy.deepcopy(model), inputs, exporter, tmp_path / "model.onnx")
    reports = [parity.compare(path, WAYS[way](path, name)) for way in NETS[name, exporter]]
    optimised = path.with_suffix(".optimised.onnx")

    for report in (*reports, parity.compare(model, optimised, left_inputs=inputs)):
        assert [each for each, level in report.findings if level is not Severity.INFO] == []
        assert report.verdict is Verdict.EQUIVALENT
        assert remainders(report) == {}


def mutants():
    from torch import nn

    def epsilon(model):
        model.bert.encoder.layer[1].output.LayerNorm.eps = 1e-3

    def activation(model):
        model.bert.encoder.layer[0].intermediate.intermediate_act_fn = nn.ReLU()

    def scale(model):
        for layer in model.bert.encoder.layer:
            layer.attention.self.scaling = 1.0

    def form(model):
        model.transformer.h[0].mlp.act = nn.GELU()

    def norm(model):
        model.transformer.h[1].ln_2 = nn.Identity()

    def missing(model):
        model.layer2[1].relu = nn.Identity()

    return {
        "an epsilon after a sum": ("bert", epsilon, "script", "patterns"),
        "another activation after a bias": ("bert", activation, "script", "patterns"),
        "the scale of scores": ("bert", scale, "dynamo", "extended"),
        "the form of GELU": ("gpt2", form, "dynamo", "patterns"),
        "a norm that is missing": ("gpt2", norm, "dynamo", "extended"),
        "an activation that is missing": ("resnet_basic", missing, "script", "extended"),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", list(mutants()))
def test_another_model(name, tmp_path):
    net, change, exporter, way = mutants()[name]
    model, inputs = built(net)
    other = copy.deepcopy(model)
    change(other)
    path = exported(other.eval(), inputs, exporter, tmp_path / "model.onnx")

    original = exported(copy.deepcopy(model), inputs, exporter, tmp_path / "original.onnx")
    report = parity.compare(original, WAYS[way](path, net))

    assert report.verdict is Verdict.DIFFERENT
    assert remainders(report) == {}


@pytest.mark.parametrize("name", ["resnet_basic"])
def test_what_is_for_one_processor_is_left_open(name, tmp_path):
    """Channels in blocks that are filled up are no others, and cannot be told to be the same."""
    model, inputs = built(name)
    path = exported(copy.deepcopy(model), inputs, "script", tmp_path / "model.onnx")

    report = parity.compare(path, by_level("ALL")(path, name))

    assert report.verdict is not Verdict.DIFFERENT


@pytest.mark.parametrize(("name", "verdict"), [("gpt2", Verdict.EQUIVALENT), ("bert", Verdict.DIFFERENT)])
def test_an_approximation_is_another_function(name, verdict, tmp_path):
    """The optimiser may put GELU by tanh in the place of the exact one: GPT-2 has that one anyway."""
    model, inputs = built(name)
    path = exported(copy.deepcopy(model), inputs, "dynamo", tmp_path / "model.onnx")
    fast = by_patterns(0, enable_gelu_approximation=True)(path, name)

    assert parity.compare(path, fast).verdict is verdict
