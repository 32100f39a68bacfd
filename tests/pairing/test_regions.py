"""Parts that two models write with other layers: the same where what they compute is, with the weights they store."""

import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import module


def torch_net(forward, *modules, seed=0):
    """A module that calls a function with its parts, every parameter random."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            self.parts = nn.ModuleList(module() for module in modules)
            for each in self.parameters():
                each.data = each.data + 0.1 * torch.randn(each.shape)

        def forward(self, x):
            return forward(x, *self.parts)

    return Net().eval()


def conv(*sizes, **settings):
    from torch import nn

    return lambda: nn.Conv2d(*sizes, **settings)


def apart(left, right, shape):
    """How far the frameworks' own outputs are apart."""
    import torch

    x = torch.randn(shape)
    with torch.no_grad():
        return float((left(x) - right(x)).abs().max())


def grouped():
    """A convolution of two groups, and two convolutions whose results are joined."""
    import torch

    whole = torch_net(lambda x, c: c(x).relu(), conv(4, 6, 3, groups=2))
    halves = torch_net(
        lambda x, a, b: torch.cat([a(x[:, :2]), b(x[:, 2:])], 1).relu(), conv(2, 3, 3), conv(2, 3, 3), seed=1
    )
    for at, part in enumerate(halves.parts):
        part.load_state_dict({name: tensor.chunk(2)[at] for name, tensor in whole.parts[0].state_dict().items()})
    return whole, halves, (2, 4, 8, 8)


def cut():
    """A causal convolution: padded in front, or padded at both ends and cut."""
    from torch import nn
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    before = torch_net(lambda x, c: c(F.pad(x, (2, 0))), lambda: nn.Conv1d(3, 5, 3))
    after = torch_net(lambda x, c: c(x)[..., :-2], lambda: nn.Conv1d(3, 5, 3, padding=2))
    after.load_state_dict(before.state_dict())
    return before, after, (2, 3, 9)


def round_about():
    """Groups written out twice; a layer between them takes what the first makes, and the second takes both."""
    import torch

    whole = torch_net(
        lambda x, c, d, e: e(torch.cat([h := c(x), d(h)], 1)),
        conv(4, 4, 3, groups=2),
        conv(4, 4, 1),
        conv(8, 4, 1, groups=2),
    )

    def written_out(x, a, b, d, e, f):
        h = torch.cat([a(x[:, :2]), b(x[:, 2:])], 1)
        return torch.cat([e(h), f(d(h))], 1)

    halves = torch_net(written_out, conv(2, 2, 3), conv(2, 2, 3), conv(4, 4, 1), conv(4, 2, 1), conv(4, 2, 1))
    first, between, last = (part.state_dict() for part in whole.parts)
    halves.parts[2].load_state_dict(between)
    for at, part in ((0, 0), (1, 1), (0, 3), (1, 4)):
        state = first if part < 2 else last
        halves.parts[part].load_state_dict({name: tensor.chunk(2)[at] for name, tensor in state.items()})
    return whole, halves, (2, 4, 8, 8)


def whole_image():
    """A dense layer over all of an image, and a convolution whose kernel is as large as the image."""
    from torch import nn

    dense = torch_net(lambda x, c, d: d(c(x).flatten(1)), conv(3, 4, 3), lambda: nn.Linear(16, 5))
    image = torch_net(lambda x, c, d: d(c(x)).flatten(1), conv(3, 4, 3), conv(4, 5, 2))
    state = dense.state_dict()
    image.load_state_dict({**state, "parts.1.weight": state["parts.1.weight"].view(5, 4, 2, 2)})
    return dense, image, (2, 3, 4, 4)


SAME = {
    "groups written out": grouped,
    "round about another layer": round_about,
    "padded and cut": cut,
    "a kernel of all pixels": whole_image,
}


@pytest.mark.parametrize("name", SAME)
def test_what_computes_the_same_is_one_part(name):
    left, right, shape = SAME[name]()
    assert apart(left, right, shape) < 1e-5

    report = parity.compare(left, right, inputs=[shape], profile="inference")

    assert report.verdict is Verdict.EQUIVALENT, report
    assert report.ledger.remainder == 0
    assert "layer-decomposed" in {finding.rule for finding, _ in report.findings}


@pytest.mark.parametrize("name", SAME)
def test_other_numbers_are_another_part(name):
    import torch

    left, right, shape = SAME[name]()
    with torch.no_grad():
        for each in right.parameters():
            each.flatten()[0] += 0.5

    report = parity.compare(left, right, inputs=[shape], profile="inference")

    assert apart(left, right, shape) > 1e-3
    assert report.verdict is not Verdict.EQUIVALENT


