"""Local response normalisation: divides by what a window of neighbouring channels amounts to."""

from parity.kinds._channels import axes, second_axis
from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling, whole
from parity.kinds._given import later

DEFAULTS = {"alpha": 1e-4, "beta": 0.75}


def _spell(added: str, *, later: bool) -> Spelling:
    """``alpha`` times the mean of the squares in the window, plus ``added``.

    Args:
        added: the framework's name for what is added.
        later: whether a window of even size has its odd channel after the middle one, as ONNX's, or before it.
    """

    def spell(call: Call) -> tuple[Draft, ...]:
        size = call.get("size")
        if not whole(size):
            return ()
        before = (size - 1) // 2 if later else size // 2
        attributes = {
            "window": (before, size - 1 - before),
            **{name: float(call.get(name, default)) for name, default in DEFAULTS.items()},
            "k": float(call.get(added, 1.0)),
            "axis": second_axis(call),
            "rank": len(call.shape() or ()),
        }
        return (Draft("local_response_norm", attributes, call.inputs[:1], call.outputs[:1]),)

    return spell


KIND = Kind(
    "local_response_norm",
    attributes={
        **{name: Attribute() for name in ("window", "alpha", "beta", "k")},
        "axis": Attribute(is_axis=True),
    },
    told=("rank",),
    axes=axes,
    compute=later(__package__, "local_response_norm"),
    spellings={
        ("torch.nn", "LocalResponseNorm"): _spell("k", later=False),
        ("onnx", "LRN"): _spell("bias", later=True),
    },
)
