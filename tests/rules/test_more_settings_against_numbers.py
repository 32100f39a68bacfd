"""What rules of norms, masks, attention and directions say is what the frameworks compute, and remedies mend it."""

import re

import numpy as np
import pytest

import parity
from parity.comparison.conventions import FEW
from parity.rules.hard_sigmoid_form import apart
from tests.rules.cases import attention_scale, hard_sigmoid_form, parametrization_split
from tests.rules.models import IMAGE, PIXELS, keras_net, layers, module, nn, torch_net
from tests.rules.numbers import differ_and_agree, remedied, returned, said

STEPS, WIDTH, UNITS = 6, 5, 4


def test_hard_sigmoid_form():
    left, wrong, settings = hard_sigmoid_form.bad()
    report = parity.compare(left, wrong, **settings)
    found = next(each for each, _ in report.findings if each.rule == "hard-sigmoid-form")
    alpha, beta = map(float, re.search(r"alpha=([\d.]+), beta=([\d.]+)", found.remedy).groups())
    (_, mended, _) = hard_sigmoid_form.nets(alpha=alpha, beta=beta)
    x = np.linspace(-4, 4, 8 * 32 + 1, dtype="float32")[1:].reshape(32, 8)

    mine = np.clip(x / 6 + 0.5, 0, 1)
    theirs, repaired = _run(wrong, x), _run(mended, x)

    largest = float(re.search(r"up to ([\d.]+)", found.message)[1])
    assert abs(mine - theirs).max() == pytest.approx(largest, abs=1e-3)
    np.testing.assert_allclose(mine, repaired, atol=1e-5)


def _run(model, rows):
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString())
    return np.concatenate([session.run(None, {"x": row[None]})[0] for row in rows])


def test_two_lines_that_never_rise_are_as_far_apart_as_their_offsets():
    assert apart((0.0, 0.25), (0.0, 0.5)) == 0.25


NORMS = {
    "layer norm": (lambda: layers().LayerNormalization(), lambda e: nn().LayerNorm(WIDTH, eps=e), (WIDTH,)),
    "RMS norm": (lambda: layers().RMSNormalization(epsilon=1e-3), lambda e: nn().RMSNorm(WIDTH, eps=e), (WIDTH,)),
    "group norm": (lambda: layers().GroupNormalization(3), lambda e: nn().GroupNorm(3, 3, eps=e), PIXELS),
}


@pytest.mark.parametrize("name", NORMS)
def test_norm_epsilon(name):
    keras_one, torch_one, sizes = NORMS[name]
    left, wrong = keras_net(sizes, keras_one()), torch_net(torch_one(1e-5))
    found = said("norm-epsilon", left, wrong, (1, *sizes) if len(sizes) == 1 else IMAGE)
    groups = "3, 3" if name == "group norm" else str(WIDTH)
    right = remedied(found, lambda code: f"nn.{code.replace('...', groups)}")
    ratio = float(re.search(r"([\d.]+) at 0.01(?:,|$)", found.message)[1])

    given = np.random.default_rng(1).normal(size=(2, *sizes)).astype("float32")
    axes = (1, 2) if len(sizes) > 1 else (1,)
    spread = np.sqrt((given**2).mean(axes, keepdims=True)) if name == "RMS norm" else given.std(axes, keepdims=True)
    given = (given if name == "RMS norm" else given - given.mean(axes, keepdims=True)) / spread * 0.1

    mine, theirs = returned(left, wrong, given)
    np.testing.assert_allclose(mine, ratio * theirs, rtol=2e-4, atol=1e-5)
    differ_and_agree(left, wrong, right, given)