def heads(scores):
    """Attention of two heads with projections of their own, by a function of query, key and value."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    parts = {name: nn.Linear(8, 8) for name in ("query", "key", "value", "out")}

    def forward(net, x):
        given = (part(x).unflatten(-1, (2, 4)).transpose(1, 2) for part in (net.query, net.key, net.value))
        return net.out(scores(*given).transpose(1, 2).flatten(-2))

    return module(parts, forward)


def test_attention_with_its_softmax_written_out_is_one_part_though_key_and_value_are_moved_alike():
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    def written_out(q, k, v, *, scale=0.5):
        found = q @ k.transpose(-1, -2) * scale
        found = (found - found.amax(-1, keepdim=True)).exp()
        return found / found.sum(-1, keepdim=True) @ v

    left, right = heads(F.scaled_dot_product_attention), heads(written_out)
    other = heads(lambda *given: written_out(*given, scale=0.4))
    assert apart(left, right, (2, 6, 8)) < 1e-5 < apart(left, other, (2, 6, 8))

    told = {"inputs": [(2, 6, 8)], "profile": "inference"}
    assert parity.compare(left, right, **told).verdict is Verdict.EQUIVALENT
    assert parity.compare(left, other, **told).verdict is not Verdict.EQUIVALENT


@pytest.mark.parametrize("name", SAME)
def test_numbers_that_are_not_there_show_nothing(name):
    left, right, shape = SAME[name]()

    report = parity.compare(left.to("meta"), right.to("meta"), inputs=[shape], profile="inference")

    assert report.verdict is not Verdict.EQUIVALENT


def test_rows_in_another_order_enter_no_part():
    """The flattened rows that both parts read are in another order: they are no value that both sides have."""
    from torch import nn

    def net(order):
        return torch_net(
            lambda x, c, d: d(c(x).relu().permute(order).flatten(1).view(2, 10, 12)),
            conv(4, 4, 1),
            lambda: nn.Linear(12, 2),
        )

    left, right = net((0, 2, 3, 1)), net((0, 1, 2, 3))
    right.load_state_dict(left.state_dict())

    assert apart(left, right, (2, 4, 5, 6)) > 1e-2
    assert parity.compare(left, right, inputs=[(2, 4, 5, 6)]).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("at", [0.0, 0.5, 1000.0])
def test_what_differs_at_one_number_is_not_hidden_by_weights_before_it(at):
    import torch
    from torch import nn

    left = torch_net(lambda x, d: d(x) * 2, lambda: nn.Linear(8, 8))
    right = torch_net(lambda x, d: torch.where((y := d(x)) == at, y + 1, y * 2), lambda: nn.Linear(8, 8))

    assert parity.compare(left, right, inputs=[(2, 8)], profile="inference").verdict is not Verdict.EQUIVALENT


def test_what_is_trained_is_in_no_part():
    """One side's kernel is frozen: the numbers are the same, what training makes of them is not."""
    left, right, shape = grouped()
    for each in right.parts[0].parameters():
        each.requires_grad = False

    report = parity.compare(left, right, inputs=[shape], profile="train")

    assert report.verdict is not Verdict.EQUIVALENT, report


def test_dropout_is_in_no_part_while_training_is_asked():
    from torch import nn

    left, _, shape = cut()
    right = torch_net(lambda x, c, d: c(d(x))[..., :-2], lambda: nn.Conv1d(3, 5, 3, padding=2), lambda: nn.Dropout(0.3))
    right.load_state_dict(left.state_dict())
    verdicts = [parity.compare(left, right, inputs=[shape], profile=each).verdict for each in ("train", "inference")]

    assert verdicts[0] is not Verdict.EQUIVALENT
    assert verdicts[1] is Verdict.EQUIVALENT


