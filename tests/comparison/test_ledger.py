"""The way from one total to the other adds up, whatever the pair."""

import pytest

import parity
from tests.balance import remainders
from tests.rules.models import (
    IMAGE,
    PIXELS,
    keras_model,
    keras_net,
    layers,
    module,
    nn,
    norm,
    onnx_export,
    torch_net,
    words_net,
)

WORDS = ((1, 5), "int64")


def conv_k(*, bias=True, **settings):
    return keras_net(
        PIXELS,
        layers().Conv2D(4, 3, use_bias=bias),
        layers().BatchNormalization(**settings),
        layers().Flatten(),
        layers().Dense(2),
    )


def conv_t(*, bias=True, **settings):
    return torch_net(nn().Conv2d(3, 4, 3, bias=bias), norm(**settings), nn().Flatten(), nn().Linear(144, 2))


def lstm_k():
    return keras_net((5, 3), layers().LSTM(4), layers().Dense(2))


def lstm_t(**settings):
    ways = 2 if settings.get("bidirectional") else 1
    parts = {"lstm": nn().LSTM(3, 4, batch_first=True, **settings), "fc": nn().Linear(4 * ways, 2)}
    return module(parts, lambda self, x: self.fc(self.lstm(x)[0][:, -1]))


def both_ways_k():
    return keras_net((5, 3), layers().Bidirectional(layers().LSTM(4)), layers().Dense(2))


def words_k():
    stack = (layers().Embedding(11, 4), layers().ReLU(), layers().Dense(11, use_bias=False))
    return keras_net((5,), *stack, dtype="int64")


def norms(*, tied, **settings):
    """A batch norm that is called twice, or two of them."""
    once = norm(**settings)
    return torch_net(nn().Conv2d(3, 4, 3), once, nn().ReLU(), once if tied else norm(**settings))


def norms_k(*, tied):
    pixels, once = layers().Input(PIXELS), layers().BatchNormalization()
    x = layers().ReLU()(once(layers().Conv2D(4, 3)(pixels)))
    return keras_model(pixels, (once if tied else layers().BatchNormalization())(x))


def bare_norm():
    return conv_t(affine=False)


def buffered(*, persistent):
    import torch

    made = module({"fc": nn().Linear(8, 4)}, lambda self, x: self.fc(x) + self.offset)
    made.register_buffer("offset", torch.ones(4), persistent=persistent)
    return made


def with_unused():
    return module({"fc": nn().Linear(8, 4), "old": nn().Linear(8, 3)}, lambda self, x: self.fc(x))


def plain_k():
    return keras_net((8,), layers().Dense(4))


def nested_k(*, trainable):
    inner = keras_net((8,), layers().Dense(6, activation="relu"), layers().Dense(4))
    inner.trainable = trainable
    start = layers().Input((8,))
    return keras_model(start, layers().Dense(2)(inner(start)))


def nested_t(*, trainable):
    inner = nn().Sequential(nn().Linear(8, 6), nn().ReLU(), nn().Linear(6, 4))
    inner.requires_grad_(trainable)
    return torch_net(inner, nn().Linear(4, 2))


def shared_k():
    start, layer = layers().Input((8,)), layers().Dense(8)
    return keras_model(start, layer(layer(start)))


def twice_t(*, shared):
    first = nn().Linear(8, 8)
    return torch_net(first, first if shared else nn().Linear(8, 8))


def gru_k():
    return keras_net((5, 3), layers().GRU(4, return_sequences=True), layers().Dense(2))


def gru_t():
    parts = {"gru": nn().GRU(3, 4, batch_first=True), "fc": nn().Linear(4, 2)}
    return module(parts, lambda self, x: self.fc(self.gru(x)[0]))


ROW, STEPS = [(1, 8)], [(1, 5, 3)]
LEFT, RIGHT = "left_inputs", "right_inputs"

