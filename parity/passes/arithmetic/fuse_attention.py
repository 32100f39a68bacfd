"""Attention that is written as products around a softmax is put together again.

softmax(scale * query @ key^T + mask) @ value over the last two axes. The factor may be on either side of the product,
or in parts on both, as PyTorch's exporters write it. Scores may be kept below a cap, as Gemma 2 does: cap * tanh(scores
/ cap), https://arxiv.org/abs/2408.00118, section 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from parity.graph import Layer, LayerGraph, Mode, Value, Weight
from parity.graph.diagonals import Diagonals
from parity.graph.provenance import fuse
from parity.kinds import ALL, CAUSAL, MARK, UNRECORDED, attention_settings, mask_meaning, scores_pattern
from parity.passes._patterns import between, defining_op, number, scaled
from parity.passes._rewrite import only_consumer, rewrite

MODULE = "MultiheadAttention"
"""PyTorch's, whose dropout leaves no trace in evaluation mode."""

ZERO_ELSEWHERE = ("value", "value", 0.0)
"""What stands in the places of a choice between the weights of attention and nothing."""

DROPPED = ("elements", "zero")
"""What dropout leaves out, and what it puts in its place, as attention's own does."""


@dataclass(frozen=True)
class _Product:
    """Queries, turned keys, the factor of their product, and the cap of what it makes; 0 where there is none."""

    query: str
    turned: str
    scale: float
    softcap: float = 0.0


@dataclass(frozen=True)
class _Scores:
    """What goes into a softmax: a scaled product, and what is added to it."""

    product: _Product
    mask: tuple[str, ...]
    fixed: str | None
    stored: tuple[Weight, ...] = ()
    dropout: Mapping[str, Any] = field(default_factory=dict)


def fuse_attention(graph: LayerGraph) -> LayerGraph:
    """Let one layer stand for a softmax between two products; the transposition of the keys is undone by another."""
    before: dict[str, tuple[Layer, ...]] = {}
    replaced: dict[str, Layer] = {}
    values: dict[str, Value] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        scores = _scores(graph, layer)
        shape = graph.shape(scores.product.turned) if scores is not None else None
        if scores is None or shape is None:
            continue
        order = (*range(len(shape) - 2), len(shape) - 1, len(shape) - 2)
        keys, product = f"{layer.path}:keys", scores.product
        value = layer.inputs[1]
        parts = between(graph, layer, product.query, product.turned, value, *scores.mask)
        turn = Layer(keys, "permute", {"order": order}, (), (product.turned,), (keys,), layer.sources, layer.op)
        mask = graph.values.get(scores.mask[0]) if scores.mask else None
        meaning = mask_meaning(mask.dtype if mask is not None else None) if scores.mask else None
        meaning = mask_meaning(None) if scores.stored else meaning
        if scores.fixed not in {None, ALL, CAUSAL}:
            meaning = scores.fixed
        made = replace(
            layer,
            kind="attention",
            attributes=attention_settings(
                scale=product.scale,
                softcap=product.softcap,
                mask=meaning,
                causal=scores.fixed == CAUSAL,
                **scores.dropout,
            ),
            inputs=(product.query, keys, value, *scores.mask),
            weights=scores.stored,
        )
        dropped |= {part.path for part in parts if part.weights}
        before[layer.path] = (turn,)
        values[keys] = Value(tuple(shape[at] for at in order), _dtype(graph, product.turned))
        replaced[layer.path] = fuse(made, parts, f"{len(parts)} operators that are attention")
    biases = {weight.name: weight for layer in replaced.values() for weight in layer.weights}
    return rewrite(graph, replaced=replaced, dropped=dropped, before=before, values=values, weights=biases)


def _dtype(graph: LayerGraph, value: str) -> str | None:
    found = graph.values.get(value)
    return found.dtype if found is not None else None


def _scores(graph: LayerGraph, layer: Layer) -> _Scores | None:
    """The scores by which a layer weighs values, if it does."""
    if layer.kind != "matmul" or layer.weights or len(layer.inputs) != 2:
        return None
    weights, dropout = _kept(graph, layer.inputs[0])
    weighed = graph.producers.get(_without_check(graph, weights))
    if weighed is None or weighed.kind != "activation" or not weighed.inputs:  # weights may be stored
        return None
    if weighed.attributes.get("function") != "softmax":
        return None
    shape, axis = graph.shape(weighed.inputs[0]), weighed.attributes["axis"]
    if shape is None or len(shape) < 3 or axis % len(shape) != len(shape) - 1:
        return None
    value, stored = _biased(graph, weighed.inputs[0])
    value, mask, fixed = _masked(graph, value) if not stored else (value, (), None)
    product = _product(graph, value)
    return _Scores(product, mask, fixed, stored, dropout) if product is not None else None


def _kept(graph: LayerGraph, value: str) -> tuple[str, dict[str, Any]]:
    """The weights of attention of which training leaves some out, how many, and whether inference does so too."""
    layer = graph.producers.get(value)
    if layer is None or layer.kind != "dropout" or len(layer.inputs) != 1:
        hidden = layer is not None and layer.op == MODULE and graph.mode is Mode.EVALUATION
        return value, {"dropout": UNRECORDED} if hidden and not graph.inference_only else {}
    told = layer.attributes
    plain = (told.get("units"), told.get("noise")) == DROPPED and isinstance(told.get("rate"), float)
    if not plain:
        return value, {}
    return layer.inputs[0], {"dropout": told["rate"], "always": told.get("always", False)}