def test_attention_scale():
    import torch

    left, wrong, settings = attention_scale.bad()
    report = parity.compare(left, wrong, **settings)
    found = next(each for each, _ in report.findings if each.rule == "attention-scale")
    factor = float(re.search(r"by ([\d.]+)", found.remedy)[1])
    scale = float(re.search(r"scale=([\d.]+)", found.remedy)[1])
    query, key = (np.random.default_rng(1).normal(size=(2, steps, 4)).astype("float32") for steps in (5, 6))

    mine = left.predict([query, key], verbose=0)

    assert abs(mine - wrong(torch.from_numpy(query), torch.from_numpy(key)).numpy()).max() > 1e-2
    for model, times in ((wrong, factor), (attention_scale.torch_one(scale=scale), 1)):
        mended = model(times * torch.from_numpy(query), torch.from_numpy(key)).numpy()
        np.testing.assert_allclose(mine, mended, rtol=1e-4, atol=1e-5)


def attention(forward):
    made = module({"attend": nn().MultiheadAttention(4, 2, batch_first=True)}, forward)
    return made.eval()


def test_mask_convention():
    """The masks are negated inside of the second model, which parity reads as the other meaning."""
    import torch

    blocks = attention(lambda self, x, mask: self.attend(x, x, x, attn_mask=mask, need_weights=False)[0])
    attends = attention(lambda self, x, mask: self.attend(x, x, x, attn_mask=~mask, need_weights=False)[0])
    attends.load_state_dict(blocks.state_dict())
    inputs = {"inputs": [(1, 5, 4), ((5, 5), "bool")]}
    found = next(each for each, _ in parity.compare(blocks, attends, **inputs).findings)
    x, mask = torch.randn(1, 5, 4, generator=torch.Generator().manual_seed(1)), torch.ones(5, 5).tril().bool()

    with torch.no_grad():
        assert (found.rule, found.left_value, found.right_value) == ("mask-convention", "blocks", "attends")
        assert blocks(x, mask).isnan().any()
        assert not attends(x, mask).isnan().any()
        torch.testing.assert_close(blocks(x, ~mask), attends(x, mask))
    same = parity.compare(attends, attends, **inputs)
    assert [each.rule for each, _ in same.findings] == []


def recurrent(forward):
    import torch

    torch.manual_seed(1)
    return module({"rnn": nn().LSTM(WIDTH, UNITS, bidirectional=True, batch_first=True)}, forward)


def carried(left, right):
    """The weights of a PyTorch LSTM in a Keras Bidirectional."""
    import torch

    with torch.no_grad():
        for name, parameter in right.rnn.named_parameters():
            if name.startswith("bias_hh"):
                parameter.zero_()
    found = dict(right.rnn.named_parameters())
    names = [f"{what}_l0{way}" for way in ("", "_reverse") for what in ("weight_ih", "weight_hh", "bias_ih")]
    left.set_weights([found[name].detach().numpy().T for name in names])
    return left


@pytest.mark.parametrize("mode", ["sum", "mul", "ave"])
def test_bidirectional_merge(mode):
    layer = layers().LSTM(UNITS, return_sequences=True)
    left = keras_net((STEPS, WIDTH), layers().Bidirectional(layer, merge_mode=mode))
    wrong = recurrent(lambda self, x: self.rnn(x)[0])
    found = said("bidirectional-merge", left, wrong, (1, STEPS, WIDTH))
    code = found.remedy.removeprefix("to match the left: ")

    def mended(self, x):
        return eval(code, {"y": self.rnn(x)[0], "units": UNITS})  # noqa: S307  our own words

    right = recurrent(mended)
    carried(left, right)
    given = np.random.default_rng(2).normal(size=(2, STEPS, WIDTH)).astype("float32")

    np.testing.assert_allclose(*returned(left, right, given), rtol=1e-4, atol=1e-5)
    assert returned(left, wrong, given)[1].shape == (2, STEPS, 2 * UNITS)
    if mode != "ave":  # a sum that is halved is not read as a mean
        assert parity.compare(left, right, right_inputs=[(1, STEPS, WIDTH)]).verdict == "equivalent"


