"""More PyTorch functions: what writes into tensors, makes them, compares bits, calls cells with states."""

from differential.drawing import Draw, anything, choose, floats, kind_is, wholes
from differential.programs import Operand
from differential.torch_functions import call, dim, partner, places_of_all, same, twin
from differential.torch_modules import groups, module, size


def bits(draw: Draw) -> Operand:
    if draw.chance(0.5):
        return same(draw)
    return draw.numbers(draw.between(1, 3), "int64")


def part_of(draw: Draw) -> Operand:
    """A value that fits in one place of an axis."""
    shape = list(draw.shape())
    del shape[draw.settings["dim"]]
    return draw.value(lambda other: other.dtype == draw.array().dtype and list(other.shape) == shape)


def written(draw: Draw) -> Operand:
    return draw.weight(draw.shape(1))


def like(draw: Draw) -> str:
    return draw.value(lambda other: other.ndim >= draw.rank() and other.size >= draw.array().size)


def inside(draw: Draw) -> int:
    return draw.between(0, draw.shape()[draw.settings["dim"]] - 1)


def state(draw: Draw) -> Operand:
    """The first state of a recurrent layer of one direction, as a parameter."""
    batch = draw.shape()[0 if draw.settings.get("batch_first") else 1]
    return draw.weight((1, batch, draw.settings["hidden_size"]))


MAKING = [
    *(call(f"torch.{name}_like", floats(0), group="make") for name in ("zeros", "ones")),
    call("torch.full_like", floats(0), group="make", fill_value=choose(0.0, 0.5, 2.0)),
    call(
        "torch.arange",
        floats(1),
        text="{0} + torch.arange({0}.shape[-1], dtype={0}.dtype){step}",
        step=choose("", " * 2"),
        group="unary",
    ),
    call(
        "torch.linspace",
        floats(1),
        text="{0} * torch.linspace({low}, 1.0, {0}.shape[-1])",
        low=choose(0.0, -1.0),
        group="unary",
    ),
    call(
        ".new_full",
        floats(1),
        text="{0} + {0}.new_full(({0}.shape[-1],), {value})",
        value=choose(0.5, 1.0),
        group="unary",
    ),
    call("torch.ones", floats(1), text="{0} - torch.ones({0}.shape[-1])", group="unary"),
    call(".type_as", anything(1), anything(1), text="{0}.type_as({1})"),
    call(".float", anything(1), text="{0}.float()", group="cast"),
    call("torch.detach", floats(1), text="{0}.detach()", group="unary"),
    call(".contiguous", floats(1), text="{0}.contiguous()", group="unary"),
]

