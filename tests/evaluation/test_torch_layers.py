"""Kinds compute what PyTorch computes, over the settings of its layers."""

import numpy as np
import pytest
import torch  # noqa: TID253  what is tested is PyTorch's own
from torch import nn  # noqa: TID253  same
from torch.nn import functional as F  # noqa: N812, TID253  as PyTorch's own documents call it

from tests.evaluation.evaluated import distance, of_torch
from tests.torch_nets import Called

pytestmark = pytest.mark.filterwarnings("ignore")


CONVOLUTIONS = {
    "plain": (nn.Conv2d(3, 4, 3), (2, 3, 7, 8)),
    "strided": (nn.Conv2d(3, 4, (3, 2), stride=(2, 3), padding=(1, 0)), (2, 3, 7, 8)),
    "dilated": (nn.Conv2d(3, 4, 3, dilation=(2, 1), padding=2, bias=False), (2, 3, 8, 7)),
    "grouped": (nn.Conv2d(4, 6, 3, groups=2, padding=1), (2, 4, 6, 6)),
    "depthwise": (nn.Conv2d(4, 8, 3, groups=4), (2, 4, 6, 6)),
    "same": (nn.Conv2d(3, 4, 4, padding="same", dilation=2), (2, 3, 9, 9)),
    "reflected": (nn.Conv2d(3, 4, 3, padding=2, padding_mode="reflect"), (2, 3, 6, 6)),
    "replicated": (nn.Conv1d(3, 4, 3, padding=2, padding_mode="replicate"), (2, 3, 6)),
    "circular": (nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"), (2, 3, 6, 6)),
    "of a sequence": (nn.Conv1d(3, 4, 5, stride=2), (2, 3, 17)),
    "of a volume": (nn.Conv3d(2, 3, (2, 3, 1), stride=(1, 2, 1), groups=1), (2, 2, 5, 6, 4)),
    "without a batch": (nn.Conv2d(3, 4, 3), (3, 6, 6)),
    "transposed": (nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1), (2, 3, 5, 4)),
    "transposed and dilated": (nn.ConvTranspose2d(3, 4, (3, 2), stride=(1, 3), dilation=(2, 1)), (2, 3, 5, 4)),
    "transposed in groups": (nn.ConvTranspose2d(4, 6, 3, groups=2, stride=2), (2, 4, 5, 4)),
    "transposed sequence": (nn.ConvTranspose1d(3, 4, 4, stride=3, padding=2, bias=False), (2, 3, 6)),
    "transposed volume": (nn.ConvTranspose3d(2, 3, 2, stride=2), (1, 2, 3, 2, 3)),
    "unfold": (nn.Unfold((2, 3), dilation=(1, 2), padding=1, stride=(2, 1)), (2, 3, 6, 7)),
    "fold": (nn.Fold((6, 7), (2, 3), padding=1, stride=(2, 1)), (2, 18, 28)),
}
POOLINGS = {
    "max": (nn.MaxPool2d(3, 2, padding=1), (2, 3, 8, 7)),
    "max dilated": (nn.MaxPool2d((2, 3), (2, 1), dilation=(2, 1)), (2, 3, 8, 7)),
    "max rounded up": (nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), (2, 3, 8, 8)),
    "max of a sequence": (nn.MaxPool1d(3, 2), (2, 3, 8)),
    "max of a volume": (nn.MaxPool3d(2), (1, 2, 4, 4, 4)),
    "average": (nn.AvgPool2d(3, 2, padding=1), (2, 3, 8, 7)),
    "average without padding": (nn.AvgPool2d(3, 2, padding=1, count_include_pad=False), (2, 3, 8, 7)),
    "average rounded up": (nn.AvgPool2d(3, 2, padding=1, ceil_mode=True), (2, 3, 8, 8)),
    "average rounded up without padding": (
        nn.AvgPool2d(3, 2, padding=1, ceil_mode=True, count_include_pad=False),
        (2, 3, 8, 8),
    ),
    "average by another number": (nn.AvgPool2d(3, 2, padding=1, divisor_override=5), (2, 3, 8, 7)),
    "average by its own number": (
        nn.AvgPool3d(2, padding=1, count_include_pad=False, divisor_override=8),
        (1, 2, 4, 3, 4),
    ),
    "norm": (nn.LPPool2d(2, 3, stride=2), (2, 3, 8, 7)),
    "norm rounded up": (nn.LPPool2d(2, 3, stride=2, ceil_mode=True), (2, 3, 8, 8)),
    "adaptive average": (nn.AdaptiveAvgPool2d((3, 5)), (2, 3, 8, 7)),
    "adaptive maximum": (nn.AdaptiveMaxPool2d((3, None)), (2, 3, 8, 7)),
    "global": (nn.AdaptiveAvgPool2d(1), (2, 3, 8, 7)),
    "global maximum": (nn.AdaptiveMaxPool1d(1), (2, 3, 8)),
}
NORMS = {
    "batch": (nn.BatchNorm2d(3), (2, 3, 4, 5)),
    "batch of vectors": (nn.BatchNorm1d(3, eps=0.1, affine=False), (4, 3)),
    "batch by its own": (nn.BatchNorm2d(3, track_running_stats=False), (2, 3, 4, 5)),
    "layer": (nn.LayerNorm(5, eps=0.01), (2, 3, 5)),
    "layer over several": (nn.LayerNorm((4, 5)), (2, 3, 4, 5)),
    "layer without weights": (nn.LayerNorm(5, elementwise_affine=False), (2, 3, 5)),
    "layer without bias": (nn.LayerNorm(5, bias=False), (2, 3, 5)),
    "group": (nn.GroupNorm(2, 6), (2, 6, 4, 5)),
    "group of a sequence": (nn.GroupNorm(3, 6, affine=False), (2, 6, 4)),
    "instance": (nn.InstanceNorm2d(3, affine=True), (2, 3, 4, 5)),
    "instance by moving": (nn.InstanceNorm2d(3, affine=True, track_running_stats=True), (2, 3, 4, 5)),
    "rms": (nn.RMSNorm(5, eps=0.01), (2, 3, 5)),
    "rms by type": (nn.RMSNorm((4, 5)), (2, 4, 5)),
    "local response": (nn.LocalResponseNorm(2, alpha=0.3, beta=0.6, k=2.0), (2, 6, 4, 5)),
    "local response odd": (nn.LocalResponseNorm(3), (2, 6, 4)),
    "unit": (Called(lambda x: F.normalize(x, dim=1)), (2, 3, 4)),
    "spectral": (nn.utils.parametrizations.spectral_norm(nn.Linear(5, 4)), (3, 5)),
    "spectral convolution": (nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 2)), (2, 3, 5, 5)),
    "weight": (nn.utils.parametrizations.weight_norm(nn.Linear(5, 4)), (3, 5)),
    "weight along another": (nn.utils.parametrizations.weight_norm(nn.Conv1d(3, 4, 2), dim=1), (2, 3, 5)),
}
LINEAR = {
    "dense": (nn.Linear(5, 4), (2, 3, 5)),
    "dense of a vector": (nn.Linear(5, 4, bias=False), (5,)),
    "bilinear": (nn.Bilinear(3, 4, 5), (2, 3), (2, 4)),
    "matmul": (Called(torch.matmul), (2, 1, 3, 4), (5, 4, 2)),
    "matmul of a vector": (Called(torch.matmul), (2, 3, 4), (4,)),
    "batched": (Called(torch.bmm), (2, 3, 4), (2, 4, 5)),
    "added": (Called(lambda a, b, c: torch.baddbmm(a, b, c, beta=0.5, alpha=2.0)), (2, 3, 5), (2, 3, 4), (2, 4, 5)),
    "einsum": (Called(lambda a, b: torch.einsum("bihd,bjhd->bhij", a, b)), (2, 3, 2, 4), (2, 5, 2, 4)),
    "einsum with dots": (Called(lambda a, b: torch.einsum("...x,xy->...y", a, b)), (2, 3, 4), (4, 5)),
}
RECURRENT = {
    "lstm": (nn.LSTM(4, 3), (5, 2, 4)),
    "lstm both ways": (nn.LSTM(4, 3, num_layers=2, bidirectional=True, batch_first=True), (2, 5, 4)),
    "lstm projected": (nn.LSTM(4, 5, proj_size=3, bias=False), (5, 2, 4)),
    "gru": (nn.GRU(4, 3, num_layers=2, bidirectional=True), (5, 2, 4)),
    "rnn": (nn.RNN(4, 3, nonlinearity="relu", batch_first=True), (2, 5, 4)),
    "lstm cell": (nn.LSTMCell(4, 3), (2, 4)),
    "gru cell": (nn.GRUCell(4, 3), (2, 4)),
    "rnn cell": (nn.RNNCell(4, 3, bias=False), (2, 4)),
    "lstm with states": (Called(lambda x, h, c, *_: LSTM(x, (h, c))), (5, 2, 4), (2, 2, 3), (2, 2, 3)),
    "gru with a state": (Called(lambda x, h, *_: GRU(x, h)), (5, 2, 4), (4, 2, 3)),
    "rnn with a stored state": (Called(lambda x, h, *_: STATED(x, h), torch.randn(1, 2, 3)), (5, 2, 4)),
}
LSTM, GRU = nn.LSTM(4, 3, num_layers=2), nn.GRU(4, 3, num_layers=2, bidirectional=True)
STATED = nn.RNN(4, 3)
for name, held in (("lstm with states", LSTM), ("gru with a state", GRU), ("rnn with a stored state", STATED)):
    RECURRENT[name][0].add_module("layer", held)

