"""Resizes images, sequences or volumes: up-sampling, and resizing to a fixed size."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity.graph import Axes, Dim, Shape, Unknown
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, Spelling, whole
from parity.kinds._given import later
from parity.kinds._layouts import FIRST, LAST, image_axes, join, split
from parity.kinds._windows import pairs
from parity.kinds.arithmetic._grids import (
    ASYMMETRIC,
    CORNERS,
    FLOOR,
    HALF,
    HALF_UP,
    KEYS,
    PYTORCH,
    cubic,
    linear,
    nearest,
    scales_of,
    simplest,
)
from parity.kinds.shape._resize_onnx import grid_of, sizes_of, with_recorded_sizes

Grid = Mapping[str, Any]

KERAS: Mapping[str, Grid] = {
    "nearest": nearest(HALF, HALF_UP),
    "bilinear": linear(HALF),
    "bicubic": cubic(HALF, KEYS, renormalise=True),
    **{name: {"method": name, "coordinates": HALF, "antialias": False} for name in ("lanczos3", "lanczos5", "area")},
}
TORCH: Mapping[str, Grid] = {
    "nearest": nearest(ASYMMETRIC, FLOOR),
    "nearest-exact": nearest(HALF, HALF_UP),
    **dict.fromkeys(("linear", "bilinear", "trilinear"), linear(HALF)),
    "bicubic": cubic(HALF, PYTORCH, renormalise=False),
}
SMOOTH: Mapping[str, Grid] = {
    "bilinear": linear(HALF, antialias=True),
    "bicubic": cubic(HALF, KEYS, renormalise=True, antialias=True),
}
"""PyTorch's modes with ``antialias``, which has the other coefficient."""


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, layout = (inputs[0] if inputs else None), attributes["data_format"]
    if found is None:
        return (None,)
    channels, space = split(found, layout)
    if len(space) != len(attributes["size"] or attributes["scales"]):
        return (None,)
    sizes = attributes["size"] or [_scaled(*each) for each in zip(space, attributes["scales"], strict=True)]
    return (join(found[0], sizes, channels, layout),)


GUESSED = "guessed"
"""Marks a layout that nothing but repeated positions tells, which may be those of any axes."""


def _scaled(size: Dim, scale: float) -> Dim:
    return int(size * scale) if isinstance(size, int) else size if scale == 1 else None


def _axes(attributes: Attributes, _: tuple[Axes | None, ...]) -> AxisNames:
    if attributes.get(GUESSED):
        return (None,), (None,)
    named = image_axes(attributes["rank"], attributes["data_format"])
    return (named,), (named,)


def _draft(
    call: Call,
    grid: Grid,
    layout: str,
    size: Sequence[int] | None,
    scales: tuple[float, ...] | Unknown,
    *,
    fixed: bool = False,
) -> tuple[Draft, ...]:
    """The layer; ``fixed`` if it has this output size whatever the size of its input."""
    if layout not in {FIRST, LAST} or (size is not None and not whole(*size)) or len(call.inputs) > 1:
        return ()
    if not isinstance(scales, Unknown):
        if not scales or min(scales) <= 0:
            return ()
        if set(scales) == {1.0}:
            return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)
    attributes = {
        **simplest(grid, scales),
        "scales": scales,
        "scales_rule": tuple(size) if size is not None and fixed else None,
        "size": tuple(size) if size is not None else None,
        "rank": len(size if size is not None else scales if not isinstance(scales, Unknown) else ()) + 2,
        **_laid_out(layout),
    }
    return (Draft("resize", attributes, call.inputs[:1], call.outputs[:1]),)


def _laid_out(layout: str) -> dict[str, Any]:
    """The layout, and the axis that no position of is repeated: of repeats nothing else tells which that is."""
    return {"data_format": layout, "channels": 1 if layout == FIRST else -1}


def repeated(repeats: tuple[int, ...]) -> dict[str, Any] | None:
    """What repeats each position along all spatial axes and no other, as up-sampling; None for anything else.

    Args:
        repeats: how often, for each axis of the tensor.
    """
    for layout in (FIRST, LAST):
        channels, space = split(repeats, layout) if len(repeats) > 2 else (0, ())
        if repeats[0] == channels == 1 and space and all(isinstance(each, int) and each > 1 for each in space):
            scales = tuple(float(each) for each in space if isinstance(each, int))
            settings: dict[str, Any] = {"scales": scales, "scales_rule": None, "size": None, "rank": len(repeats)}
            settings |= {**_laid_out(layout), GUESSED: True}
            return {**simplest(nearest(HALF, HALF_UP), scales), **settings}
    return None


def _space(call: Call, layout: str, rank: int) -> Shape:
    """The spatial sizes of the input, as far as they are known."""
    shape = call.shape()
    return split(shape, layout)[1] if shape is not None and len(shape) == rank + 2 else (None,) * rank