WRITING = [
    call("torch.scatter", floats(1, 3), places_of_all, written, text="torch.scatter({0}, {dim}, {1}, {2})", dim=dim),
    call("torch.scatter_add", floats(1, 3), places_of_all, written, text="torch.scatter_add({0}, {dim}, {1}, {2})", dim=dim),
    call("torch.scatter_reduce", floats(1, 2), places_of_all, written, text="torch.scatter_reduce({0}, {dim}, {1}, {2}, reduce={reduce})", dim=dim, reduce=choose("sum", "amax", "prod", "mean")),
    call("torch.index_add", floats(1, 3), text="torch.index_add({0}, {dim}, torch.tensor([{index}]), {0}.narrow({dim}, 0, 1))", dim=dim, index=lambda draw: str(inside(draw))),
    call("torch.index_fill", floats(1, 3), text="torch.index_fill({0}, {dim}, torch.tensor([{index}]), {value})", dim=dim, index=lambda draw: str(inside(draw)), value=choose(0.0, 1.0)),
    call("torch.select_scatter", floats(1, 3), part_of, text="torch.select_scatter({0}, {1}, {dim}, {at})", dim=dim, at=inside),
    call("torch.slice_scatter", floats(1, 3), twin, text="torch.slice_scatter({0}, {1}.narrow({dim}, 0, 1), {dim}, {at}, {at} + 1)", dim=dim, at=inside),
    call(".masked_select", floats(1, 3), lambda draw: draw.value(lambda a: a.dtype.kind == "b" and a.shape == draw.shape()), text="torch.masked_select({0}, {1})"),
    call("torch.nonzero", floats(1, 3)),
    call("torch.index", floats(1, 3), text="{0}[torch.tensor({index})]", index=lambda draw: str([draw.between(0, draw.shape()[0] - 1) for _ in range(draw.pick([1, 2, 3]))])),
    call("torch.index/2", floats(2, 3), text="{0}[:, torch.tensor({index})]", index=lambda draw: str([draw.between(0, draw.shape()[1] - 1) for _ in range(draw.pick([1, 2, 3]))])),
    call(".expand_as", floats(1, 3), like, text="{0}.expand_as({1})"),
    call(".view_as", floats(1, 3), lambda draw: draw.value(lambda other: other.size == draw.array().size), text="{0}.contiguous().view_as({1})"),
    call("torch.broadcast_to", floats(1, 3), size=lambda draw: (draw.pick([1, 2]), *draw.shape())),
    call("torch.meshgrid", floats(1, 1), floats(1, 1), text="torch.stack(torch.meshgrid({0}, {1}, indexing={indexing}))", indexing=choose("ij", "xy")),
    call("torch.clamp_min", floats(0), group="unary", min=choose(0.0, -0.5)),
    call("torch.clamp_max", floats(0), group="unary", max=choose(1.0, 0.5)),
    call("F.hardshrink", floats(0), group="unary", lambd=choose(None, 0.3)),
    call("F.softshrink", floats(0), group="unary", lambd=choose(None, 0.3)),
    call("torch.floor_divide", floats(0), partner, group="binary"),
    *(call(f"torch.is{name}", floats(0), group="test") for name in ("nan", "inf", "finite")),
    *(call(f"torch.bitwise_{name}", wholes(0), bits, group="bits") for name in ("and", "or", "xor")),
    call("torch.bitwise_not", lambda draw: draw.value(kind_is("ib"))),
    call("torch.mm", floats(2, 2), lambda draw: draw.value(lambda o: o.dtype == draw.array().dtype and o.ndim == 2 and o.shape[0] == draw.shape()[1])),
    call("torch.mv", floats(2, 2), lambda draw: draw.weight((draw.shape()[1],))),
    call("torch.baddbmm", floats(3, 3), twin, twin, beta=choose(None, 0.5), alpha=choose(None, 2.0)),
    call("torch.t", floats(2, 2), text="{0}.t()", group="unary"),
    call(".T", floats(2, 2), text="{0}.T", group="unary"),
    call("F.channel_shuffle", floats(3), groups=groups),
    call("F.pixel_unshuffle", floats(4, 4), downscale_factor=choose(1, 2)),
    call("F.cosine_similarity", floats(1), twin, dim=dim),
    call("F.conv_transpose2d", floats(4, 4), lambda draw: draw.weight((draw.shape()[1], draw.pick([1, 2]), 2, 2)), stride=choose(None, 1, 2), padding=choose(None, 0, 1)),
    call("F.conv3d", floats(5, 5), lambda draw: draw.weight((draw.pick([1, 2]), draw.shape()[1], 1, 2, 2)), stride=choose(None, 1, 2)),
    *(call(f"F.{name}1d", floats(3, 3), group="pool1", kernel_size=choose(1, 2), stride=choose(None, 1, 2), ceil_mode=choose(None, True)) for name in ("max_pool", "avg_pool")),
    call("F.interpolate/1", floats(3, 3), group="up1", scale_factor=choose(2, 1.5), mode=choose("nearest", "linear", "nearest-exact")),
    call("F.rms_norm", floats(1), text="F.rms_norm({0}, ({0}.shape[-1],), eps={eps})", eps=choose(1e-5, 1e-3)),
    call("F.prelu", floats(2), lambda draw: draw.weight((draw.pick([1, draw.shape()[1]]),))),
]  # fmt: skip

STATES = [
    module("LSTM/state", floats(3, 3), state, state, outputs=3, more={"weights": True, "unpack": "{0}, ({1}, {2})", "call": "{0}, ({1}, {2})"}, input_size=size(-1), hidden_size=choose(2, 3), batch_first=choose(None, True)),
    module("GRU/state", floats(3, 3), state, outputs=2, more={"weights": True, "unpack": "{0}, {1}"}, input_size=size(-1), hidden_size=choose(2, 3), batch_first=choose(None, True)),
    module("MultiheadAttention/mask", floats(3, 3), twin, twin, outputs=1, more={"weights": True, "call": "{0}, {1}, {2}, attn_mask=nn.Transformer.generate_square_subsequent_mask({0}.shape[1]), is_causal=True, need_weights=False", "unpack": "{0}, _"}, embed_dim=size(-1), num_heads=choose(1), batch_first=choose(True)),
    module("SyncBatchNorm", floats(3, 4), more={"weights": True, "training": ("momentum",)}, num_features=size(1), eps=choose(None, 1e-3)),
    module("TransformerDecoderLayer", floats(3, 3), twin, more={"weights": True, "training": ("dropout",)}, d_model=size(-1), nhead=choose(1), dim_feedforward=choose(4), batch_first=choose(None, True), norm_first=choose(None, True)),
    module("Fold", floats(3, 3), output_size=choose((3, 3), (2, 2)), kernel_size=choose(1, 2), stride=choose(None, 1)),
    module("FeatureAlphaDropout", floats(3), group="unary", more={"training": ("p",)}, p=choose(None, 0.2)),
]  # fmt: skip

MORE = [*MAKING, *WRITING, *STATES]