ATTENTION = {
    "plain": (Called(F.scaled_dot_product_attention), (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7)),
    "causal": (
        Called(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True)),
        (2, 3, 4, 5),
        (2, 3, 6, 5),
        (2, 3, 6, 5),
    ),
    "scaled": (
        Called(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, scale=0.3)),
        (2, 4, 5),
        (2, 6, 5),
        (2, 6, 5),
    ),
    "with a bias": (Called(F.scaled_dot_product_attention), (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 5), (2, 1, 4, 6)),
    "with a stored bias": (
        Called(F.scaled_dot_product_attention, torch.randn(4, 6)),
        (2, 3, 4, 5),
        (2, 3, 6, 5),
        (2, 3, 6, 5),
    ),
    "grouped": (
        Called(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, enable_gqa=True)),
        (2, 6, 4, 5),
        (2, 2, 6, 5),
        (2, 2, 6, 5),
    ),
    "module": (Called(lambda x, *_: HEADS(x, x, x, need_weights=False)[0]), (2, 5, 6)),
    "module with its weights": (Called(lambda x, *_: HEADS(x, x, x)[1]), (2, 5, 6)),
    "encoder": (nn.TransformerEncoderLayer(6, 2, 8, batch_first=True), (2, 5, 6)),
}
HEADS = nn.MultiheadAttention(6, 2, batch_first=True)
for name in ("module", "module with its weights"):
    ATTENTION[name][0].add_module("heads", HEADS)