PAIRS = {
    "conv": lambda: (conv_k(), conv_t(), {RIGHT: [IMAGE]}),
    "conv to keras": lambda: (conv_t(), conv_k(), {LEFT: [IMAGE]}),
    "no bias": lambda: (conv_k(bias=False), conv_t(), {RIGHT: [IMAGE]}),
    "no scale": lambda: (conv_k(scale=False), conv_t(), {RIGHT: [IMAGE]}),
    "not affine": lambda: (conv_k(scale=False, center=False), conv_t(affine=False), {RIGHT: [IMAGE]}),
    "not affine, one side": lambda: (conv_k(), conv_t(affine=False), {RIGHT: [IMAGE]}),
    "no statistics": lambda: (conv_k(), conv_t(track_running_stats=False), {RIGHT: [IMAGE]}),
    "folded": lambda: (conv_t(), onnx_export(conv_t(), IMAGE), {LEFT: [IMAGE]}),
    "folded without bias": lambda: (conv_k(bias=False), onnx_export(conv_t(bias=False), IMAGE), {}),
    "not folded": lambda: (conv_k(), onnx_export(conv_t(), IMAGE, fold=False), {}),
    "not affine in onnx": lambda: (bare_norm(), onnx_export(bare_norm(), IMAGE, fold=False), {LEFT: [IMAGE]}),
    "lstm": lambda: (lstm_k(), lstm_t(), {RIGHT: STEPS}),
    "lstm without bias": lambda: (lstm_k(), lstm_t(bias=False), {RIGHT: STEPS}),
    "lstm in both ways": lambda: (both_ways_k(), lstm_t(bidirectional=True), {RIGHT: STEPS}),
    "lstm stacked": lambda: (lstm_k(), lstm_t(num_layers=2), {RIGHT: STEPS}),
    "lstm in onnx": lambda: (lstm_k(), onnx_export(lstm_t(), (1, 5, 3)), {}),
    "gru": lambda: (gru_k(), gru_t(), {RIGHT: STEPS}),
    "tied": lambda: (words_net(tied=True), words_net(tied=False), {"inputs": [WORDS]}),
    "tied in torch": lambda: (words_k(), words_net(tied=True), {RIGHT: [WORDS]}),
    "tied in onnx": lambda: (words_k(), onnx_export(words_net(tied=True), (1, 5), dtypes=("int64",)), {}),
    "tied norms": lambda: (norms(tied=True), norms(tied=False), {"inputs": [IMAGE]}),
    "tied norms in keras": lambda: (norms_k(tied=True), norms_k(tied=False), {}),
    "tied bare norms": lambda: (norms(tied=True, affine=False), norms(tied=False, affine=False), {"inputs": [IMAGE]}),
    "shared": lambda: (shared_k(), twice_t(shared=True), {RIGHT: ROW}),
    "shared on one side": lambda: (shared_k(), twice_t(shared=False), {RIGHT: ROW}),
    "buffer": lambda: (plain_k(), buffered(persistent=True), {RIGHT: ROW}),
    "buffers": lambda: (buffered(persistent=True), buffered(persistent=False), {"inputs": ROW}),
    "buffer in onnx": lambda: (buffered(persistent=True), onnx_export(buffered(persistent=True), (1, 8)), {LEFT: ROW}),
    "unused": lambda: (plain_k(), with_unused(), {RIGHT: ROW}),
    "unused in onnx": lambda: (with_unused(), onnx_export(with_unused(), (1, 8)), {LEFT: ROW}),
    "without wiring": lambda: (conv_k(), conv_t(), {}),
    "both without wiring": lambda: (conv_t(), conv_t(bias=False), {}),
    "nested": lambda: (nested_k(trainable=True), nested_t(trainable=True), {RIGHT: ROW}),
    "nested and frozen": lambda: (nested_k(trainable=False), nested_t(trainable=False), {RIGHT: ROW}),
    "nested, frozen on one side": lambda: (nested_k(trainable=False), nested_t(trainable=True), {RIGHT: ROW}),
    "nothing in common": lambda: (words_k(), conv_t(), {RIGHT: [IMAGE]}),
}


def mirrored(settings):
    names = {LEFT: RIGHT, RIGHT: LEFT}
    return {names.get(name, name): value for name, value in settings.items()}


def own_total(model):
    """What the framework itself counts."""
    if hasattr(model, "count_params"):
        return model.count_params()
    if hasattr(model, "parameters"):
        return sum(each.numel() for each in model.parameters())
    return None


def side_free(report):
    """Findings as a mirrored comparison should say them."""
    return sorted(
        (each.rule, each.effect, each.left, each.right, repr(each.left_value), repr(each.right_value), each.delta)
        for each, _ in report.findings
    )


def turned(report):
    other = {"layer-missing": "layer-extra", "layer-extra": "layer-missing"}
    return sorted(
        (
            other.get(each.rule, each.rule),
            each.effect,
            each.right,
            each.left,
            repr(each.right_value),
            repr(each.left_value),
            -each.delta,
        )
        for each, _ in report.findings
    )


@pytest.mark.parametrize("name", PAIRS)
def test_the_ledger_adds_up_and_a_mirrored_comparison_is_mirrored(name):
    left, right, settings = PAIRS[name]()

    there = parity.compare(left, right, **settings)
    back = parity.compare(right, left, **mirrored(settings))

    ledger = there.ledger
    assert remainders(there) == {}
    assert ledger.left_total + sum(step.delta for step in ledger.steps) == ledger.right_total
    assert sum(each.delta for each, _ in there.findings) == ledger.right_total - ledger.left_total
    for model, total in ((left, ledger.left_total), (right, ledger.right_total)):
        assert own_total(model) in {None, total}
    assert [each for each, _ in there.findings if each.rule == "unexplained-remainder"] == []
    assert back.verdict is there.verdict
    assert side_free(back) == turned(there)


def real(name):
    left, right, settings = PAIRS[name]()
    report = parity.compare(left, right, **settings)
    return {each.rule for each, level in report.findings if level.value != "info"}


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("conv", set()),
        ("not affine", set()),
        ("no bias", set()),
        ("no scale", {"weight-missing"}),
        ("folded", set()),
        ("folded without bias", set()),
        ("not folded", set()),
        ("not affine in onnx", set()),  # what is missing is read: ones and zeros
        ("lstm", set()),
        ("lstm without bias", {"weight-missing"}),
        ("lstm in both ways", {"bidirectional-merge"}),
        ("tied", {"tied-weights-counted-twice"}),
        ("tied in onnx", set()),
        ("tied norms", {"tied-weights-counted-twice"}),
        ("tied bare norms", {"tied-weights-counted-twice"}),
        ("tied norms in keras", {"tied-weights-counted-twice"}),
        ("shared", set()),
        ("shared on one side", {"tied-weights-counted-twice"}),
        ("unused", set()),
        ("nested", set()),
        ("nested and frozen", set()),
        ("nested, frozen on one side", {"frozen-layer"}),
    ],
)
def test_what_is_a_difference_and_what_is_not(name, rules):
    assert real(name) == rules