def keras_and_torch(name):
    """Two frameworks' layers in another order, over axes of one size that nothing names."""
    import keras
    import torch
    from torch import nn

    shapes = {"norm": (3, 3, 3), "sums": (3, 3)}
    start = keras.Input(shapes["norm" if "norm" in name else "sums"], batch_size=3)
    turn = keras.layers.Permute((1, 3, 2) if "norm" in name else (2, 1))
    if "norm" in name:
        left = keras.Model(start, keras.layers.GroupNormalization(groups=1)(turn(start)))

        class Right(nn.Module):
            def __init__(self):
                super().__init__()
                self.norm = nn.GroupNorm(1, 3, eps=1e-3)

            def forward(self, x):
                x = x.permute(0, 1, 3, 2) if name == "norm" else x
                return self.norm(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    else:
        left = keras.Model(start, turn(keras.ops.cumsum(start, 1)))

        class Right(nn.Module):
            def forward(self, x):
                return torch.cumsum(x.permute(0, 2, 1), 2) if name == "sums" else torch.cumsum(x, 1)

    return left, Right().eval(), (3, *start.shape[1:])


@pytest.mark.parametrize("name", ["norm", "norm unturned", "sums", "sums unturned"])
def test_what_is_turned_is_no_other_part_and_what_is_not_turned_is(name):
    """A permutation on one side only is no matter of layout, though what comes out is the same but for its axes."""
    import torch

    left, right, shape = keras_and_torch(name)
    x = torch.randn(shape)
    same = float(abs(left(x.numpy()).numpy() - right(x).detach().numpy()).max()) < 1e-5

    report = parity.compare(left, right, right_inputs=[shape])

    assert same is ("unturned" not in name)
    assert (report.verdict is Verdict.EQUIVALENT) is same, report


def test_a_value_that_goes_by_two_names_on_one_side():
    """One side reads what a dropout, or a stop of gradients, passes on, where the other reads what goes in."""
    import torch

    whole = torch_net(
        lambda x, c, d: d(h := c(x)).relu() + d(h.detach()),
        conv(4, 6, 3, groups=2),
        conv(6, 3, 1),
    )
    halves = torch_net(
        lambda x, a, b, d: d(h := torch.cat([a(x[:, :2]), b(x[:, 2:])], 1)).relu() + d(h),
        conv(2, 3, 3),
        conv(2, 3, 3),
        conv(6, 3, 1),
    )
    for at, part in enumerate(halves.parts[:2]):
        part.load_state_dict({name: tensor.chunk(2)[at] for name, tensor in whole.parts[0].state_dict().items()})
    halves.parts[2].load_state_dict(whole.parts[1].state_dict())

    report = parity.compare(whole, halves, inputs=[(2, 4, 8, 8)], profile="inference")

    assert apart(whole, halves, (2, 4, 8, 8)) < 1e-5
    assert report.verdict is Verdict.EQUIVALENT, report
    assert report.ledger.remainder == 0


def test_a_whole_model_with_weights_is_no_part():
    """What saturates hides what is another function before it."""
    import torch
    from torch import nn

    def net(form):
        parts = [nn.Linear(4, 4), nn.GELU(approximate=form), *(nn.Linear(4, 4), nn.Hardsigmoid()) * 3, nn.Linear(4, 2)]
        for part in parts[2::2]:
            part.weight.data, part.bias.data = torch.zeros_like(part.weight), torch.ones_like(part.bias)
        return nn.Sequential(*parts).eval()

    left, right = net("none"), net("tanh")
    right.load_state_dict(left.state_dict())

    report = parity.compare(left, right, inputs=[(2, 4)], profile="inference")

    assert apart(left, right, (2, 4)) == 0
    assert "gelu-form" in {finding.rule for finding, _ in report.findings}
    assert report.verdict is Verdict.DIFFERENT


def adapted(*, wakes):
    """A layer with a low-rank adapter, and the same merged; an adapter whose product is zero says nothing."""
    import torch
    from torch import nn

    net = torch_net(
        lambda x, base, a, b: base(x) + 0.5 * b(a(x)),
        lambda: nn.Linear(6, 5),
        lambda: nn.Linear(6, 2, bias=False),
        lambda: nn.Linear(2, 5, bias=False),
    )
    merged = torch_net(lambda x, base: base(x), lambda: nn.Linear(6, 5))
    base, a, b = net.parts
    with torch.no_grad():
        if not wakes:
            b.weight.zero_()
        merged.parts[0].weight.copy_(base.weight + 0.5 * b.weight @ a.weight)
        merged.parts[0].bias.copy_(base.bias)
    return net, merged


def test_an_adapter_that_is_merged_is_one_function_and_one_of_zeros_is_not_told_by_computing():
    import torch

    net, merged = adapted(wakes=True)
    report = parity.compare(net, merged, inputs=[(2, 6)], profile="inference")

    assert apart(net, merged, (2, 6)) < 1e-5
    assert report.verdict is Verdict.EQUIVALENT, report
    assert report.ledger.remainder == 0

    with torch.no_grad():
        merged.parts[0].weight[0, 0] += 1e-3
    assert parity.compare(net, merged, inputs=[(2, 6)], profile="inference").verdict is Verdict.DIFFERENT
    asleep = parity.compare(*adapted(wakes=False), inputs=[(2, 6)], profile="inference")
    assert asleep.verdict is Verdict.DIFFERENT


def test_a_function_before_one_that_jumps_is_told_though_few_numbers_show_it():
    from onnx import helper

    from tests.rules.models import onnx_model

    def net(**slope):
        nodes = [helper.make_node("HardSigmoid", ["x"], ["h"], **slope), helper.make_node("Cast", ["h"], ["y"], to=7)]
        return onnx_model(nodes, [("x", ("N", 2, 2, 2))], [("y", ("N", 2, 2, 2))])

    assert parity.compare(net(), net()).verdict is Verdict.EQUIVALENT
    assert parity.compare(net(alpha=1 / 6), net()).verdict is Verdict.DIFFERENT


def test_what_a_quantised_model_takes_stands_for_negative_numbers_too():
    import numpy as np
    from onnx import TensorProto, helper

    from tests.rules.models import onnx_model

    def net(*after):
        nodes = [helper.make_node("DequantizeLinear", ["x", "s", "z"], ["d"])]
        nodes += [helper.make_node(each, ["d"], ["y"]) for each in after]
        stored = {"s": np.array(0.5, "float32"), "z": np.array(1, "uint8")}
        made = onnx_model(nodes, [("x", (2, 2))], [("y" if after else "d", (2, 2))], **stored)
        made.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
        return made

    assert parity.compare(net("Relu"), net("Relu")).verdict is Verdict.EQUIVALENT
    assert parity.compare(net("Relu"), net()).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("profile", ["train", "inference"])
def test_buffers_that_do_what_the_settings_of_a_layer_do(profile):
    """The numbers decide, though one side stores them and the other has them among its settings."""
    import keras
    import numpy as np
    import torch
    from torch import nn

    mean, variance = [0.1, 0.2, 0.3], [0.25, 0.5, 1.0]
    entry = keras.Input((3,))
    scaled = keras.layers.Normalization(mean=mean, variance=variance)(entry)
    left = keras.Model(entry, keras.layers.Dense(2)(scaled))

    def net(variance):
        made = torch_net(lambda x, dense: dense((x - made.mean) / made.deviation), lambda: nn.Linear(3, 2))
        made.register_buffer("mean", torch.tensor(mean))
        made.register_buffer("deviation", torch.tensor(variance).sqrt())
        kernel, bias = left.get_weights()[-2:]
        with torch.no_grad():
            made.parts[0].weight.copy_(torch.tensor(kernel.T))
            made.parts[0].bias.copy_(torch.tensor(bias))
        return made

    x = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)
    right = net(variance)
    assert np.allclose(np.asarray(left(x)), right(torch.tensor(x)).detach().numpy(), atol=1e-6)

    report = parity.compare(left, right, right_inputs=[(2, 3)], profile=profile)
    assert report.verdict is Verdict.EQUIVALENT, report
    assert report.ledger.remainder == 0
    other = parity.compare(left, net([0.25, 0.5, 1.1]), right_inputs=[(2, 3)], profile=profile)
    assert other.verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("before", ["Tan", "Neg", "Sin"])
