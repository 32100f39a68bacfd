"""Which layers the tensors of a file can be, where it holds nothing but tensors."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from parity.axes import expand
from parity.graph import Evidence, LayerGraph, SourceGraph, Unknown, Weight
from parity.kinds._contract import MALFORMED, Call, Draft
from parity.kinds._registry import kind, kinds

WEIGHTS_ONLY = frozenset({"torch.weights", "keras.weights"})
"""Dialects of files that tell the tensors of a layer by slot, and in ``op`` its class where they know it."""

UNTOLD = Unknown("the file holds tensors only", "compare a file that also holds the model")
"""What a behavioural attribute is where only tensors are known."""

USUAL = ("dense", "conv", "batch_norm", "layer_norm")
"""What is meant most often, where tensors could be those of several kinds."""

TABLE = re.compile(r"emb|lookup|\bw[tp]e\b", re.IGNORECASE)
"""Names that people give to tables of embeddings rather than to matrices that they multiply by."""

CARRIED = frozenset({"bias", "recurrent_bias", "counter"})
"""Roles that come and go in conversion, and do not tell kinds apart."""

Key = tuple[str, frozenset[tuple[str | None, tuple[int, ...], frozenset[str]]]]


def candidates(call: Call) -> list[tuple[Draft, ...]]:
    """Everything that the tensors of a layer can be, the most usual first."""
    found = []
    for each in kinds().values():
        for spell in each.signatures.get(call.node.dialect, ()):
            try:
                drafts = spell(call)
            except MALFORMED:
                continue  # shapes that this kind cannot have
            if drafts:
                found.append(tuple(_told(draft) for draft in drafts))
    order = (*(name for name in ("embedding",) if TABLE.search(call.node.layer)), *USUAL)
    return sorted(found, key=lambda drafts: order.index(name) if (name := drafts[0].kind) in order else len(order))


def recognised(call: Call, choice: int | None = None) -> tuple[Draft, ...]:
    """The layers that tensors stand for, the chosen candidate or the most usual one; () where no kind knows them.

    As long as there was no choice, ``alternatives`` tells the kinds of the other candidates.
    """
    found = candidates(call)
    if not found:
        return ()
    first, *rest = found[choice or 0]
    if choice is not None or len(found) == 1:
        return (first, *rest)
    others = tuple(drafts[0].kind for drafts in found[1:])
    return replace(first, attributes={**first.attributes, "alternatives": others}), *rest


def choices(source: SourceGraph, mine: LayerGraph, other: LayerGraph) -> Mapping[str, int]:
    """For the layers of a file of tensors that could be several things, the number of the candidate that fits.

    Two tables of numbers of equal size are a Dense layer or an Embedding; a model that has just that Embedding
    says which. What the other side has is given to as many layers as it has of it, those that are certain first.
    """
    if mine.evidence is not Evidence.TENSORS:
        return {}
    free = Counter(_key(layer.kind, layer.weights) for layer in other.layers)
    doubtful = [layer.path for layer in mine.layers if "alternatives" in layer.attributes]
    if not doubtful:
        return {}
    free.subtract(_key(layer.kind, layer.weights) for layer in mine.layers if "alternatives" not in layer.attributes)
    nodes = {node.path: node for node in source.nodes}
    found: dict[str, int] = {}
    for path in doubtful:
        call = Call(nodes[path], source.evidence, {}, source.weights)
        for number, (draft, *_) in enumerate(candidates(call)):
            key = _key(draft.kind, _stored(source, draft))
            if free[key] > 0:
                free[key] -= 1
                found[path] = number
                break
    return found


def _stored(source: SourceGraph, draft: Draft) -> list[Weight]:
    """The weights of a candidate, as translation would say them."""
    weights = []
    for name, use in draft.weights.items():
        weight = source.weights[use.name]
        axes = use.axes or kind(draft.kind).roles[name].layout(source.framework)
        weights.append(replace(weight, role=name, axes=expand(axes, len(weight.shape)) if axes else ""))
    return weights


def _told(draft: Draft) -> Draft:
    return replace(draft, attributes={**dict.fromkeys(kind(draft.kind).attributes, UNTOLD), **draft.attributes})


def _key(name: str, weights: Iterable[Weight]) -> Key:
    """Kind, sizes and the meaning of axes, in an order that no layout changes."""
    return name, frozenset(
        (weight.role, tuple(sorted(weight.shape)), frozenset(weight.axes.replace("*", " ").split()) - {"in"})
        for weight in weights
        if weight.role not in CARRIED
    )
