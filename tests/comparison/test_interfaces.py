"""Inputs and outputs are matched by name, then by shape and type; order counts where nothing else does."""

from dataclasses import dataclass
from itertools import permutations

import keras  # noqa: TID253  only tests of Keras import this
import numpy as np
import onnx
import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity
from parity.errors import UsageError
from parity.reports import Verdict
from parity.rules import Severity
from tests.rules.models import keras_model, layers


class Heads(nn.Module):
    """Two heads; ``give`` says what of them is returned, and how."""

    def __init__(self, give, sizes=(3, 4)):
        super().__init__()
        self.first, self.second, self.give = nn.Linear(8, sizes[0]), nn.Linear(8, sizes[1]), give

    def forward(self, x):
        return self.give(self.first(x).relu(), self.second(x))


def keras_heads(give, sizes=(3, 4)):
    start = layers().Input((8,), name="x")
    first, second = layers().Dense(sizes[0], activation="relu"), layers().Dense(sizes[1])
    return keras_model(start, give(first(start), second(start))), (first, second)


def as_dict(first, second):
    return {"cls": first, "box": second}


def turned_dict(first, second):
    return {"box": second, "cls": first}


def exchanged_dict(first, second):
    return {"cls": second, "box": first}


def carried(dense, right):
    """The right model with the weights of Keras layers."""
    with torch.no_grad():
        for layer, linear in zip(dense, (right.first, right.second), strict=True):
            kernel, bias = (torch.tensor(np.asarray(each)) for each in layer.get_weights())
            linear.weight.copy_(kernel.T)
            linear.bias.copy_(bias)
    return right.eval()


def errors(report):
    return [each.rule for each, level in report.findings if level is Severity.ERROR and each.caused_by is None]


def told(report, rule):
    (found,) = [each for each, _ in report.findings if each.rule == rule]
    return found


def compared(left, right, **settings):
    return parity.compare(left, right, right_inputs=[(2, 8)], **settings)


@pytest.mark.parametrize("sizes", [(3, 4), (3, 3)])
@pytest.mark.parametrize("give", [as_dict, turned_dict])
def test_outputs_of_the_same_names_are_compared_with_each_other(sizes, give):
    left, dense = keras_heads(as_dict, sizes)
    right = carried(dense, Heads(give, sizes))

    report = compared(left, right, outputs=True)

    assert report.verdict is Verdict.EQUIVALENT
    assert [(each.left, each.right) for each in report.outputs.final] == [("box", "box"), ("cls", "cls")]
    orders = [each for each, _ in report.findings if each.rule == "output-order"]
    assert len(orders) == (1 if give is as_dict else 0)  # Keras sorts the keys
    assert all("those of one name" in each.message for each in orders)


def test_another_order_of_names_is_a_difference_to_who_asks_for_exactly_the_same():
    left, dense = keras_heads(as_dict)
    right = carried(dense, Heads(as_dict))

    assert "output-order" in errors(compared(left, right, profile="exact"))
    assert "output-order" not in errors(compared(left, right, profile="interface"))


@pytest.mark.parametrize("sizes", [(3, 4), (3, 3)])
def test_outputs_of_the_same_names_that_are_computed_differently_differ(sizes):
    left, _ = keras_heads(as_dict, sizes)

    report = compared(left, Heads(exchanged_dict, sizes))

    assert report.verdict is Verdict.DIFFERENT
    assert any("output cls" in each.message for each, _ in report.findings)


def test_exchanged_weights_of_heads_of_one_shape_differ():
    """Nothing but their weights tells the heads apart."""
    start = layers().Input((8,))
    dense = layers().Dense(3), layers().Dense(3)
    left = keras_model(start, {"cls": dense[0](start), "box": dense[1](start)})
    right = carried(dense, Heads(lambda first, second: {"cls": second, "box": first}, (3, 3)))
    right.forward = lambda x: {"cls": right.second(x), "box": right.first(x)}

    report = compared(left, right, outputs=True)
    assert report.verdict is Verdict.DIFFERENT

    right.forward = lambda x: {"cls": right.first(x), "box": right.second(x)}
    assert compared(left, right, outputs=True).verdict is Verdict.EQUIVALENT