def test_what_stands_before_a_function_that_jumps_is_not_left_out(before):
    """Where the largest element is says nothing of a function that keeps, in the numbers drawn, what is largest."""
    from onnx import helper

    from tests.rules.models import onnx_model

    def net(*first):
        nodes = [helper.make_node(op, ["x"], ["z"]) for op in first]
        return onnx_model(
            [*nodes, helper.make_node("Hardmax", ["z" if first else "x"], ["y"])],
            [("x", [2, 2, 2])],
            [("y", [2, 2, 2])],
        )

    assert parity.compare(net(), net(before)).verdict is not Verdict.EQUIVALENT


@pytest.mark.parametrize("name", ["relu", "abs", "square_root_of_square", "clip", "max_zero"])
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_whole_numbers_may_be_negative_where_they_are_no_places(name, dtype):
    import torch

    functions = {
        "relu": torch.relu,
        "abs": torch.abs,
        "square_root_of_square": lambda x: (x.float() * x.float()).sqrt(),
        "clip": lambda x: x.clamp(min=0),
        "max_zero": lambda x: torch.maximum(x, torch.zeros_like(x)),
    }
    left, right = (torch_net(function) for function in (lambda x: x.float(), lambda x: functions[name](x).float()))
    given = {"inputs": [((2, 3), dtype)]}
    x = torch.tensor([[-2, -1, 0]], dtype=getattr(torch, dtype))

    assert not torch.equal(left(x), right(x))
    assert parity.compare(left, right, **given).verdict is Verdict.DIFFERENT
    assert parity.compare(left, right, **given, verify="full", profile="inference").verdict is Verdict.DIFFERENT


