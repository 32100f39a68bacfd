"""One change in the middle of a model is one finding; everything else follows from it."""

import pytest

import parity
from parity.alignment import align
from parity.comparison import Comparison, Difference, Facet, Topic, View
from parity.graph import Effect
from parity.rules import Severity, explain
from tests import builders
from tests.balance import remainders
from tests.rules.models import keras_model, keras_net, layers, module, nn, torch_net

MADE = {
    "filters": 8,
    "kernel": 3,
    "stride": 1,
    "middle": 6,
    "units": 5,
    "hidden": 9,
    "image": 12,
    "padding": "same",
    "groups": 1,
}


def keras_one(**changed):
    """Convolutions with a batch norm, a residual, pooling and dense layers."""
    set_ = {**MADE, **changed}
    pixels = layers().Input((set_["image"], set_["image"], 3))
    x = layers().Conv2D(4, 3, padding="same", activation="relu")(pixels)
    x = layers().Conv2D(
        set_["filters"], set_["kernel"], set_["stride"], padding=set_["padding"], groups=set_["groups"]
    )(x)
    x = layers().BatchNormalization()(x)
    x = layers().Add()([x, layers().ReLU()(x)])
    x = layers().Conv2D(set_["middle"], 3, padding="same")(x)
    x = layers().Flatten()(layers().MaxPooling2D()(x))
    x = layers().Dense(set_["hidden"], activation="relu")(x)
    return keras_model(pixels, layers().Dense(set_["units"])(x))