ACTIVATIONS = {
    type(each).__name__ + str(at): (each, (3, 4, 5))
    for at, each in enumerate(
        [
            *(nn.ReLU(), nn.ReLU6(), nn.Sigmoid(), nn.Tanh(), nn.Softsign(), nn.SELU(), nn.SiLU(), nn.Mish()),
            *(nn.Hardsigmoid(), nn.Hardswish(), nn.LogSigmoid(), nn.Tanhshrink(), nn.GELU(), nn.GELU("tanh")),
            *(nn.Softplus(), nn.Softplus(beta=2.0), nn.Hardtanh(-0.5, 2.0), nn.ELU(0.7), nn.CELU(0.7), nn.PReLU()),
            *(nn.LeakyReLU(0.3), nn.Hardshrink(), nn.Softshrink(0.2), nn.Threshold(0.1, 3.0), nn.RReLU(), nn.PReLU(4)),
            *(nn.Softmax(1), nn.LogSoftmax(-1), nn.Softmin(-1), nn.GLU(1), nn.Dropout(), nn.AlphaDropout()),
        ]
    )
}
RESIZES = {
    f"{mode} {arguments}": (nn.Upsample(mode=mode, **arguments), (1, 2, 5, 4)[: 4 if mode != "linear" else 3])
    for mode in ("nearest", "nearest-exact", "linear", "bilinear", "bicubic")
    for arguments in (
        *({"scale_factor": 2}, {"size": 7 if mode == "linear" else (7, 3)}, {"scale_factor": 1.6}),
        *(() if "nearest" in mode else ({"scale_factor": 2, "align_corners": True},)),
    )
} | {
    f"{mode} smoothed": (
        Called(lambda x, mode=mode: F.interpolate(x, size=(3, 7), mode=mode, antialias=True)),
        (1, 2, 8, 5),
    )
    for mode in ("bilinear", "bicubic")
}
SHAPES = {
    "flatten": (nn.Flatten(), (2, 3, 4)),
    "flatten some": (nn.Flatten(0, 1), (2, 3, 4)),
    "unflatten": (nn.Unflatten(1, (2, 3)), (2, 6, 4)),
    "pad": (nn.ConstantPad2d((1, 2, 0, 3), 0.7), (2, 3, 4, 5)),
    "pad below 0": (nn.ConstantPad1d((-1, 2), 0.7), (2, 3, 4)),
    "reflect": (nn.ReflectionPad2d((1, 2, 0, 3)), (2, 3, 5, 5)),
    "replicate": (nn.ReplicationPad2d((1, 2, 0, 3)), (2, 3, 4, 5)),
    "circular": (nn.CircularPad2d((1, 2, 0, 3)), (2, 3, 4, 5)),
    "pixel shuffle": (nn.PixelShuffle(2), (2, 8, 3, 4)),
    "pixel unshuffle": (nn.PixelUnshuffle(2), (2, 2, 4, 6)),
    "channel shuffle": (nn.ChannelShuffle(2), (2, 6, 3, 4)),
    "permute": (Called(lambda x: x.permute(2, 0, 1)), (2, 3, 4)),
    "roll": (Called(lambda x: torch.roll(x, (1, -2), (0, 2))), (2, 3, 4)),
    "flip": (Called(lambda x: torch.flip(x, (0, 2))), (2, 3, 4)),
    "tile": (Called(lambda x: x.repeat(2, 1, 3)), (3, 4)),
    "interleave": (Called(lambda x: x.repeat_interleave(3, dim=1)), (3, 4)),
    "stack": (Called(lambda x, y: torch.stack([x, y], 1)), (3, 4), (3, 4)),
    "expand": (Called(lambda x: x.expand(5, 3, 4)), (3, 1)),
    "brackets": (Called(lambda x: x[:, ::2, -1]), (2, 5, 4)),
    "unbind": (Called(lambda x: x.unbind(1)[1]), (2, 3, 4)),
    "chunk": (Called(lambda x: x.chunk(3, 1)[2]), (2, 7, 4)),
    "diff": (Called(lambda x: torch.diff(x, dim=1)), (2, 7, 4)),
}
ARITHMETIC = {
    name: (Called(function), *(((3, 4),) * arity))
    for name, (function, arity) in {
        **{
            each: (getattr(torch, each), 1)
            for each in ("erf", "erfc", "expm1", "exp2", "floor", "sign", "round", "tan")
        },
        **{each: (getattr(torch, each), 2) for each in ("atan2", "hypot", "fmod", "remainder", "maximum", "logaddexp")},
        "rsub": (torch.rsub, 2),
        "rsub scaled": (lambda x, y: torch.rsub(x, y, alpha=3), 2),
        "variance": (lambda x: x.var(0), 1),
        "deviation": (lambda x: x.std((0, 1), correction=0, keepdim=True), 1),
        "norm": (lambda x: torch.linalg.vector_norm(x, 3, 1), 1),
        "norm of infinity": (lambda x: torch.linalg.vector_norm(x, float("inf"), 1), 1),
        "logsumexp": (lambda x: x.logsumexp(1), 1),
        "largest": (lambda x: x.max(1).indices, 1),
        "sorted": (lambda x: x.sort(1, descending=True).values, 1),
        "first ones": (lambda x: x.topk(2, 1, largest=False).indices, 1),
        "totals": (lambda x: x.cumsum(1), 1),
        "products": (lambda x: x.cumprod(0), 1),
        "triangle": (lambda x: x.tril(-1), 1),
        "where": (lambda x, y: torch.where(x > 0.2, x, y), 2),
        "filled": (lambda x: x.masked_fill(x < 0, -2.0), 1),
        "cosine": (lambda x, y: F.cosine_similarity(x, y, dim=1), 2),
        "distance": (lambda x, y: F.pairwise_distance(x, y, p=3.0), 2),
        "to half": (lambda x: x.to(torch.bfloat16).to(torch.float32), 1),
        "to whole": (lambda x: (x * 3).to(torch.int64), 1),
        "floor division": (lambda x: torch.div(x, 0.3, rounding_mode="floor"), 1),
        "cut off division": (lambda x: torch.div(x, 0.3, rounding_mode="trunc"), 1),
    }.items()
}
INDEXING = {
    "gather": (Called(lambda x: torch.gather(x, 1, torch.tensor([[2, 0], [1, 1]]))), (3, 4)),
    "along": (Called(lambda x: torch.take_along_dim(x, torch.tensor([[3], [1]]), 0)), (4, 2)),
    "select": (Called(lambda x: x.index_select(1, torch.tensor([2, 0, 2]))), (3, 4)),
    "points": (Called(lambda x: x[torch.tensor([0, 2]), torch.tensor([1, 3])]), (3, 4)),
    "scatter": (Called(lambda x, y: x.scatter(1, torch.tensor([[2, 0], [1, 3]]), y)), (3, 4), (2, 2)),
    "scatter add": (Called(lambda x, y: x.scatter_add(1, torch.tensor([[2, 2], [1, 3]]), y)), (3, 4), (2, 2)),
    "scatter mean": (
        Called(lambda x, y: x.scatter_reduce(1, torch.tensor([[2, 2], [1, 3]]), y, "mean")),
        (3, 4),
        (2, 2),
    ),
    "index add": (Called(lambda x, y: x.index_add(0, torch.tensor([2, 0]), y)), (3, 4), (2, 4)),
    "index put": (Called(lambda x, y: x.index_put((torch.tensor([2, 0]),), y, accumulate=True)), (3, 4), (2, 4)),
    "range": (Called(lambda x, y: torch.slice_scatter(x, y, 1, 1, 3)), (3, 4), (3, 2)),
    "position": (Called(lambda x, y: torch.select_scatter(x, y, 1, 2)), (3, 4), (3,)),
}
ALL = {
    f"{family} {name}": case
    for family, cases in {
        "conv": CONVOLUTIONS,
        "pool": POOLINGS,
        "norm": NORMS,
        "linear": LINEAR,
        "recurrent": RECURRENT,
        "attention": ATTENTION,
        "activation": ACTIVATIONS,
        "resize": RESIZES,
        "shape": SHAPES,
        "arithmetic": ARITHMETIC,
        "indexing": INDEXING,
    }.items()
    for name, case in cases.items()
}


