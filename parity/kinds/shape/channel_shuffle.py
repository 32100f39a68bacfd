"""Channel shuffle: the channels of several groups in turn."""

from parity.kinds._channels import axes, second_axis
from parity.kinds._contract import Attribute, Call, Draft, Kind, whole
from parity.kinds._given import later


def _torch(call: Call) -> tuple[Draft, ...]:
    groups = call.get("groups")
    if not whole(groups):
        return ()
    attributes = {"groups": groups, "axis": second_axis(call), "rank": len(call.shape() or ())}
    return (Draft("channel_shuffle", attributes, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "channel_shuffle",
    attributes={"groups": Attribute(), "axis": Attribute(is_axis=True)},
    told=("rank",),
    axes=axes,
    compute=later(__package__, "channel_shuffle"),
    spellings={
        ("torch.nn", "ChannelShuffle"): _torch,
        ("aten", "channel_shuffle"): _torch,
        ("aten", "native_channel_shuffle"): _torch,
    },
)
