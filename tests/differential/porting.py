"""The text of a PyTorch module that is the port of a functional Keras program: channels first, weights carried across."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from differential.generating import Values
from differential.ported_layers import activated, border, sizes
from differential.programs import Const, Node, Program, Refused

CHANNELS_FIRST = "channels first"
"""How a value lies in the port: as in Keras (""), with the channels first, or flattened in that order."""

FIRST = ["layers.Conv", "layers.Depthwise", "layers.Separable", "layers.BatchNorm", "layers.GroupNorm", "layers.MaxPool", "layers.AveragePool", "layers.Global", "layers.UpSampling", "layers.ZeroPadding", "layers.Cropping", "layers.PReLU", "layers.SpatialDropout"]  # fmt: skip
ANY = [
    "layers.ReLU",
    "layers.LeakyReLU",
    "layers.ELU",
    "layers.Identity",
    "layers.Dropout",
    "layers.Rescaling",
    "layers.Activation",
]
POINTWISE = {
    "relu": "F.relu({0})", "tanh": "torch.tanh({0})", "sigmoid": "torch.sigmoid({0})", "exp": "torch.exp({0})", "abs": "torch.abs({0})", "negative": "-{0}",
    "square": "torch.square({0})", "silu": "F.silu({0})", "softplus": "F.softplus({0})", "add": "{0} + {1}", "multiply": "{0} * {1}", "subtract": "{0} - {1}",
    "maximum": "torch.maximum({0}, {1})",
}  # fmt: skip
MERGES = {"Add": "{0} + {1}", "Subtract": "{0} - {1}", "Multiply": "{0} * {1}", "Maximum": "torch.maximum({0}, {1})", "Minimum": "torch.minimum({0}, {1})", "Average": "({0} + {1}) / 2"}  # fmt: skip


def first_order(rank: int) -> tuple[int, ...]:
    """Channels before the axes of the image."""
    return (0, rank - 1, *range(1, rank - 1))


def last_order(rank: int) -> tuple[int, ...]:
    """Channels behind them again."""
    return (0, *range(2, rank), 1)


@dataclass
class Port:
    """A port being written."""

    program: Program
    values: Values
    layouts: dict[str, Any] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def written(self, title: str) -> str:
        """The class."""
        for each in self.program.inputs:
            self.layouts[each.name] = CHANNELS_FIRST if self._wants_first(each.name) else ""
        for node in self.program.nodes:
            self._call(node)
        if any(not self.layouts[each.name] and len(each.shape) > 2 for each in self.program.inputs):
            self._turn_back()
        stored = "".join(f"        self.{name} = {text}\n" for name, text in self.made.items())
        body = "".join(f"        {line}\n" for line in self.lines)
        given, result = ", ".join(each.name for each in self.program.inputs), ", ".join(self.program.outputs)
        return (
            f"class {title}(nn.Module):\n    def __init__(self):\n        super().__init__()\n{stored}\n"
            f"    def forward(self, {given}):\n{body}        return {result}\n\n"
        )

    def _turn_back(self) -> None:
        """Give all outputs as Keras gives them, where inputs are taken so."""
        for name in self.program.outputs:
            if self.layouts[name]:
                self._give(name, "", self._as(name, ""))

    def _wants_first(self, name: str) -> bool:
        readers = [node for node in self.program.nodes if name in node.values()]
        return self.values[name].ndim > 2 and any(node.op.startswith(tuple(FIRST)) for node in readers)

    def _as(self, name: str, layout: Any) -> str:
        """A value in a layout."""
        old, rank = self.layouts[name], self.values[name].ndim
        if old == layout:
            return name
        if isinstance(old, tuple):
            return f"{name}[:, {np.argsort(old).tolist()}]"
        if layout == CHANNELS_FIRST:
            return f"{name}.permute({first_order(rank)})"
        return f"{name}.permute({last_order(rank)})"

    def _call(self, node: Node) -> None:
        name, op = node.names()[0], node.op
        if node.outputs > 1:
            raise Refused("several outputs")
        base = op.split(".")[1]
        if op.startswith(tuple(FIRST)):
            self._first(node, base)
        elif op.startswith(tuple(ANY)) or base in POINTWISE or base in MERGES:
            self._pointwise(node, base)
        elif base == "Flatten" or (base == "Dense" and isinstance(self.layouts[node.values()[0]], tuple)):
            (self._flatten if base == "Flatten" else self._dense)(node)
        else:
            text = (
                _LAST[base](self, node, *(self._operand(each, "") for each in node.inputs)) if base in _LAST else None
            )
            if text is None:
                raise Refused(f"no port of {op}")
            self._give(name, "", text)

    def _operand(self, each: Any, layout: Any) -> str:
        return repr(each.values[0]) if isinstance(each, Const) else self._as(each, layout)

    def _give(self, name: str, layout: Any, text: str) -> None:
        self.layouts[name] = layout
        self.lines.append(f"{name} = {text}")

    def hold(self, node: Node, text: str) -> str:
        """A module that the class keeps, once for all calls of a layer."""
        self.made.setdefault(f"m{node.seed}", text)
        return f"self.m{node.seed}"

    def shape(self, node: Node) -> tuple[int, ...]:
        """Of its first operand, in Keras."""
        return tuple(self.values[node.values()[0]].shape)

    def _pointwise(self, node: Node, base: str) -> None:
        layout = self.layouts[node.values()[0]]
        if len({self.values[each].shape for each in node.values()}) > 1:
            layout = ""
        operands = [self._operand(each, layout) for each in node.inputs]
        settings, rank = node.settings, self.values[node.values()[0]].ndim
        text = POINTWISE.get(base) or MERGES.get(base)
        if text is not None:
            text = text.format(*operands)
        elif base == "Activation":
            text = activated(operands[0], settings["activation"], 1 if layout == CHANNELS_FIRST else rank - 1)
            if isinstance(layout, tuple) and "softmax" in settings["activation"]:
                raise Refused("softmax of a flattened value")
        else:
            dropped = self.hold(node, f"nn.Dropout({settings.get('rate')})") if base == "Dropout" else ""
            text = {
                "ReLU": "F.relu({0})", "LeakyReLU": f"F.leaky_relu({{0}}, {settings.get('negative_slope', 0.3)})", "ELU": f"F.elu({{0}}, {settings.get('alpha', 1.0)})",
                "Identity": "{0}", "Rescaling": f"{{0}} * {settings.get('scale')} + {settings.get('offset', 0.0)}",
                "Dropout": dropped + "({0})",
            }[base].format(*operands)  # fmt: skip
        self._give(node.names()[0], layout, text)

    def _flatten(self, node: Node) -> None:
        name, source = node.names()[0], node.values()[0]
        shape = self.shape(node)
        if self.layouts[source] == CHANNELS_FIRST and len(shape) > 2:
            places = np.arange(int(np.prod(shape[1:]))).reshape(shape[1:])
            order = np.moveaxis(places, -1, 0).reshape(-1)
            self._give(name, tuple(int(each) for each in order), f"{source}.flatten(1)")
        else:
            self._give(name, "", f"{self._as(source, '')}.flatten(1)")

    def _dense(self, node: Node) -> None:
        """A Dense layer; its rows follow the order in which its input is flattened."""
        source = node.values()[0]
        order, width, units = self.layouts[source], self.shape(node)[-1], node.settings["units"]
        rows = f"[{list(order)}]" if isinstance(order, tuple) else ""
        bias = node.settings.get("use_bias", True)
        arrays = f"weight=drawn({(width, units)}, 'float32', {node.seed}){rows}.T" + (
            f", bias=drawn({(units,)}, 'float32', {node.seed + 1})" if bias else ""
        )
        held = self.hold(node, f"put(nn.Linear({width}, {units}, bias={bias}), {arrays})")
        text = f"{held}({source if isinstance(order, tuple) else self._as(source, '')})"
        self._give(node.names()[0], "", activated(text, node.settings.get("activation"), self.values[source].ndim - 1))

    def _first(self, node: Node, base: str) -> None:
        source, shape = node.values()[0], self.shape(node)
        layout = CHANNELS_FIRST if len(shape) > 2 else ""
        given = self._as(source, layout)
        writer = next(each for name, each in _FIRST.items() if base.startswith(name))
        text = writer(self, node, given, base)
        self._give(node.names()[0], CHANNELS_FIRST if self.values[node.names()[0]].ndim > 2 else "", text)


def _conv(port: Port, node: Node, given: str, base: str) -> str:
    rank, s, shape = (
        int(base[base.index("D") - 1]) if "Depthwise" not in base and "Separable" not in base else 2,
        node.settings,
        port.shape(node),
    )
    kernel, stride, gap = (sizes(s.get(name, 1), rank) for name in ("kernel_size", "strides", "dilation_rate"))
    channels, groups, bias, seed = shape[-1], s.get("groups", 1), s.get("use_bias", True), node.seed
    if max(stride) > 1 and max(gap) > 1:
        raise Refused("Keras has no such convolution")
    pads = border(s, shape[1:-1], kernel, stride, gap)
    padded = f"F.pad({given}, {tuple(pads)})" if any(pads) else given
    into, back = (rank + 1, rank, *range(rank)), f"stride={stride}, dilation={gap}, bias={bias}"
    if "Transpose" in base:
        if any(k < step for k, step in zip(kernel, stride, strict=True)) or s.get("padding") == "same":
            raise Refused("another size")
        weight = f"weight=drawn({(*kernel, s['filters'], channels)}, 'float32', {seed}).transpose{into}"
        text = f"nn.ConvTranspose{rank}d({channels}, {s['filters']}, {kernel}, {back})"
        made = s["filters"]
    elif "Depthwise" in base:
        times = s.get("depth_multiplier", 1)
        made = channels * times
        weight = f"weight=drawn({(*kernel, channels, times)}, 'float32', {seed}).transpose(2, 3, 0, 1).reshape({(made, 1, *kernel)})"
        text = f"nn.Conv2d({channels}, {made}, {kernel}, groups={channels}, {back})"
    elif "Separable" in base:
        times, made = s.get("depth_multiplier", 1), s["filters"]
        wide = channels * times
        deep = f"put(nn.Conv2d({channels}, {wide}, {kernel}, groups={channels}, stride={stride}, bias=False), weight=drawn({(*kernel, channels, times)}, 'float32', {seed}).transpose(2, 3, 0, 1).reshape({(wide, 1, *kernel)}))"
        last = f", bias=drawn({(made,)}, 'float32', {seed + 2})" if bias else ""
        point = f"put(nn.Conv2d({wide}, {made}, 1, bias={bias}), weight=drawn({(1, 1, wide, made)}, 'float32', {seed + 1}).transpose(3, 2, 0, 1){last})"
        return f"{port.hold(node, f'nn.Sequential({deep}, {point})')}({padded})"
    else:
        made = s["filters"]
        weight = f"weight=drawn({(*kernel, channels // groups, made)}, 'float32', {seed}).transpose{into}"
        text = f"nn.Conv{rank}d({channels}, {made}, {kernel}, groups={groups}, {back})"
    more = f", bias=drawn({(made,)}, 'float32', {seed + 1})" if bias else ""
    return activated(f"{port.hold(node, f'put({text}, {weight}{more})')}({padded})", s.get("activation"), 1)


def _batch_norm(port: Port, node: Node, given: str, _base: str) -> str:
    s, shape, seed = node.settings, port.shape(node), node.seed
    center, scale, width = s.get("center", True), s.get("scale", True), port.shape(node)[-1]
    if center != scale:
        raise Refused("PyTorch has both or none")
    at, arrays = seed, []
    if scale:
        arrays += [f"weight=drawn({(width,)}, 'float32', {seed})", f"bias=drawn({(width,)}, 'float32', {seed + 1})"]
        at += 2
    arrays += [
        f"running_mean=drawn({(width,)}, 'float32', {at})",
        f"running_var=drawn({(width,)}, 'float32', {at + 1}, 'positive')",
    ]
    rank = max(len(shape) - 2, 1)
    if rank > 3:
        raise Refused("no such rank")
    momentum = round(1 - s.get("momentum", 0.99), 6)
    text = f"put(nn.BatchNorm{rank}d({width}, eps={s.get('epsilon', 1e-3)}, momentum={momentum}, affine={scale}), {', '.join(arrays)})"
    return f"{port.hold(node, text)}({given})"


def _group_norm(port: Port, node: Node, given: str, _base: str) -> str:
    width, groups = port.shape(node)[-1], node.settings["groups"]
    count = width if groups == -1 else groups
    text = f"put(nn.GroupNorm({count}, {width}, eps={node.settings.get('epsilon', 1e-3)}), weight=drawn({(width,)}, 'float32', {node.seed}), bias=drawn({(width,)}, 'float32', {node.seed + 1}))"
    return f"{port.hold(node, text)}({given})"


def _pool(port: Port, node: Node, given: str, base: str) -> str:
    rank = int(base[-2])
    name = "MaxPool" if base.startswith("Max") else "AvgPool"
    size = sizes(node.settings["pool_size"], rank)
    stride = node.settings.get("strides")
    return f"{port.hold(node, f'nn.{name}{rank}d({size}, stride={sizes(stride, rank) if stride else None})')}({given})"


def _global(port: Port, node: Node, given: str, base: str) -> str:
    axes = tuple(range(2, len(port.shape(node))))
    keep = bool(node.settings.get("keepdims"))
    return f"{given}.{'amax' if 'Max' in base else 'mean'}({axes}, keepdim={keep})"


def _up(port: Port, node: Node, given: str, base: str) -> str:
    rank, mode = int(base[-2]), node.settings.get("interpolation", "nearest")
    if mode not in {"nearest", "bilinear"}:
        raise Refused("another cubic")
    size = tuple(float(each) for each in sizes(node.settings.get("size", 2), rank))
    return f"{port.hold(node, f'nn.Upsample(scale_factor={size}, mode={mode!r})')}({given})"


def _around(port: Port, node: Node, given: str, base: str) -> str:
    rank, value = int(base[-2]), node.settings.get("padding" if "Pad" in base else "cropping", 1)
    pairs = [(value, value)] * rank if isinstance(value, int) else [value] if rank == 1 else list(value)
    sign = 1 if "Pad" in base else -1
    return f"F.pad({given}, {tuple(sign * each for pair in reversed(pairs) for each in pair)})"


def _prelu(port: Port, node: Node, given: str, _base: str) -> str:
    shape, shared = port.shape(node), node.settings.get("shared_axes") or []
    if sorted(shared) != list(range(1, len(shape) - 1)):
        raise Refused("a slope for each place")
    made = f"put(nn.PReLU({shape[-1]}), weight=drawn({(shape[-1],)}, 'float32', {node.seed}))"
    return f"{port.hold(node, made)}({given})"


def _spatial_dropout(port: Port, node: Node, given: str, _base: str) -> str:
    rate, source = node.settings["rate"], node.values()[0]
    if source in port.program.outputs or sum(source in each.values() for each in port.program.nodes) > 1:
        raise Refused("torch.export has what Dropout2d gives in every place of what it is given")
    return f"{port.hold(node, f'nn.Dropout2d({rate})')}({given})"


_FIRST = {"Conv": _conv, "Depthwise": _conv, "Separable": _conv, "BatchNorm": _batch_norm, "GroupNorm": _group_norm, "Max": _pool, "Average": _pool,
          "Global": _global, "UpSampling": _up, "ZeroPadding": _around, "Cropping": _around, "PReLU": _prelu, "SpatialDropout": _spatial_dropout}  # fmt: skip


def _layer_norm(port: Port, node: Node, x: str) -> str:
    s, width = node.settings, port.shape(node)[-1]
    center, scale = s.get("center", True), s.get("scale", True)
    if center and not scale:
        raise Refused("no such norm")
    arrays = [f"weight=drawn({(width,)}, 'float32', {node.seed})"] * scale + [
        f"bias=drawn({(width,)}, 'float32', {node.seed + 1})"
    ] * center
    made = f"nn.LayerNorm({width}, eps={s.get('epsilon', 1e-3)}, elementwise_affine={scale}, bias={center})"
    text = f"put({made}, {', '.join(arrays)})" if arrays else made
    return f"{port.hold(node, text)}({x})"


def _rms_norm(port: Port, node: Node, x: str) -> str:
    width = port.shape(node)[-1]
    made = f"put(nn.RMSNorm({width}, eps={node.settings.get('epsilon', 1e-6)}), weight=drawn({(width,)}, 'float32', {node.seed}))"
    return f"{port.hold(node, made)}({x})"


def _lstm(port: Port, node: Node, x: str) -> str:
    s, width = node.settings, port.shape(node)[-1]
    bias = s.get("use_bias", True)
    held = port.hold(
        node,
        f"packed_lstm(nn.LSTM({width}, {s['units']}, batch_first=True, bias={bias}), {node.seed}, {s['units']}, {width}, {bias})",
    )
    given = f"{x}.flip(1)" if s.get("go_backwards") else x
    return f"{held}({given})[0]" + ("" if s.get("return_sequences") else "[:, -1]")


def _gru(port: Port, node: Node, x: str) -> str:
    s, width = node.settings, port.shape(node)[-1]
    if s.get("reset_after") is False:
        raise Refused("PyTorch resets after")
    held = port.hold(
        node, f"packed_gru(nn.GRU({width}, {s['units']}, batch_first=True), {node.seed}, {s['units']}, {width})"
    )
    return f"{held}({x})[0]" + ("" if s.get("return_sequences") else "[:, -1]")


def _rnn(port: Port, node: Node, x: str) -> str:
    s, width = node.settings, port.shape(node)[-1]
    if s.get("activation", "tanh") not in {"tanh", "relu"}:
        raise Refused("no such cell")
    units, seed = s["units"], node.seed
    arrays = f"weight_ih_l0=drawn({(width, units)}, 'float32', {seed}).T, weight_hh_l0=drawn({(units, units)}, 'float32', {seed + 1}).T, bias_ih_l0=drawn({(units,)}, 'float32', {seed + 2}), bias_hh_l0=np.zeros({units}, 'float32')"
    held = port.hold(
        node, f"put(nn.RNN({width}, {units}, nonlinearity={s.get('activation', 'tanh')!r}, batch_first=True), {arrays})"
    )
    return f"{held}({x})[0]" + ("" if s.get("return_sequences") else "[:, -1]")


def _both_ways(port: Port, node: Node, x: str) -> str:
    s, width = node.settings, port.shape(node)[-1]
    name = node.op.rpartition("/")[2]
    if s.get("merge_mode", "concat") != "concat":
        raise Refused("PyTorch joins")
    pack, units = f"packed_{name.lower()}", s["units"]
    inner = f"{pack}(nn.{name}({width}, {units}, batch_first=True, bidirectional=True), {node.seed}, {units}, {width})"
    held = port.hold(node, f"{pack}({inner}, {node.seed}, {units}, {width}, suffix='_reverse', at=3)")
    if s.get("return_sequences"):
        return f"{held}({x})[0]"
    return f"torch.cat([{held}({x})[0][:, -1, :{units}], {held}({x})[0][:, 0, {units}:]], 1)"


def _attention(port: Port, node: Node, query: str, value: str, key: str = "") -> str:
    s, width = node.settings, port.shape(node)[-1]
    if s["num_heads"] * s["key_dim"] != width:
        raise Refused("another width")
    bias = s.get("use_bias", True)
    made = f"packed_attention(nn.MultiheadAttention({width}, {s['num_heads']}, batch_first=True, bias={bias}), {node.seed}, {s['num_heads']}, {s['key_dim']}, {width}, {bias})"
    return f"{port.hold(node, made)}({query}, {key or value}, {value}, need_weights=False)[0]"


def _embedding(port: Port, node: Node, x: str) -> str:
    s = node.settings
    size = (s["input_dim"], s["output_dim"])
    made = f"put(nn.Embedding{size}, weight=drawn({size}, 'float32', {node.seed}))"
    return f"{port.hold(node, made)}({x})"


def _reduced(name: str) -> Any:
    def text(_port: Port, node: Node, x: str) -> str:
        axis = node.settings["axis"]
        axis = tuple(axis) if isinstance(axis, list) else axis
        return f"torch.{name}({x}, {axis}, keepdim={bool(node.settings.get('keepdims'))})"

    return text


def _index(_port: Port, node: Node, x: str) -> str:
    if "::-1" in node.settings["index"]:
        raise Refused("PyTorch has no negative steps")
    return f"{x}[{node.settings['index']}]"


def _dense_last(port: Port, node: Node, _x: str) -> str | None:
    port._dense(node)
    return port.lines.pop().partition(" = ")[2]


_LAST: Mapping[str, Any] = {
    "Dense": _dense_last, "LayerNormalization": _layer_norm, "RMSNormalization": _rms_norm, "LSTM": _lstm, "GRU": _gru, "SimpleRNN": _rnn,
    "Bidirectional/LSTM": _both_ways, "Bidirectional/GRU": _both_ways, "MultiHeadAttention": _attention, "Embedding": _embedding,
    "Softmax": lambda _p, n, x: f"F.softmax({x}, {n.settings.get('axis', -1)})", "softmax": lambda _p, n, x: f"F.softmax({x}, {n.settings['axis']})",
    "Reshape": lambda _p, n, x: f"{x}.reshape({x}.shape[0], *{tuple(n.settings['target_shape'])})",
    "Permute": lambda _p, n, x: f"{x}.permute(0, *{tuple(n.settings['dims'])})", "transpose": lambda _p, n, x: f"{x}.permute({tuple(n.settings['axes'])})",
    "Concatenate": lambda _p, n, *xs: f"torch.cat([{', '.join(xs)}], {n.settings.get('axis', -1)})", "RepeatVector": lambda _p, n, x: f"{x}.unsqueeze(1).repeat(1, {n.settings['n']}, 1)",
    "mean": _reduced("mean"), "sum": _reduced("sum"), "max": _reduced("amax"), "argmax": _reduced("argmax"), "getitem": _index,
    "flip": lambda _p, n, x: f"torch.flip({x}, ({n.settings['axis']},))", "cumsum": lambda _p, n, x: f"torch.cumsum({x}, {n.settings['axis']})",
    "matmul": lambda _p, _n, a, b: f"{a} @ {b}", "roll": lambda _p, n, x: f"torch.roll({x}, {n.settings['shift']}, {n.settings['axis']})",
    "clip": lambda _p, n, x: f"torch.clamp({x}, {n.settings['x_min']}, {n.settings['x_max']})", "leaky_relu": lambda _p, n, x: f"F.leaky_relu({x}, {n.settings.get('negative_slope', 0.2)})",
    "gelu": lambda _p, n, x: f"F.gelu({x}, approximate={'none' if n.settings.get('approximate') is False else 'tanh'!r})",
}  # fmt: skip
