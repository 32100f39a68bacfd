"""Where layers differ that nothing pairs, and both models compute the same, the answer is open; else it is not."""

import numpy as np
import pytest

import parity
from parity.outputs import OTHER_ORDER, WORDING

keras, torch = pytest.importorskip("keras"), pytest.importorskip("torch")
nn = torch.nn

SHAPE = (2, 3, 4, 4)

REASONS = [reason for reason, _ in (OTHER_ORDER, WORDING)]


class Scaled(nn.Module):
    """A convolution and a scale for each channel."""

    def __init__(self, scale):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.scale = nn.Parameter(torch.full((4, 1, 1), scale))

    def forward(self, x):
        return self.conv(x) * self.scale


def keras_beside_torch(*, turned=True):
    """A model with its channels first in Keras, which turns them, and the same in PyTorch."""
    image = keras.Input(SHAPE[1:], batch_size=SHAPE[0])
    first = keras.ops.transpose(image, (0, 2, 3, 1)) if turned else keras.layers.Reshape((4, 4, 3))(image)
    layer = keras.layers.Conv2D(2, 2, padding="same")
    left = keras.Model(image, layer(first))
    kernel, bias = (keras.ops.convert_to_numpy(each) for each in layer.weights)

    class Right(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 2)
            with torch.no_grad():
                self.conv.weight.copy_(torch.tensor(kernel).permute(3, 2, 0, 1))
                self.conv.bias.copy_(torch.tensor(bias))

        def forward(self, x):
            return self.conv(nn.functional.pad(x, (0, 1, 0, 1))).permute(0, 2, 3, 1)

    return left, Right().eval()


def compared(left, right, **told):
    return parity.compare(left, right, right_inputs=[SHAPE], **told)


def says_why(messages):
    return any(reason in each for each in messages for reason in REASONS)


def test_a_transposition_at_one_end_alone_is_open_where_both_models_compute_the_same():
    report = compared(*keras_beside_torch())
    assert report.verdict is not parity.Verdict.DIFFERENT
    told = [finding.message for finding, severity in report.findings if severity is parity.Severity.WARNING]
    assert report.verdict is parity.Verdict.EQUIVALENT or says_why(told)


def test_other_elements_at_the_same_end_are_a_difference():
    assert compared(*keras_beside_torch(turned=False)).verdict is parity.Verdict.DIFFERENT


def test_nothing_is_computed_where_that_is_forbidden():
    report = compared(*keras_beside_torch(), numbers=False, profile="inference")
    assert not says_why(finding.message for finding, _ in report.findings)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_scale_that_one_side_alone_trains_is_a_difference_though_it_may_be_one(scale):
    scaled = Scaled(scale).eval()
    assert parity.compare(scaled.conv, scaled, inputs=[SHAPE]).verdict is parity.Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (nn.LayerNorm(4, eps=1e-5), nn.LayerNorm(4, eps=1.0001e-5)),
        (nn.ReLU(), nn.Identity()),
        (nn.ReLU(), nn.ReLU6()),
        (nn.LeakyReLU(0.01), nn.LeakyReLU(0.010001)),
        (nn.Hardtanh(-50.0, 50.0), nn.Identity()),
        (nn.Dropout(0.5), nn.Identity()),
    ],
    ids=["epsilon", "activation", "limit", "slope", "far limit", "dropout"],
)
def test_differences_stay_that_outputs_show_little_of_or_only_in_training(left, right):
    first = nn.Linear(4, 4)
    sides = nn.Sequential(first, left).eval(), nn.Sequential(first, right).eval()
    assert parity.compare(*sides, inputs=[(2, 4)]).verdict is parity.Verdict.DIFFERENT


def test_models_of_which_every_output_is_the_same_number_show_nothing():
    first = nn.Linear(4, 4)

    class Zero(nn.Module):
        def forward(self, x):
            return x * 0.0

    left = nn.Sequential(first, nn.Tanh(), Zero()).eval()
    right = nn.Sequential(first, nn.Softsign(), Zero()).eval()
    assert parity.compare(left, right, inputs=[(2, 4)]).verdict is parity.Verdict.DIFFERENT


class Turned(nn.Module):
    def __init__(self, *axes):
        super().__init__()
        self.axes = axes

    def forward(self, x):
        return x.permute(self.axes)


@pytest.mark.parametrize(
    "last", [Turned(0, 2, 3, 1), Turned(0, 1, 3, 2), nn.Flatten(), nn.Unflatten(2, (2, 2))], ids=str
)
def test_outputs_in_another_order_or_of_other_sizes_are_a_difference(last):
    first = nn.Conv2d(3, 4, 1)
    sides = nn.Sequential(first, nn.Sigmoid()).eval(), nn.Sequential(first, nn.Sigmoid(), last).eval()
    assert parity.compare(*sides, inputs=[SHAPE]).verdict is parity.Verdict.DIFFERENT


def of_one_channel(name, number):
    """A layer whose weights have one element each, which an exporter writes down as numbers."""
    start = keras.Input((2, 2, 1), batch_size=2)
    if name == "slope":
        layer, before, weights = keras.layers.PReLU(shared_axes=[1, 2]), keras.layers.ReLU(threshold=0.5), [(1, 1, 1)]
    else:
        layer, before, weights = keras.layers.BatchNormalization(scale=False), keras.ops.hard_silu, [(1,)] * 3
    model = keras.Model(start, layer(before(start)))
    layer.set_weights([np.full(shape, number + 0.2 * at) for at, shape in enumerate(weights)])
    return model


