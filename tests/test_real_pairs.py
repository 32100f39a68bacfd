"""Pairs that people really port: for each, every difference that there is, written down by hand, and no other.

Models of ``keras.applications`` stand against ``transformers``' of the same design where it has them, else against the
papers' designs in ``tests/pairs``.
"""

from collections import Counter

import pytest

from parity.check import check
from parity.reports import Screen, named
from tests.balance import causeless, remainders

pytestmark = pytest.mark.filterwarnings("ignore")

IMAGE = [(1, 3, 224, 224)]


def _ids(length):
    return ((1, length), "int64")


def application(name):
    def build():
        import keras

        return getattr(keras.applications, name)(weights=None)

    return build


def transformer(name, **settings):
    def build():
        import torch
        import transformers

        kind = getattr(transformers, name)
        with torch.device("meta"):
            return kind(kind.config_class(**settings)).eval()

    return build


def written(framework, name):
    def build():
        from importlib import import_module

        return getattr(import_module(f"tests.pairs.written_in_{framework}"), name)()

    return build


def kernels(**found):
    """Layouts of kernels, which say nothing of the model: how many layers of each sort."""
    layouts = {
        "conv": ("kh kw in out", "out in kh kw"),
        "grouped": ("kh kw in group*multiplier", "group*multiplier in kh kw"),
        "transposed": ("kh kw out in", "in out kh kw"),
        "dense": ("in out", "out in"),
        "rnn": ("in gate*units", "gate*units in"),
    }
    roles = {"rnn": "kernel, recurrent_kernel"}
    depthwise = {("depthwise-layout",): found.pop("depthwise")} if "depthwise" in found else {}
    same = {("kernel-layout", roles.get(sort, "kernel"), *layouts[sort]): count for sort, count in found.items()}
    return same | depthwise


def norms(count, epsilon, momentum, **others):
    """What differs between BatchNorm layers: bookkeeping, and the two settings with other defaults."""
    found = {("batch-norm-statistics",): count, ("batch-norm-counter",): count}
    settings = {"epsilon": epsilon, "momentum": momentum}
    found |= {(name, name, *map(str, values)): count for name, values in settings.items() if values}
    return found | others


BATCH = {("batch-dimension-spelling", "N", "None", "1"): 1}
IMAGES = {**BATCH, ("input-layout", "axes", "N H W C", "N C H W"): 1}
SOFTMAX = {("logits-against-probabilities", None, "softmax", "None"): 1}