def torch_one(*, act=True, **changed):
    import torch

    set_ = {**MADE, **changed}
    around = set_["kernel"] // 2 if set_["padding"] == "same" else 0
    size = ((set_["image"] + 2 * around - set_["kernel"]) // set_["stride"] + 1) // 2

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = torch.nn.Conv2d(3, 4, 3, padding=1)
            self.conv2 = torch.nn.Conv2d(
                4, set_["filters"], set_["kernel"], set_["stride"], around, groups=set_["groups"]
            )
            self.norm = torch.nn.BatchNorm2d(set_["filters"], eps=1e-3, momentum=0.01)
            self.conv3 = torch.nn.Conv2d(set_["filters"], set_["middle"], 3, padding=1)
            self.pool = torch.nn.MaxPool2d(2)
            self.fc1 = torch.nn.Linear(set_["middle"] * size * size, set_["hidden"])
            self.fc2 = torch.nn.Linear(set_["hidden"], set_["units"])

        def forward(self, x):
            x = self.conv1(x)
            x = self.norm(self.conv2(x.relu() if act else x))
            x = self.pool(self.conv3(x + x.relu()))
            return self.fc2(self.fc1(x.flatten(1)).relu())

    return Net().eval()


def inputs(**changed):
    size = changed.get("image", MADE["image"])
    return [(1, 3, size, size)]


def roots(report):
    errors = (each for each, level in report.findings if level is Severity.ERROR)
    return [(each.rule, each.attribute) for each in errors if not each.caused_by]


CHANGES = [
    ({"filters": 10}, ("weight-shape", "kernel")),
    ({"kernel": 5}, ("weight-shape", "kernel")),
    ({"kernel": 5, "padding": "valid"}, ("weight-shape", "kernel")),
    ({"stride": 2}, ("hyper-parameter", "strides")),
    ({"middle": 7}, ("weight-shape", "kernel")),
    ({"hidden": 4}, ("weight-shape", "kernel")),
    ({"units": 7}, ("weight-shape", "kernel")),
    ({"image": 16}, ("input-shape", None)),
    ({"image": 15}, ("input-shape", None)),
    ({"groups": 2}, ("hyper-parameter", "groups")),
]
NAMES = [",".join(f"{name}={value}" for name, value in change.items()) for change, _ in CHANGES]


@pytest.mark.parametrize("across", [False, True], ids=["keras-keras", "keras-torch"])
@pytest.mark.parametrize(("change", "root"), CHANGES, ids=NAMES)
def test_one_change_is_one_finding(change, root, across):
    base = {"padding": change["padding"]} if "padding" in change else {}
    right = torch_one(**change) if across else keras_one(**change)
    report = parity.compare(keras_one(**base), right, right_inputs=inputs(**change) if across else None)

    assert roots(report) == [root]
    assert remainders(report) == {}
    top = next(each for each, level in report.findings if level is Severity.ERROR and not each.caused_by)
    follows = [each for each, level in report.findings if level is Severity.ERROR and each is not top]
    assert {each.caused_by for each in follows} <= {top.fingerprint}


@pytest.mark.parametrize(("change", "root"), CHANGES, ids=NAMES)
def test_from_the_other_side_too(change, root):
    base = {"padding": change["padding"]} if "padding" in change else {}
    report = parity.compare(torch_one(**change), keras_one(**base), left_inputs=inputs(**change))

    assert roots(report) == [root]


def test_a_lacking_activation_does_not_break_the_chain():
    report = parity.compare(keras_one(), torch_one(act=False, stride=2), right_inputs=inputs())

    assert roots(report) == [("activation-missing", None), ("hyper-parameter", "strides")]


def test_two_changes_are_two_findings():
    report = parity.compare(keras_one(), keras_one(filters=10, units=7))

    assert roots(report) == [("weight-shape", "kernel")] * 2


def test_a_layer_on_one_side_is_the_cause_of_what_it_changes():
    def net(*extra):
        return keras_net((8, 8, 3), layers().Conv2D(4, 3), *extra, layers().Flatten(), layers().Dense(5))

    for pair in ((net(), net(layers().MaxPooling2D())), (net(layers().MaxPooling2D()), net())):
        report = parity.compare(*pair)

        assert [rule for rule, _ in roots(report)] in (["layer-extra"], ["layer-missing"])
        assert {each.rule for each, _ in report.findings if each.caused_by} == {"output-shape", "weight-shape"}


def test_a_depthwise_convolution_follows_its_channels():
    def net(filters):
        return torch_net(
            nn().Conv2d(3, filters, 3), nn().Conv2d(filters, filters, 3, groups=filters), nn().Conv2d(filters, 5, 1)
        )

    report = parity.compare(net(4), net(6), inputs=[(1, 3, 8, 8)])

    assert roots(report) == [("weight-shape", "kernel")]


def test_units_of_a_recurrent_layer():
    def net(units):
        return keras_net((7, 3), layers().LSTM(units, return_sequences=True), layers().LSTM(4), layers().Dense(2))

    report = parity.compare(net(5), net(6))

    assert roots(report) == [("weight-shape", "kernel")]


def test_units_of_a_layer_of_two_inputs():
    def net(width):
        parts = {"fc": nn().Linear(4, width), "both": nn().Bilinear(width, width, 2)}
        return module(parts, lambda self, x: self.both(self.fc(x), self.fc(x)))

    report = parity.compare(net(5), net(6), inputs=[(1, 4)])

    assert roots(report) == [("weight-shape", "kernel")]
    # The layer that is called twice with the same input is one.
    assert [(each.rule, each.attribute) for each, _ in report.findings].count(("weight-shape", "kernel")) == 2
    assert remainders(report) == {}


def test_units_of_an_operator_that_no_kind_spells():
    """The axes of its weights have no names."""
    import torch

    def net(width):
        parts = {"fc": nn().Linear(4, width)}
        model = module(parts, lambda self, x: torch.linalg.solve(self.matrix, self.fc(x), left=False))
        model.matrix = nn().Parameter(torch.eye(width))
        return model

    report = parity.compare(net(5), net(6), inputs=[(1, 4)])

    assert roots(report) == [("weight-shape", "kernel")]
    assert len([each for each, _ in report.findings if each.rule == "weight-shape"]) == 3
    assert remainders(report) == {}


def test_a_state_of_zeros_follows_the_layer_that_it_is_made_for():
    report = parity.compare(nn().GRU(3, 4).eval(), nn().GRU(3, 5).eval(), inputs=[(5, 1, 3)])

    assert {rule for rule, _ in roots(report)} == {"weight-shape"}


def test_the_shape_that_a_model_returns_is_its_interface():
    report = parity.compare(keras_one(), keras_one(units=7))

    last = [each for each, _ in report.findings if each.rule == "output-shape"]
    assert [each.effect for each in last] == [Effect.INTERFACE]


def test_modules_without_wiring_still_say_what_follows_within_a_layer():
    report = parity.compare(torch_one(), torch_one(middle=7))

    assert ("weight-shape", "bias") not in roots(report)
    assert remainders(report) == {}


def test_fingerprints_are_unique():
    report = parity.compare(keras_one(), keras_one(image=16))

    prints = [each.fingerprint for each, _ in report.findings]
    assert len(set(prints)) == len(prints)


def test_what_leaves_a_model_the_same_hides_nothing_that_does_not():
    """Whatever a verdict rests on is told under its own effect, also where a conversion comes before it."""
    left, right = (builders.graph(builders.layer("x", "input"), builders.dense("a", "x", 4, 4)) for _ in range(2))
    view = View(left, right, align(left, right))
    pair = left.layers[1], right.layers[1]
    layout = Difference(Topic.LAYOUT, Facet.WEIGHTS, *pair, "kernel", "in out", "out in")
    shape = Difference(Topic.SHAPE, Facet.SHAPES, *pair, "", (2, 1, 4), (1, 2, 4), cause=layout.key)
    last = Difference(Topic.SHAPE, Facet.SHAPES, *pair, "1", (2, 1, 8), (1, 2, 8), cause=shape.key)

    calm, real, after = explain(Comparison(view, (layout, shape, last)))

    assert calm.effect is Effect.CONVERSION
    assert real.caused_by is None is calm.caused_by
    assert after.caused_by == real.fingerprint