def test_the_last_states_of_two_directions():
    import torch

    left = keras_net((STEPS, WIDTH), layers().Bidirectional(layers().LSTM(UNITS)))
    wrong = recurrent(lambda self, x: self.rnn(x)[0][:, -1])
    found = said("bidirectional-merge", left, wrong, (1, STEPS, WIDTH))
    code = found.remedy.removeprefix("to match the left: ")
    right = recurrent(lambda self, x: eval(code, {"h_n": self.rnn(x)[1][0], "torch": torch}))  # noqa: S307  our own words
    carried(left, wrong)
    carried(left, right)
    given = np.random.default_rng(2).normal(size=(2, STEPS, WIDTH)).astype("float32")

    mine, theirs = returned(left, wrong, given)
    np.testing.assert_allclose(mine[:, :UNITS], theirs[:, :UNITS], rtol=1e-4, atol=1e-5)
    differ_and_agree(left, wrong, right, given)


def test_the_estimate_of_the_variance():
    """The new term of the moving variance is n / (n - 1) times as large in PyTorch."""
    import torch

    left = keras_net((UNITS,), layers().Dense(UNITS), layers().BatchNormalization(momentum=0.0))
    wrong = torch_net(nn().Linear(UNITS, UNITS), nn().BatchNorm1d(UNITS, eps=1e-3, momentum=1.0))
    found = said("running-variance-estimator", left, wrong, (2, UNITS))
    ratio = float(re.search(r"([\d.]+) times", found.message)[1])
    given = np.random.default_rng(3).normal(size=(32, UNITS)).astype("float32")

    norm = keras_net((UNITS,), layers().BatchNormalization(momentum=0.0))
    norm(given, training=True)
    wrong[1].train()(torch.from_numpy(given))

    mine, theirs = np.asarray(norm.layers[0].moving_variance), wrong[1].running_var.numpy()
    np.testing.assert_allclose(theirs, ratio * mine, rtol=1e-4)
    assert ratio == pytest.approx(32 / 31, abs=1e-4)
    assert 32 * FEW / (32 * FEW - 1) - 1 < 1e-3


def test_a_kernel_of_direction_and_length_is_the_kernel_when_merged():
    import torch

    left, wrong, settings = parametrization_split.bad()
    torch.nn.utils.parametrize.remove_parametrizations(wrong[0], "weight")
    left.load_state_dict(wrong.state_dict())
    image = torch.ones(IMAGE)

    torch.testing.assert_close(left(image), wrong(image))
    assert parity.compare(left, wrong, **settings).verdict == "equivalent"


def test_attention_head_size():
    """With the ``key_dim`` of the remedy, Keras' layer takes PyTorch's weights and computes the same."""
    import torch

    from tests.rules.cases import attention_head_size

    left, right, settings = attention_head_size.bad()
    report = parity.compare(left, right, **settings)
    found = next(each for each, _ in report.findings if each.rule == "attention-head-size")
    size = int(re.search(r"key_dim=(\d+)", found.remedy)[1])
    mended, same, _ = attention_head_size.nets(size=size)
    same.load_state_dict(right.state_dict())

    inner = right.attend
    packed, bias = inner.in_proj_weight.detach().numpy(), inner.in_proj_bias.detach().numpy()
    heads = inner.num_heads
    values = []
    for at in range(3):
        rows = slice(32 * at, 32 * (at + 1))
        values += [packed[rows].T.reshape(32, heads, size), bias[rows].reshape(heads, size)]
    kernel = inner.out_proj.weight.detach().numpy().T.reshape(heads, size, 32)
    mended.layers[-1].set_weights([*values, kernel, inner.out_proj.bias.detach().numpy()])
    x = np.random.default_rng(0).normal(size=(2, 6, 32)).astype("float32")

    with torch.no_grad():
        wanted = right(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(mended(x).numpy(), wanted, rtol=1e-4, atol=1e-5)
    assert left.count_params() != mended.count_params()