def test_outputs_without_names_that_are_exchanged_differ():
    left, _ = keras_heads(lambda first, second: [first, second], (3, 3))

    same = compared(left, Heads(lambda first, second: (first, second), (3, 3)))
    other = compared(left, Heads(lambda first, second: (second, first), (3, 3)))

    assert same.verdict is Verdict.EQUIVALENT
    assert other.verdict is Verdict.DIFFERENT
    assert errors(other) == ["layer-rewired"] * 2


def test_shapes_tell_outputs_apart_that_have_no_names():
    left, dense = keras_heads(lambda first, second: [first, second])
    right = carried(dense, Heads(lambda first, second: (second, first)))

    report = compared(left, right, outputs=True)

    assert errors(report) == ["output-order"]
    assert [each.error.rel_l2 < 1e-6 for each in report.outputs.final] == [True, True]


def test_who_goes_by_names_on_one_side_has_no_order_there():
    """Keras sorts the keys of a dict, which nobody can mend; the shapes tell which output is which."""
    left, dense = keras_heads(as_dict)
    right = carried(dense, Heads(lambda first, second: (first, second)))

    report = compared(left, right, outputs=True)

    assert report.verdict is Verdict.EQUIVALENT
    assert "box with linear_1, cls with relu" in told(report, "output-order").message
    assert "output-order" in errors(compared(left, right, profile="exact"))


@dataclass
class Found:
    box: torch.Tensor
    cls: torch.Tensor


def test_the_fields_of_a_data_class_are_names():
    left, dense = keras_heads(as_dict, (3, 3))
    right = carried(dense, Heads(lambda first, second: Found(box=second, cls=first), (3, 3)))

    report = compared(left, right)

    assert errors(report) == []
    assert [each.rule for each, _ in report.findings if each.rule == "output-count"] == []


def test_the_names_of_a_program_are_in_its_archive(tmp_path):
    left, dense = keras_heads(as_dict, (3, 3))
    right = carried(dense, Heads(as_dict, (3, 3)))
    torch.export.save(torch.export.export(right, (torch.zeros(2, 8),)), tmp_path / "heads.pt2")

    report = parity.compare(left, tmp_path / "heads.pt2", outputs=True)

    assert report.verdict is Verdict.EQUIVALENT
    assert [each.right for each in report.outputs.final] == ["box", "cls"]
    assert parity.evaluate(tmp_path / "heads.pt2").outputs.keys() == {"cls", "box"}


def onnx_file(path, nodes, outputs):
    tensors = {
        "wa": np.arange(12, dtype="float32").reshape(4, 3),
        "wb": np.arange(12, dtype="float32").reshape(4, 3)[::-1] * 2,
    }
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(op, inputs, [made]) for op, inputs, made in nodes],
        "g",
        [onnx.helper.make_tensor_value_info("x", 1, (2, 4))],
        [onnx.helper.make_tensor_value_info(name, 1, (2, 3)) for name in outputs],
        [onnx.numpy_helper.from_array(np.ascontiguousarray(each), name) for name, each in tensors.items()],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]), path)
    return path


def two_products(path, first, second, outputs):
    nodes = [("MatMul", ["x", "wa"], "a"), ("Relu", ["a"], first), ("MatMul", ["x", "wb"], second)]
    return onnx_file(path, nodes, outputs)


def test_names_of_onnx_outputs_count_if_a_person_chose_them(tmp_path):
    left = two_products(tmp_path / "left.onnx", "cls", "box", ["cls", "box"])
    turned = two_products(tmp_path / "turned.onnx", "cls", "box", ["box", "cls"])
    crossed = two_products(tmp_path / "crossed.onnx", "box", "cls", ["cls", "box"])

    found = parity.compare(left, turned)
    # Outputs of one name are compared; a session gives them in a row, in another order.
    assert [each.rule for each, severity in found.findings if severity.value == "error"] == ["output-order"]
    assert parity.compare(left, crossed).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    "names", [("output_0", "output_1"), ("17", "18"), ("dense", "dense_1"), ("/a/Relu_output_0", "b:0")]
)
def test_names_that_exporters_make_up_mean_nothing(tmp_path, names):
    left = two_products(tmp_path / "left.onnx", *names, [*names])
    turned = two_products(tmp_path / "turned.onnx", *names, [*names][::-1])
    renamed = two_products(tmp_path / "renamed.onnx", *names[::-1], [*names][::-1])

    assert parity.compare(left, turned).verdict is Verdict.DIFFERENT
    assert parity.compare(left, renamed, outputs=True).verdict is Verdict.EQUIVALENT