def _up_sampling(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        grid = KERAS.get(call.get("interpolation", "nearest"))
        scales = pairs(call.get("size", 2), rank)
        layout = LAST if rank == 1 else call.get("data_format") or LAST
        return _draft(call, grid, layout, None, tuple(float(each) for each in scales)) if grid is not None else ()

    return spell


def _resizing(call: Call) -> tuple[Draft, ...]:
    """Keras' layer, and ``keras.ops.image.resize``, which does the same."""
    grid, layout, shape = (
        KERAS.get(call.get("interpolation", "bilinear")),
        call.get("data_format") or LAST,
        call.shape(),
    )
    if grid is None or call.get("crop_to_aspect_ratio") or call.get("pad_to_aspect_ratio"):
        return ()
    if shape is None or len(shape) != 4:  # an image without a batch
        return ()
    smooth = bool(call.get("antialias", False))
    if grid["method"] != "nearest":
        grid = {**grid, "antialias": smooth}
    size = pairs(call.get("size", (call.get("height"), call.get("width"))), 2)
    return _draft(call, grid, layout, size, scales_of(_space(call, layout, 2), size), fixed=True)


def _torch(mode: str, rank: int, *, corners: bool = False, smooth: bool = False) -> Spelling:
    """A mode of ``interpolate``.

    Args:
        mode: its name in PyTorch.
        rank: the number of spatial axes.
        corners: whether corners are aligned where the call does not say.
        smooth: with ``antialias``.
    """

    def spell(call: Call) -> tuple[Draft, ...]:
        grid = SMOOTH.get(mode) if smooth else TORCH.get(mode)
        aligned = call.get("align_corners", corners) is True
        if grid is None or (smooth and aligned):
            return ()
        grid = {**grid, "coordinates": CORNERS} if aligned else grid
        size, given = call.get("output_size", call.get("size")), _factors(call, rank)
        space, made = _space(call, FIRST, rank), call.output_shape()
        if call.get("recompute_scale_factor") and given is not None:
            size = [_scaled(*each) for each in zip(space, given, strict=True)]
        target = (
            pairs(size, rank) if size is not None and None not in (size if isinstance(size, list) else ()) else None
        )
        if target is None and made is not None and whole(made[2:]) and len(made) == rank + 2:
            target = tuple(each for each in made[2:] if isinstance(each, int))
        if given is not None and not aligned and not call.get("recompute_scale_factor"):
            return _draft(call, grid, FIRST, target, given)
        if target is None:
            return _draft(call, grid, FIRST, None, given) if given is not None and whole(*map(_integer, given)) else ()
        return _draft(call, grid, FIRST, target, scales_of(space, target), fixed=given is None)

    return spell


def _integer(number: float) -> Any:
    return int(number) if number.is_integer() else None


def _factors(call: Call, rank: int) -> tuple[float, ...] | None:
    """The scale factors, as ``interpolate`` or as the operators without a list of them take them."""
    given = call.get("scale_factors", call.get("scale_factor"))
    if given is None:
        names = ("scales",) if rank == 1 else ("scales_d", "scales_h", "scales_w")[-rank:]
        found = [call.get(name) for name in names]
        given = None if None in found else found
    if given is None:
        return None
    factors = (given,) * rank if isinstance(given, int | float) else tuple(given)
    if len(factors) != rank:
        raise ValueError(given)
    return tuple(float(each) for each in factors)


def _module(call: Call) -> tuple[Draft, ...]:
    """``nn.Upsample``, which learns its rank from its input or from its settings."""
    shape, mode = call.shape(), call.get("mode", "nearest")
    given = next((call.get(name) for name in ("size", "scale_factor") if isinstance(call.get(name), tuple)), ())
    ranks = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
    rank = len(shape) - 2 if shape is not None else ranks.get(mode, len(given))
    return _torch(mode, rank)(call) if rank else ()


def _onnx(call: Call) -> tuple[Draft, ...]:
    computed = call.node.inputs.get("sizes")
    if computed is None:
        return _resized(call)
    known = with_recorded_sizes(call)
    return tuple(replace(each, ignored=(computed,)) for each in _resized(known)) if known is not None else ()


def _resized(call: Call) -> tuple[Draft, ...]:
    found, shape = sizes_of(call), call.shape()
    if found is None or shape is None:
        return ()
    target, scales = found
    last = scales[1] != 1 and scales[-1] == 1
    layout, one = (LAST, (0, -1)) if last else (FIRST, (0, 1))
    rank = len(scales) - 2
    if rank < 1 or any(scales[at] != 1 for at in one):
        return ()
    inner = slice(1, -1) if last else slice(2, None)
    size = target[inner] if target is not None else None
    grid = grid_of(call, shape[inner], scales[inner], size)
    fixed = bool(call.get("sizes"))
    return _draft(call, grid, layout, size, scales[inner], fixed=fixed) if grid is not None else ()


NEAREST = {"upsample_nearest": "nearest", "_upsample_nearest_exact": "nearest-exact"}
SMOOTHLY = {"upsample_linear1d": "linear", "upsample_bilinear2d": "bilinear", "upsample_trilinear3d": "trilinear"}

KIND = Kind(
    "resize",
    attributes={
        "channels": Attribute(is_axis=True),
        **{name: Attribute() for name in ("method", "coordinates", "rounding", "coefficient")},
        **{name: Attribute() for name in ("renormalise", "antialias", "scales")},
    },
    told=("data_format", "guessed", "rank", "scales_rule", "size"),
    shape=_shape,
    axes=_axes,
    compute=later(__package__, "resize"),
    spellings={
        **{("keras", f"UpSampling{rank}D"): _up_sampling(rank) for rank in (1, 2, 3)},
        ("keras", "Resizing"): _resizing,
        ("keras.ops", "Resize"): _resizing,
        ("torch.nn", "Upsample"): _module,
        ("torch.nn", "UpsamplingNearest2d"): _torch("nearest", 2),
        ("torch.nn", "UpsamplingBilinear2d"): _torch("bilinear", 2, corners=True),
        **{("aten", f"{op}{rank}d"): _torch(mode, rank) for op, mode in NEAREST.items() for rank in (1, 2, 3)},
        **{("aten", op): _torch(mode, int(op[-2])) for op, mode in SMOOTHLY.items()},
        ("aten", "upsample_bicubic2d"): _torch("bicubic", 2),
        ("aten", "_upsample_bilinear2d_aa"): _torch("bilinear", 2, smooth=True),
        ("aten", "_upsample_bicubic2d_aa"): _torch("bicubic", 2, smooth=True),
        ("onnx", "Resize"): _onnx,
        ("onnx", "Upsample"): _onnx,
    },
)
