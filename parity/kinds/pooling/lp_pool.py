"""Pooling by a norm: the p-th root of the sum of p-th powers in a window."""

from dataclasses import replace

from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling, whole
from parity.kinds._given import later
from parity.kinds.pooling import _windowed as _pooling

NAME = "lp_pool"
COMPARED = ("order", "absolute", "pool_size", "strides", "padding", "dilation", "ceil_mode")


def _spell(pool: Spelling, order: str, default: int | None, *, absolute: bool) -> Spelling:
    """The window of another pooling, with the order of the norm.

    Args:
        pool: tells the window.
        order: the framework's name for p.
        default: its default.
        absolute: whether what is raised are absolute values, which only matters where p is odd.
    """

    def spell(call: Call) -> tuple[Draft, ...]:
        power = call.get(order, default)
        power = int(power) if isinstance(power, float) and power.is_integer() else power
        if not whole(power):
            return ()
        more = {"order": power, "absolute": absolute or power % 2 == 0}
        return tuple(replace(draft, attributes={**draft.attributes, **more}) for draft in pool(call))

    return spell


KIND = Kind(
    NAME,
    attributes={name: Attribute() for name in COMPARED},
    told=("data_format", "padding_rule"),
    shape=_pooling.shape,
    axes=_pooling.axes,
    compute=later(__package__, "lp_pool"),
    spellings={
        **{
            ("torch.nn", f"LPPool{rank}d"): _spell(_pooling.torch(NAME, rank), "norm_type", None, absolute=False)
            for rank in (1, 2, 3)
        },
        ("onnx", "LpPool"): _spell(_pooling.onnx(NAME), "p", 2, absolute=True),
    },
)
