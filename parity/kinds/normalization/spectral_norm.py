"""Spectral normalisation: while training, a kernel is divided by its largest singular value; a layer of its own.

Keras stores the divided kernel, so that the wrapped layer is all that acts in inference. PyTorch stores it as it is,
and divides it before each use by what two stored vectors make of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Census, Effect
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Role, Use
from parity.kinds._given import later
from parity.kinds._wrapped import inner, spelled


def _sizes(attributes: Attributes, _: InputShapes) -> Mapping[str, int]:
    sizes: Any = attributes.get("sizes", {})
    return {"one": 1, **sizes}


def _keras(call: Call) -> tuple[Draft, ...]:
    from parity.kinds._registry import kind  # it knows the kinds once all of them are there

    held = inner(call)
    drafts = spelled(held) if held is not None else ()
    known = kind(drafts[0].kind) if drafts else None
    if known is None or "kernel" not in known.roles or not call.outputs:
        return ()
    first, between = drafts[0], f"{call.outputs[0]}:input"
    kernel = first.weights.get("kernel")
    layout = (kernel.axes if kernel is not None else "") or known.roles["kernel"].keras
    attributes = {
        "power_iterations": call.get("power_iterations", 1),
        "sizes": dict(known.sizes(first.attributes, [call.shape()])),
    }
    # The wrapper lists the kernel once more, as the tensor that it divides.
    axes = {"kernel": layout, "vector": f"one {layout.split()[-1]}"}
    weights = {role: Use(use.name, axes[role]) for role, use in call.uses_in_order(*axes).items()}
    wrapped = replace(first, inputs=(between,), part=first.part or "layer")
    return Draft("spectral_norm", attributes, call.inputs[:1], (between,), weights), wrapped, *drafts[1:]


def _torch(call: Call) -> tuple[Draft, ...]:
    from parity.kinds._registry import kind  # it knows the kinds once all of them are there

    user = str(call.get("user"))
    known = next((name for start, name in USERS.items() if user.startswith(start)), None)
    shapes = {role: call.weight_shape(role) for role in ("kernel", "vector", "right_vector")}
    if known is None or None in shapes.values():
        return ()
    layout = kind(known).roles["kernel"].torch
    axes = {"kernel": layout, "vector": "out", "right_vector": ""}
    weights = {role: Use(call.node.weights[role], axes[role]) for role in shapes}
    return (Draft("spectral_norm", {"power_iterations": None}, call.inputs[:1], call.outputs[:1], weights),)


USERS = {"conv_transpose": "conv_transpose", "conv": "conv", "linear": "dense"}
"""The kinds of PyTorch's operators, by how their names begin."""

EVALUATED = "how often the vectors are updated is not recorded where a model was traced in evaluation mode"

KIND = Kind(
    "spectral_norm",
    attributes={"power_iterations": Attribute(Effect.TRAINING, untold=EVALUATED)},
    told=("sizes",),
    roles={
        "kernel": Role(""),
        "vector": Role("", census=Census.STATE),
        "right_vector": Role("", census=Census.STATE),
    },
    sizes=_sizes,
    compute=later(__package__, "spectral_norm"),
    spellings={("keras", "SpectralNormalization"): _keras, ("torch.nn", "SpectralNorm"): _torch},
    training_only=True,
)