def filled(module):
    """The module with statistics and scales that are not those it starts with."""
    rng = np.random.default_rng(3)
    with torch.no_grad():
        for name, each in (*module.named_parameters(), *module.named_buffers()):
            if each.is_floating_point() and not name.rpartition(".")[2].startswith(("_u", "_v")):
                numbers = rng.standard_normal(each.shape) * 0.5
                each.copy_(torch.tensor(np.abs(numbers) + 0.5 if "var" in name else numbers))
    return module.eval()


def flat(outputs):
    if isinstance(outputs, tuple | list):
        return [each for output in outputs for each in flat(output)]
    return [outputs.detach().numpy()]


@pytest.mark.parametrize("name", ALL)
def test_what_is_computed_is_what_pytorch_computes(name):
    module, *shapes = ALL[name]
    rng = np.random.default_rng(7)
    inputs = [rng.standard_normal(shape).astype("float32") for shape in shapes]
    theirs = flat(filled(module)(*map(torch.tensor, inputs)))

    mine, gaps = of_torch(module, *inputs)

    assert not gaps
    for one, other in zip(mine, theirs, strict=True):
        assert distance(one, other) < 1e-5


def test_rows_of_tables_are_those_of_pytorch():
    table = filled(nn.Embedding(5, 3))
    places = np.array([[4, 0], [2, 2]])

    (mine,), gaps = of_torch(table, places)

    assert not gaps
    assert distance(mine, table(torch.tensor(places)).detach()) < 1e-6


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("settings", [{}, {"padding_idx": 2}, {"include_last_offset": True}])
def test_bags_of_rows_are_those_of_pytorch(mode, settings):
    bag = filled(nn.EmbeddingBag(5, 3, mode=mode, **settings))
    places, starts = (
        np.array([4, 0, 2, 2, 1, 3]),
        np.array([0, 2, 5, 6][: 4 if settings.get("include_last_offset") else 3]),
    )

    (mine,), gaps = of_torch(bag, places, starts)

    assert not gaps
    assert distance(mine, bag(torch.tensor(places), torch.tensor(starts)).detach()) < 1e-6
