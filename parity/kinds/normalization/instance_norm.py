"""Instance normalisation with moving statistics: by each sample's own in training, by the moving ones otherwise.

Without moving statistics it is a group normalisation.
"""

from parity.graph import Census, Effect
from parity.kinds._channels import axes, second_axis, sizes
from parity.kinds._contract import Attribute, Call, Draft, Kind, Role
from parity.kinds._given import later
from parity.kinds._modes import always
from parity.kinds.normalization.batch_norm import MOMENTUM_OF_EXPORT, MOVING
from parity.kinds.normalization.group_norm import of_instances

OWN = "sample"
"""By the statistics of each sample, in inference as well."""


def _torch(call: Call) -> tuple[Draft, ...]:
    if not call.has("running_mean"):
        own = call.get("use_input_stats", True) and call.get("running_mean") is None
        return of_instances(call) if own else ()
    if len(call.inputs) > 1:
        return ()
    momentum = call.get("momentum", 0.1)
    attributes = {
        "statistics": OWN if always(call) else MOVING,
        "epsilon": call.get("eps", 1e-5),
        "momentum": round(1 - momentum, 12) if momentum else MOMENTUM_OF_EXPORT,
        "axis": second_axis(call),
        "rank": len(call.shape() or ()),
        "features": call.get("num_features"),
    }
    weights = call.uses(
        gamma="weight",
        beta="bias",
        moving_mean="running_mean",
        moving_variance="running_var",
        counter="num_batches_tracked",
    )
    return (Draft("instance_norm", attributes, call.inputs[:1], call.outputs[:1], weights),)


KIND = Kind(
    "instance_norm",
    attributes={
        "statistics": Attribute(Effect.INFERENCE, default=MOVING),
        "epsilon": Attribute(Effect.INFERENCE),
        "momentum": Attribute(Effect.TRAINING),
        "axis": Attribute(Effect.INFERENCE, is_axis=True),
    },
    told=("features", "rank"),
    roles={
        "gamma": Role("c"),
        "beta": Role("c"),
        "moving_mean": Role("c", census=Census.STATE),
        "moving_variance": Role("c", census=Census.STATE),
        "counter": Role("", census=Census.STATE),
    },
    sizes=sizes,
    axes=axes,
    compute=later(__package__, "instance_norm"),
    spellings={
        **{("torch.nn", f"InstanceNorm{rank}d"): _torch for rank in (1, 2, 3)},
        ("aten", "instance_norm"): _torch,
    },
)
