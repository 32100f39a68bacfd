"""What keeps two parts apart though all that is computed of them agrees: differences that numbers may hide."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from parity.graph import Census, Layer
from parity.kinds import acts_in_training, kind
from parity.pairing._agreement import Part, Parts
from parity.pairing._jumps import jump, jump_apart

EPSILON = "epsilon"
ACTIVATION = "activation"

UNTRAINED = {Census.STATE, Census.CONSTANT, Census.NONPERSISTENT, Census.FROZEN}


def held(parts: Parts) -> bool:
    """Whether a layer of either part has weights, which decide what numbers come up in it."""
    return any(layer.weights for part in parts for layer in part.layers)


def settings_differ(parts: Parts, paired: Sequence[tuple[Layer, Layer]]) -> bool:
    """Whether a setting differs that may not show with the weights that are stored: an epsilon, a function.

    Weights before a function may keep its numbers so small that two functions are one there: both kinds of GELU.

    Args:
        parts: both sides.
        paired: the layers of both that are each other's counterpart.
    """
    alike = (pair for pair in paired if pair[0].kind == pair[1].kind)
    apart = any(len({*map(_epsilon, pair)} - {None}) > 1 for pair in alike)
    return apart or _as_many_others(parts, _epsilon) or (held(parts) and _as_many_others(parts, _activation))


def _as_many_others(parts: Parts, told: Callable[[Layer], Hashable]) -> bool:
    """Whether layers of both sides tell as many things, and not the same ones."""
    left, right = (Counter(found for layer in part.layers if (found := told(layer)) is not None) for part in parts)
    return left.total() == right.total() and left != right


def _epsilon(layer: Layer) -> float | None:
    """The number; one that has been merged into weights is in these."""
    found = layer.attributes.get(EPSILON)
    return found if isinstance(found, int | float) else None


def _activation(layer: Layer) -> str | None:
    """An activation with its settings, whichever axis it works along."""
    if layer.kind != ACTIVATION:
        return None
    names = (name for name, each in kind(ACTIVATION).attributes.items() if not each.is_axis)
    return repr([layer.attributes.get(name) for name in names])


def sharp_on_one_side(parts: Parts) -> bool:
    """Whether one side alone does something at single numbers, which weights before it may keep from coming up."""
    return held(parts) and jump_apart(*map(jumping, parts))


def jumping(part: Part) -> list[Layer]:
    """The layers that jump for some of what enters a part; what they make of stored numbers alone is one number."""
    varying = set(part.roots)
    found = []
    for layer in part.layers:
        if not varying.isdisjoint(layer.inputs):
            varying.update(layer.outputs)
            found += [layer] if jump(layer) else []
    return found


def trained_alike(parts: Parts) -> bool:
    """Whether nothing in both does more in training than in inference, and as many elements are trained.

    What one side stores as a buffer the other one may have among its settings.
    """
    counts = []
    for part in parts:
        found = Counter[Census]()
        for weight in {each.storage: each for layer in part.layers for each in layer.weights}.values():
            found[weight.census] += weight.numel if weight.census not in UNTRAINED else 0
        counts.append(found)
    return counts[0] == counts[1] and not any(acts_in_training(layer) for part in parts for layer in part.layers)