def _biased(graph: LayerGraph, value: str) -> tuple[str, tuple[Weight, ...]]:
    """What a stored tensor of several axes is added to, and that tensor."""
    added = graph.producers.get(value)
    operand = added.weight("operand") if added is not None and added.kind == "elementwise" else None
    if added is None or operand is None or len(added.inputs) != 1 or len(operand.shape) < 3:
        return value, ()
    if only_consumer(graph, value) is None:
        return value, ()
    plain = added.attributes["function"] == "add" and len(added.weights) == 1
    return (added.inputs[0], (replace(operand, role="bias", axes=""),)) if plain else (value, ())


def _masked(graph: LayerGraph, value: str) -> tuple[str, tuple[str, ...], str | None]:
    """What a mask is added to, and the mask: a value, or the pattern of one that is fixed."""
    added = defining_op(graph, value, "elementwise", "add")
    if added is None:
        return value, (), None
    operand = added.attributes.get("operand")
    if len(added.inputs) == 1 and isinstance(operand, tuple | Diagonals):
        operand = _pattern(operand)
    if len(added.inputs) == 1 and isinstance(operand, str) and operand.startswith(MARK):
        return added.inputs[0], (), operand.removeprefix(MARK)
    if len(added.inputs) == 2:
        for each, other in (added.inputs, added.inputs[::-1]):
            if _product(graph, each) is not None:
                return each, (other,), None
    return value, (), None


def _pattern(operand: tuple[Any, ...] | Diagonals) -> str | None:
    """The mark of a mask that the operator holds as numbers."""
    import numpy as np

    array = np.asarray(operand)
    pattern = scores_pattern(array) if array.ndim >= 2 and array.dtype.kind == "f" else None
    return f"{MARK}{pattern}" if pattern is not None else None


def _without_check(graph: LayerGraph, value: str) -> str:
    """What a value is but for the rows that are no numbers, in place of which zeros are put: nothing is attended to."""
    layer = graph.producers.get(value)
    if layer is None or layer.kind != "where" or len(layer.inputs) < 2:
        return value
    check, inner = layer.inputs[0], layer.inputs[-1]  # of three values the last is taken where there is a number
    test = defining_op(graph, check, "elementwise", "is_nan")
    found = test is not None and test.inputs == (inner,)
    if layer.attributes.get("operands") == ZERO_ELSEWHERE and _is_mask(graph, check, inner):
        return inner
    return inner if (found or _blocked(graph, check, inner)) and _zeros(graph, layer) else value


def _is_mask(graph: LayerGraph, check: str, inner: str) -> bool:
    """Whether a choice is made by the mask of the softmax itself, as Keras does for rows that attend to nothing."""
    weighed = graph.producers.get(inner)
    added = (
        defining_op(graph, weighed.inputs[0], "elementwise", "add") if weighed is not None and weighed.inputs else None
    )
    masks = [graph.producers.get(each) for each in added.inputs] if added is not None else []
    return any(each is not None and each.kind == "where" and each.inputs[:1] == (check,) for each in masks)


def _blocked(graph: LayerGraph, check: str, inner: str) -> bool:
    """Whether a check finds the rows of a softmax to which nothing goes in but minus infinity."""
    weighed, none = graph.producers.get(inner), defining_op(graph, check, "elementwise", "logical_not")
    some = defining_op(graph, none.inputs[0], "reduce", "any") if none is not None else None
    test = defining_op(graph, some.inputs[0], "elementwise", "not_equal") if some is not None else None
    if weighed is None or some is None or test is None or number(test) != -inf:
        return False
    shape = graph.shape(test.outputs[0]) or ()
    last = some.attributes["keepdims"] and some.attributes["axes"] in {(-1,), (len(shape) - 1,)}
    return bool(last) and weighed.inputs == test.inputs


def _zeros(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a choice puts zeros in the place of what it leaves out."""
    import numpy as np

    chosen = layer.attributes.get("operands", ("value",) * 3)[1]
    if chosen == "value" and len(layer.inputs) == 3:
        made = graph.producers.get(layer.inputs[1])
        chosen = made.attributes.get("value", made.attributes.get("numbers")) if made is not None else None
    if chosen is None or isinstance(chosen, str):
        return False
    return not np.asarray(chosen).any()


def _product(graph: LayerGraph, value: str) -> _Product | None:
    """A product of queries and turned keys with its factor, and the cap of it."""
    inner, scale = scaled(graph, value)
    capped, softcap = defining_op(graph, inner, "activation", "tanh"), 0.0
    if capped is not None and scale:
        softcap = scale
        inner, within = scaled(graph, capped.inputs[0])
        scale *= within
    product = defining_op(graph, inner, "matmul")
    if product is None or len(product.inputs) != 2:
        return None
    (query, first), (turned, second) = (scaled(graph, each) for each in product.inputs)
    return _Product(query, turned, scale * first * second, softcap)