@pytest.mark.parametrize(
    ("name", "number", "verdict"),
    [
        ("slope", 0.3, parity.Verdict.INCONCLUSIVE),
        ("statistics", 0.3, parity.Verdict.INCONCLUSIVE),
        ("statistics", 0.4, parity.Verdict.DIFFERENT),
    ],
)
def test_weights_of_one_element_may_be_numbers_of_a_file(name, number, verdict, tmp_path):
    tf2onnx = pytest.importorskip("tf2onnx")
    tf2onnx.convert.from_keras(of_one_channel(name, 0.3), opset=17, output_path=str(tmp_path / "model.onnx"))

    report = parity.compare(of_one_channel(name, number), tmp_path / "model.onnx")

    assert report.verdict is verdict
    assert report.ledger.remainder == 0


def channels_last(*layers, size=(1, 4, 3)):
    """Keras layers on an image, and the same in PyTorch, of which no layer tells which of several axes of one size."""
    image = keras.Input(size)
    x = image
    for layer in layers:
        x = layer(x)
    return keras.Model(image, x)


class Pooled(nn.Module):
    """A reshape to an image of one channel, whose axes of one element nothing tells apart, and a pooling."""

    def __init__(self, size, window):
        super().__init__()
        self.size, self.window = size, window

    def forward(self, x):
        height, width, channels = self.size
        image = x.reshape(x.shape[0], height, width, channels).permute(0, 3, 1, 2)
        return nn.functional.max_pool2d(image, self.window)


@pytest.mark.parametrize("samples", [1, 2])
@pytest.mark.parametrize(("size", "window"), [((2, 2, 1), 2), ((1, 4, 1), (1, 2)), ((2, 1, 2), (2, 1))], ids=str)
def test_outputs_may_have_their_axes_as_their_framework_has_them(size, window, samples):
    left = channels_last(keras.layers.Reshape(size), keras.layers.MaxPooling2D(window), size=(4,))
    report = parity.compare(left, Pooled(size, window).eval(), right_inputs=[(samples, 4)])
    assert report.verdict is not parity.Verdict.DIFFERENT, str(report)
    other = channels_last(keras.layers.Reshape(size), keras.layers.AveragePooling2D(window), size=(4,))
    assert parity.compare(other, Pooled(size, window).eval(), right_inputs=[(samples, 4)]).verdict == "different"


class Permuted(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(3, eps=1e-3)

    def forward(self, x):
        return self.norm(x.permute(0, 3, 1, 2)).permute(0, 3, 1, 2).amax((2, 3), keepdim=True).permute(0, 2, 3, 1)


@pytest.mark.parametrize("samples", [1, 2])
def test_a_live_model_is_computed_for_as_many_samples_as_it_was_read_for(samples):
    """One sample does not tell what a permutation does to the batch, so that the model is traced for more."""
    left = channels_last(
        keras.layers.Permute((3, 1, 2)),
        keras.layers.LayerNormalization(epsilon=1e-3),
        keras.layers.GlobalMaxPooling2D(keepdims=True),
        size=(3, 3, 3),
    )
    data = [np.random.default_rng(0).normal(size=(samples, 3, 3, 3)).astype("float32")]
    given = {"right_inputs": [(samples, 3, 3, 3)], "outputs": True}
    report = parity.compare(left, Permuted().eval(), data=data, **given)
    assert report.verdict is not parity.Verdict.DIFFERENT, str(report)
    assert report.outputs.final, str(report)
    assert all(each.error.rel_l2 < 1e-5 for each in report.outputs.final)


@pytest.mark.parametrize("threshold", [0.0, 0.3])
def test_what_an_exporter_writes_as_numbers_is_open_whatever_it_weighs(threshold, tmp_path):
    """BatchNormalization of one channel, which a file holds as two numbers: its four weights have no counterpart."""
    tf2onnx = pytest.importorskip("tf2onnx")

    def built(slope):
        start = keras.Input((1,), batch_size=4)
        layer = keras.layers.BatchNormalization()
        model = keras.Model(start, keras.ops.leaky_relu(keras.ops.hard_shrink(layer(start), threshold), slope))
        layer.set_weights([np.full(1, each) for each in (1.2, -0.4, 0.3, 0.9)])
        return model

    tf2onnx.convert.from_keras(built(0.2), opset=17, output_path=str(tmp_path / "model.onnx"))
    assert parity.compare(built(0.2), tmp_path / "model.onnx").verdict is not parity.Verdict.DIFFERENT
    assert parity.compare(built(0.3), tmp_path / "model.onnx").verdict is parity.Verdict.DIFFERENT


@pytest.mark.parametrize("moved", [True, False], ids=["trained", "as it begins"])
def test_stored_weights_tell_of_training_only_where_training_has_moved_them(moved):
    """What two layers make is the same in any order while they hold what training begins with."""

    class Net(nn.Module):
        def __init__(self, order):
            super().__init__()
            self.order = order
            self.norm, self.scale = nn.BatchNorm2d(3, eps=0.0), nn.Parameter(torch.ones(1))

        def forward(self, x):
            return self.norm(x * self.scale) if self.order else self.norm(x) * self.scale

    sides = []
    for order in (True, False):
        net = Net(order).eval()
        if moved:
            net.load_state_dict({name: torch.full_like(each, 1.5) + torch.arange(each.numel()).reshape(each.shape)
                                 for name, each in net.state_dict().items()})  # fmt: skip
        sides.append(net)
    assert parity.compare(*sides, inputs=[SHAPE]).verdict is not parity.Verdict.EQUIVALENT