class Sum(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.kinds = nn.Embedding(20, 8), nn.Embedding(2, 8)

    def forward(self, words=None, kinds=None):
        return self.words(words) + 2 * self.kinds(kinds)


def keras_sum(*, crossed=False):
    words, kinds = (layers().Input((7,), dtype="int32", name=name) for name in ("words", "kinds"))
    tables = layers().Embedding(20, 8), layers().Embedding(2, 8)
    found = tables[0](kinds if crossed else words) + 2 * tables[1](words if crossed else kinds)
    return keras_model({"words": words, "kinds": kinds}, found)


BY_NAME = {"words": ((2, 7), "int64"), "kinds": ((2, 7), "int64")}


@pytest.mark.parametrize("given", [BY_NAME, dict(reversed(BY_NAME.items()))])
def test_inputs_of_the_same_names_are_the_same(given):
    assert parity.compare(keras_sum(), Sum().eval(), right_inputs=given).verdict is Verdict.EQUIVALENT

    crossed = parity.compare(keras_sum(crossed=True), Sum().eval(), right_inputs=given)
    assert crossed.verdict is Verdict.DIFFERENT
    assert "layer-rewired" in errors(crossed)


def test_inputs_that_are_given_by_their_places_on_both_sides_have_an_order():
    class Turned(Sum):
        def forward(self, kinds, words):
            return self.words(words) + 2 * self.kinds(kinds)

    shapes = [((2, 7), "int64")] * 2
    report = parity.compare(Sum().eval(), Turned().eval(), inputs=shapes)

    assert report.verdict is Verdict.DIFFERENT
    assert set(errors(report)) == {"input-order"}


class Encoder(nn.Module):
    """Hidden values, and what a pooler makes of them."""

    def __init__(self):
        super().__init__()
        self.inner, self.norm, self.pooler = nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 8)

    def forward(self, x):
        hidden = self.norm(self.inner(x))
        return {"hidden": hidden, "pooled": self.pooler(hidden).tanh()}


def keras_encoder():
    start = layers().Input((8,))
    dense, norm = layers().Dense(8), layers().LayerNormalization(epsilon=1e-5)
    return keras_model(start, norm(dense(start))), dense


def encoders():
    left, dense = keras_encoder()
    right = Encoder().eval()
    with torch.no_grad():
        right.inner.weight.copy_(torch.tensor(np.asarray(dense.kernel)).T)
        right.inner.bias.copy_(torch.tensor(np.asarray(dense.bias)))
    return left, right


def test_an_output_on_one_side_only_is_one_finding():
    report = compared(*encoders())

    assert errors(report) == ["output-count"]
    assert "only the right has pooled" in told(report, "output-count").message
    assert report.ledger.remainder == 0


def test_the_first_of_several_outputs_may_be_the_one_without_a_counterpart():
    left, dense = keras_heads(lambda _, second: second, (4, 4))
    right = carried(dense, Heads(lambda first, second: (first, second), (4, 4))) if len(dense) == 2 else None

    report = compared(left, right)

    assert errors(report) == ["output-count"]


def test_only_the_outputs_that_are_asked_about_are_compared():
    report = compared(*encoders(), only_outputs="hidden", outputs=True, verify="full")

    assert report.verdict is Verdict.EQUIVALENT
    assert [each.right for each in report.outputs.final] == ["hidden"]
    assert report.certificate.computed
    found = told(report, "outputs-left-out")
    assert (found.delta, found.right_value) == (8 * 8 + 8, "pooled")
    assert "not compared: pooled of the right" in found.remedy
    assert (report.ledger.left_total, report.ledger.right_total, report.ledger.remainder) == (88, 160, 0)
    assert "outputs-left-out" in str(report)


def test_what_serves_an_output_that_is_asked_about_is_compared():
    left, right = encoders()
    right.inner = nn.Sequential(right.inner, nn.ReLU())

    report = compared(left, right, only_outputs="hidden")

    assert report.verdict is Verdict.DIFFERENT
    assert errors(report) == ["activation-missing"]