DOMAINS = {
    "log2": (lambda x: torch_of().log2(x), lambda x: torch_of().log(x) / 0.6931471805599453),
    "log1p": (lambda x: torch_of().log1p(x), lambda x: torch_of().log(1 + x)),
    "acosh": (lambda x: torch_of().acosh(x), lambda x: torch_of().log(x + (x * x - 1).sqrt())),
    "atanh": (lambda x: torch_of().atanh(x), lambda x: 0.5 * (torch_of().log(1 + x) - torch_of().log(1 - x))),
    "sqrt": (lambda x: torch_of().sqrt(x), lambda x: torch_of().exp(0.5 * torch_of().log(x))),
}


def torch_of():
    import torch

    return torch


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (2, 3)])
@pytest.mark.parametrize("name", DOMAINS)
def test_functions_of_some_numbers_only_are_one_part(name, shape):
    one, other = (torch_net(each) for each in DOMAINS[name])
    wrong = torch_net(lambda x: DOMAINS[name][1](x) * 1.001)

    assert parity.compare(one, other, inputs=[shape]).verdict is Verdict.EQUIVALENT
    assert parity.compare(one, wrong, inputs=[shape]).verdict is not Verdict.EQUIVALENT


LOST = {
    "expm1": (lambda x: torch_of().expm1(x), lambda x: torch_of().exp(x) - 1),
    "log1p": (lambda x: torch_of().log1p(x), lambda x: torch_of().log(x + 1)),
    "sinh": (lambda x: torch_of().sinh(x), lambda x: (torch_of().exp(x) - torch_of().exp(-x)) / 2),
}


@pytest.mark.parametrize("name", LOST)
def test_digits_of_small_numbers_that_are_lost_on_the_way_are_no_difference(name):
    one, other = (torch_net(lambda x, f=f: (f(x.float()), x.float())) for f in LOST[name])
    wrong = torch_net(lambda x: (LOST[name][1](x.float()) * 1.001, x.float()))
    given = {"inputs": [((2, 3, 4, 5), "bool")]}

    assert parity.compare(one, other, **given).verdict is Verdict.EQUIVALENT
    assert parity.compare(one, wrong, **given).verdict is Verdict.DIFFERENT


def test_a_small_number_that_results_depend_on_is_a_difference():
    left, right = (torch_net(lambda x, e=e: (x / (x.abs() + e), x.exp() - 1)) for e in (1e-11, 1e-12))

    assert parity.compare(left, right, inputs=[(2, 3)]).verdict is Verdict.DIFFERENT


def test_numbers_that_weights_keep_small_hide_no_form_of_a_function():
    """Both kinds of GELU are one on what an embedding of small numbers gives, whatever the tokens."""
    import torch
    from torch import nn

    def net(form, *between):
        torch.manual_seed(0)
        parts = [nn.Embedding(8, 4), nn.Linear(4, 4, bias=False), *between, nn.GELU(approximate=form), nn.Linear(4, 2)]
        torch.nn.init.normal_(parts[0].weight, std=0.001)
        return nn.Sequential(*parts).eval()

    asked = {"inputs": [((2, 3), "int64")], "profile": "inference"}
    left, right, plain = net("none", nn.Dropout(0.1)), net("tanh"), net("none")
    for each in (right, plain):
        mine = [part for part in left if not isinstance(part, nn.Dropout)]
        for part, other in zip(each, mine, strict=True):
            part.load_state_dict(other.state_dict())

    assert parity.compare(left, right, **asked).verdict is Verdict.DIFFERENT
    assert parity.compare(left, plain, **asked).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(("one", "other"), [(0.5, 3.0), (3.0, 1.0), (0.0, 6.0), (2.0, 2.5)])
def test_numbers_that_what_is_computed_hardly_ever_is_are_told_apart(one, other):
    """A gate gives 3 where what it is sure of is 3, which no random numbers show."""
    import torch
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    left = torch_net(lambda x: F.glu(x, -1) == one)
    same = torch_net(lambda x: ~(x[..., :2] * torch.sigmoid(x[..., 2:]) != one))
    wrong = torch_net(lambda x: F.glu(x, -1) == other)
    written = torch_net(lambda x: ~(x[..., :2] * torch.sigmoid(x[..., 2:]) != other))

    assert parity.compare(left, same, inputs=[(3, 4)]).verdict is Verdict.EQUIVALENT
    assert parity.compare(left, wrong, inputs=[(3, 4)]).verdict is Verdict.DIFFERENT
    assert parity.compare(left, written, inputs=[(3, 4)]).verdict is Verdict.DIFFERENT