PAIRS = {
    "ResNet50": (
        application("ResNet50"),
        # Keras strides in the first of a block's convolutions; so does the paper, other ports of it in the second.
        transformer("ResNetForImageClassification", num_labels=1000, downsample_in_bottleneck=True),
        IMAGE,
        {
            **IMAGES,
            **SOFTMAX,
            **kernels(conv=53, dense=1),
            **norms(53, ("1.001e-05", "1e-05"), ("0.99", "0.9")),
            ("redundant-bias-before-batch-norm",): 53,
            ("padding-made-explicit",): 2,
            ("layer-decomposed",): 1,
        },
        {"redundant-bias-before-batch-norm": -26_560, "batch-norm-statistics": -53_120},
    ),
    "MobileNetV2": (
        application("MobileNetV2"),
        transformer("MobileNetV2ForImageClassification", num_labels=1000),
        IMAGE,
        {
            **IMAGES,
            **SOFTMAX,
            **kernels(conv=35, depthwise=17, dense=1),
            **norms(52, None, ("0.999", "0.003")),
            ("dropout-placement", None, "None", "0.8"): 1,
            ("padding-made-explicit",): 14,
            ("layer-decomposed",): 1,
        },
        {"batch-norm-statistics": -34_112},
    ),
    "VGG16": (
        application("VGG16"),
        written("torch", "vgg16"),
        IMAGE,
        {
            **IMAGES,
            **SOFTMAX,
            **kernels(conv=13, dense=3),
            ("flatten-order", "rows", "H*W*C", "C*H*W"): 1,
            ("dropout-placement", None, "None", "0.5"): 2,
        },
        {},
    ),
    "EfficientNetB0": (
        application("EfficientNetB0"),
        transformer(
            "EfficientNetForImageClassification",
            width_coefficient=1.0,
            depth_coefficient=1.0,
            hidden_dim=1280,
            image_size=224,
            num_labels=1000,
        ),
        IMAGE,
        {
            **IMAGES,
            **SOFTMAX,
            **kernels(conv=65, depthwise=16, dense=1),
            **norms(49, None, None),
            ("momentum-convention", "momentum", "0.99", "0.01"): 34,
            ("momentum", "momentum", "0.99", "0.9"): 15,
            ("preprocessing-inside-the-model",): 1,
            ("dropout-units", "units", "samples", "elements"): 9,
            ("dropout-rate", "rate", "0.2", "0.5"): 1,
            ("layer-decomposed",): 17,
            ("window-covers-image",): 1,
        },
        {"preprocessing-inside-the-model": -7, "batch-norm-statistics": -42_016},
    ),
    "ConvNeXtTiny": (
        application("ConvNeXtTiny"),
        transformer("ConvNextForImageClassification", num_labels=1000),
        IMAGE,
        {
            **IMAGES,
            **SOFTMAX,
            **kernels(conv=4, grouped=18, dense=37),
            ("preprocessing-inside-the-model",): 1,
            ("norm-epsilon", "epsilon", "1e-06", "1e-12"): 1,
            ("channels-layout",): 44,
        },
        {},
    ),
    "BERT": (
        written("keras", "bert_encoder"),
        transformer(
            "BertModel",
            vocab_size=60,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=64,
            max_position_embeddings=16,
        ),
        {"input_ids": _ids(12), "token_type_ids": _ids(12), "position_ids": _ids(12)},
        {
            ("batch-dimension-spelling", "N", "None", "1"): 3,
            **kernels(dense=13),
            ("padding-row", "untrained_row", "None", "0"): 1,
            ("mask-computed",): 2,
            ("position-id-buffers", "positions", "0", "16"): 1,
        },
        {},
    ),
    "U-Net": (
        written("keras", "unet"),
        written("torch", "UNet"),
        [(1, 3, 32, 32)],
        {**IMAGES, **kernels(conv=11, transposed=2), **norms(10, ("0.001", "1e-05"), ("0.99", "0.9"))},
        {"batch-norm-statistics": -320},
    ),
    "DCGAN's generator": (
        written("keras", "generator"),
        written("torch", "Generator"),
        [(1, 16)],
        {
            **BATCH,
            **kernels(transposed=3, dense=1),
            **norms(3, ("0.001", "1e-05"), ("0.99", "0.9")),
            ("flatten-order", "rows", "H*W*C", "C*H*W"): 1,
            ("running-variance-estimator",): 1,
        },
        {"batch-norm-statistics": -112},
    ),
    "tagger with LSTM": (
        written("keras", "text_lstm"),
        written("torch", "TextLSTM"),
        [_ids(10)],
        {**BATCH, **kernels(rnn=4, dense=1), ("rnn-double-bias", "recurrent_bias", "None", "(48,)"): 4},
        {"rnn-double-bias": 192},
    ),
    "forecaster with GRU": (
        written("keras", "series_gru"),
        written("torch", "SeriesGRU"),
        [(1, 20, 4)],
        {**BATCH, **kernels(rnn=2, dense=1), ("gate-order", "gate_order", "z r h", "r z h"): 2},
        {},
    ),
    "two towers": (
        written("keras", "two_towers"),
        written("torch", "TwoTowers"),
        [_ids(5), _ids(3)],
        {("batch-dimension-spelling", "N", "None", "1"): 2, **kernels(dense=4)},
        {},
    ),
}


def told(report, expected):
    """The findings, counted: by rule, attribute and values, or by the rule alone where that is what is expected."""
    found = Counter()
    for finding, _ in report.findings:
        whole = (finding.rule, finding.attribute, str(finding.left_value), str(finding.right_value))
        found[(finding.rule,) if (finding.rule,) in expected else whole] += 1
    return dict(found)


def compared(name):
    left, right, inputs, *_ = PAIRS[name]
    import torch

    with torch.device("meta"):
        module = right().eval()
    return check(left(), module, right_inputs=inputs)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_every_difference_and_no_other(name):
    *_, expected, steps = PAIRS[name]

    report = compared(name)

    assert told(report, expected) == expected
    assert causeless(report) == []
    assert {step.rule: step.delta for step in report.ledger.steps} == steps
    assert remainders(report) == {}
    lines = named("text").compared(report, Screen(80)).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 50, "it is read on one screen"