def test_left_out_on_both_sides():
    left, dense = keras_heads(as_dict)
    right = carried(dense, Heads(as_dict))
    with torch.no_grad():
        right.second.bias += 1

    assert compared(left, right, outputs=True).verdict is Verdict.DIFFERENT
    report = compared(left, right, outputs=True, only_outputs=["cls"])
    assert report.verdict is Verdict.EQUIVALENT
    assert (told(report, "outputs-left-out").left_value, told(report, "outputs-left-out").delta) == ("box", 0)
    assert compared(left, right, outputs=True, only_outputs=["box"]).verdict is Verdict.DIFFERENT


def test_outputs_are_matched_by_hand():
    left, dense = keras_heads(as_dict, (3, 3))
    right = carried(dense, Heads(lambda first, second: {"scores": second, "labels": first}, (3, 3)))

    assert compared(left, right).verdict is Verdict.EQUIVALENT  # box, cls by their places
    by_hand = compared(left, right, match_outputs={"cls": "labels", "box": "scores"}, outputs=True)
    wrong = compared(left, right, match_outputs={"cls": "scores", "box": "labels"})

    assert by_hand.verdict is Verdict.EQUIVALENT
    assert wrong.verdict is Verdict.DIFFERENT
    assert compared(left, right, match_outputs={"cls": "labels"}, only_outputs="cls").verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"match_outputs": {"clz": "cls"}}, "the left model has no output 'clz'"),
        ({"match_outputs": {"cls": "logits"}}, "no output 'logits', only cls, box"),
        ({"match_outputs": {"cls": "box", "box": "box"}}, "matched with another output already"),
        ({"only_outputs": ["logits"]}, "only box, cls on the left and cls, box on the right"),
    ],
)
def test_a_name_that_no_output_has(settings, said):
    left, _ = keras_heads(as_dict)

    with pytest.raises(UsageError, match=said):
        compared(left, Heads(as_dict), **settings)


def test_an_output_without_a_counterpart_cannot_be_all_that_is_compared():
    left, right = encoders()

    with pytest.raises(UsageError, match="no output of the left model is its counterpart"):
        compared(left, right, match_outputs={left.output_names[0]: "hidden"}, only_outputs="pooled")


def turned_net(stack, order):
    """PyTorch modules in a row, and a permutation of what they make."""
    net = nn.Sequential(*stack)

    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x):
            made = self.net(x)
            return made if order is None else made.permute(order)

    return Turned().eval()


CHANNELS_FIRST = (0, 3, 1, 2)
SQUARE, OBLONG = (4, 4, 4), (4, 6, 3)


@pytest.mark.parametrize("sizes", [SQUARE, OBLONG])
@pytest.mark.parametrize("name", ["batch_norm", "group_norm", "pool", "conv"])
def test_the_axes_beside_the_channels_are_the_same_in_their_order(name, sizes):
    """Frameworks move the channels only: what a norm of channels does not name are height and width."""
    channels = sizes[-1]
    pairs = {
        "batch_norm": (layers().BatchNormalization(epsilon=1e-5), nn.BatchNorm2d(channels, momentum=0.01)),
        "group_norm": (layers().GroupNormalization(1, epsilon=1e-5), nn.GroupNorm(1, channels)),
        "pool": (layers().MaxPooling2D(2), nn.MaxPool2d(2)),
        "conv": (layers().Conv2D(5, 1), nn.Conv2d(channels, 5, 1)),
    }
    start = layers().Input(sizes, batch_size=2)
    keras_layer, module = pairs[name]
    made = keras_layer(start)
    given = {"right_inputs": [(2, sizes[2], *sizes[:2])], "profile": "inference"}

    plain, first = keras_model(start, made), keras_model(start, layers().Permute((3, 1, 2))(made))
    assert parity.compare(plain, turned_net([module], None), **given).verdict is Verdict.EQUIVALENT
    assert parity.compare(first, turned_net([module], None), **given).verdict is Verdict.EQUIVALENT
    assert parity.compare(plain, turned_net([module], (0, 2, 3, 1)), **given).verdict is Verdict.EQUIVALENT
    wrong = keras_model(start, layers().Permute((2, 1, 3))(made))
    assert parity.compare(wrong, turned_net([module], None), **given).verdict is not Verdict.EQUIVALENT


@pytest.mark.parametrize("steps", [3, 5])
def test_a_norm_before_a_recurrence_names_its_axes_by_it(steps):
    start = layers().Input((steps, 3))
    left = keras_model(start, layers().LSTM(4)(layers().BatchNormalization(epsilon=1e-5)(start)))

    class Port(nn.Module):
        def __init__(self, order):
            super().__init__()
            self.norm, self.lstm, self.order = nn.BatchNorm1d(3, momentum=0.01), nn.LSTM(3, 4, batch_first=True), order

        def forward(self, x):
            return self.lstm(self.norm(x).permute(self.order))[0][:, -1]

    assert parity.compare(left, Port((0, 2, 1)).eval(), right_inputs=[(2, 3, steps)]).verdict is Verdict.EQUIVALENT
    if steps == 3:
        wrong = parity.compare(left, Port((0, 1, 2)).eval(), right_inputs=[(2, 3, steps)])
        assert wrong.verdict is not Verdict.EQUIVALENT


def test_models_that_take_one_tensor_give_one():
    """What one framework gives with its axes in another order is no convention where both take the same ones."""
    start = layers().Input((4, 4), batch_size=2)
    left = keras_model(start, layers().Permute((2, 1))(layers().UpSampling1D()(layers().Permute((2, 1))(start))))
    given = {"right_inputs": [(2, 4, 4)]}

    assert parity.compare(left, turned_net([nn.Upsample(scale_factor=2.0)], None), **given).verdict == "equivalent"
    assert parity.compare(left, turned_net([nn.Upsample(scale_factor=2.0)], (0, 2, 1)), **given).verdict == "different"


@pytest.mark.parametrize("batch", [None, 4])
@pytest.mark.parametrize("sizes", [(2, 2), (3, 2), (5, 3)])
def test_no_layout_has_the_batch_elsewhere(batch, sizes):
    """Every order of the axes of an output against every other one; axes of one size, of one element, and of others."""
    steps, channels = sizes

    class Port(nn.Module):
        def __init__(self, order):
            super().__init__()
            self.conv, self.order = nn.Conv1d(channels, 2, 2), order

        def forward(self, x):
            return self.conv(x).permute(self.order)

    def keras_port(order):
        start = layers().Input((steps, channels), batch_size=batch)
        return keras_model(start, keras.ops.transpose(layers().Conv1D(2, 2)(start), order))

    for mine in permutations(range(3)):
        left, made = keras_port(mine), ["NTC"[at] for at in mine]
        for theirs in permutations(range(3)):
            given = ["NCT"[at] for at in theirs]
            report = parity.compare(left, Port(theirs).eval(), right_inputs=[(4, channels, steps)])
            literal = made == given
            layout = made.index("N") == given.index("N") == 0
            if not literal and not layout and steps > 2:
                assert report.verdict is not Verdict.EQUIVALENT, (made, given)
            if literal or (layout and "".join(made) == "NTC" and "".join(given) == "NCT"):
                assert report.verdict is Verdict.EQUIVALENT, (made, given)


class Turned(nn.Module):
    """A cell whose input has its features first."""

    def __init__(self, cell, turn):
        super().__init__()
        self.cell, self.turn = cell, turn

    def forward(self, x):
        found = self.cell(self.turn(x))
        return found[0] if isinstance(found, tuple) else found


TURNED = {
    "a matrix for a cell": (nn.LSTMCell(3, 2), lambda x: x.mT, (3, 5)),
    "a square for a cell": (nn.LSTMCell(3, 2), lambda x: x.T, (3, 3)),
    "another cell": (nn.GRUCell(3, 2), lambda x: x.transpose(0, 1), (3, 5)),
    "a sequence": (nn.LSTM(3, 2), lambda x: x.permute(2, 0, 1), (4, 3, 5)),
}


@pytest.mark.parametrize("name", TURNED)
def test_an_input_whose_batch_is_not_first_is_no_other_input(name, tmp_path):
    cell, turn, shape = TURNED[name]
    model, x = Turned(cell, turn).eval(), torch.randn(*shape)
    torch.onnx.export(model, (x,), tmp_path / "a.onnx", dynamo=True, verbose=False)

    report = parity.compare(model, tmp_path / "a.onnx", inputs=(x,))

    assert report.verdict is Verdict.EQUIVALENT, report
