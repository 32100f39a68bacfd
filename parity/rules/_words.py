"""Words that several rules need: frameworks, shapes, and the code that mends a missing activation."""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.census import counts
from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework, Layer, LayerGraph
from parity.rules._contract import Explanation

HOMES = {Framework.KERAS: "Keras", Framework.TORCH: "PyTorch", Framework.ONNX: "ONNX"}
INTEGERS = ("int4", "uint4", "int8", "uint8", "int16", "uint16", "int32")
SQUASHING = {"softmax", "sigmoid", "log_softmax"}


def home(graph: LayerGraph) -> str:
    """The framework's name."""
    return HOMES[graph.framework]


def total(graph: LayerGraph, layer: Layer | None) -> int:
    """The elements of a layer that its framework's headline counts."""
    return sum(counts(graph.framework, weight) for weight in layer.weights) if layer is not None else 0


def shape(sizes: Sequence[Any]) -> str:
    """A shape as a person writes it; a size that the model leaves free is called so, or batch where it comes first."""
    names = (
        "batch" if size is None and not at else "free" if size is None else str(size) for at, size in enumerate(sizes)
    )
    return f"({', '.join(names)})"


MOST_NUMBERS = 12
"""Longer tables are told by how many numbers they hold and the first of them."""


def plain(value: Any) -> str:
    """A value without quotes; a long table of numbers in short.

    >>> plain(((1.0, 2.0),) * 20)
    '40 values: 1, 2, 1 ...'
    """
    if isinstance(value, tuple) and len(numbers := _flat(value)) > MOST_NUMBERS:
        return f"{len(numbers):,} values: {', '.join(map(plain, numbers[:3]))} ..."
    return "absent" if value is None else f"{value:.7g}" if isinstance(value, float) else str(value)


def _flat(value: Any) -> list[Any]:
    """The elements of nested tuples, row by row."""
    rows = [value]
    while any(isinstance(each, tuple) for each in rows):
        rows = [one for each in rows for one in (each if isinstance(each, tuple) else (each,))]
    return rows


def listed(value: Any) -> str:
    """Names as a list."""
    return " and ".join(value) if isinstance(value, tuple) else str(value)


MOST_NAMES = 3


def only(side: str, names: Sequence[str]) -> str:
    """What one side has alone, to end a sentence with; nothing where it has no more than the other.

    >>> only("left", ["a", "b", "c", "d"])
    '; only the left has a, b, c and 1 more'
    """
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"; only the {side} has {', '.join(names[:MOST_NAMES])}{more}" if names else ""


def with_classes(names: Sequence[str], graph: LayerGraph) -> tuple[str, ...]:
    """Names of layers with what each is an instance of, where that is known."""
    known = _classes(graph)
    return tuple(f"{name} ({known[name]})" if name in known else name for name in names)


def classes(names: Sequence[str], graph: LayerGraph) -> tuple[str, ...]:
    """What each of some layers is an instance of; the name of one of which that is not known."""
    known = _classes(graph)
    return tuple(known.get(name, name) for name in names)


def _classes(graph: LayerGraph) -> dict[str, str]:
    return {layer.source: layer.op or layer.kind for layer in graph.layers}


def axes_of(merged: str) -> str:
    """The axes of a merged one as a list.

    >>> axes_of("H*W*C")
    'h, w, c'
    """
    return merged.replace("*", ", ").lower()


def called(layer: Layer) -> str:
    """A layer as a person names it: its path, with its type where the path is a mere number."""
    return f"{layer.op} {layer.source}" if layer.source.rpartition(".")[2].isdigit() and layer.op else layer.source


def number(count: int, thing: str) -> str:
    """A number of things.

    >>> number(1, "input")
    '1 input'
    """
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def one_side(difference: Difference) -> tuple[str, str]:
    """An activation's function and the side that it is on."""
    return str(difference.layer.attributes["function"]), "left" if difference.left is not None else "right"


def is_output_squashing(difference: Difference, view: View) -> bool:
    """Whether a layer is a softmax or sigmoid whose output is an output of the model."""
    graph = view.left if difference.left is not None else view.right
    layer = difference.layer
    final = any(value in graph.outputs for value in layer.outputs)
    return layer.attributes.get("function") in SQUASHING and final


def written_on(difference: Difference, view: View) -> tuple[str, Layer, LayerGraph]:
    """The side whose way to write a layer down a difference tells of, the layer there, and its model."""
    sides = ("left", difference.left_value, difference.left), ("right", difference.right_value, difference.right)
    side, layer = next((side, layer) for side, told, layer in sides if told is not None and layer is not None)
    return side, layer, view.left if side == "left" else view.right


def words_of(difference: Difference) -> str:
    """What passes have noted of a layer that one side expresses differently."""
    told = difference.left_value if difference.left_value is not None else difference.right_value
    return " and ".join(dict.fromkeys(told))


def stored_once(difference: Difference, view: View) -> bool:
    """Whether weights that are apart on one side are one tensor in a file for inference."""
    graph = view.left if difference.left_value == "shared" else view.right
    return graph.inference_only and not stored_transposed(difference, view)


def stored_transposed(difference: Difference, view: View) -> bool:
    """Whether a weight that is shared on one side is stored for each of its layers in a file for inference.

    That the second copy is a transposed one shows in the order of its axes: a table of rows has another one.
    """
    shared, apart = (difference.left, difference.right)
    graph = view.right
    if difference.left_value != "shared":
        shared, apart, graph = apart, shared, view.left
    if shared is None or apart is None or not graph.inference_only:
        return False
    mine, theirs = shared.weight(difference.name), apart.weight(difference.name)
    return mine is not None and theirs is not None and mine.axes != theirs.axes


CONVOLUTIONS = {"conv", "conv_transpose"}


def is_quantised(difference: Difference) -> bool:
    """Whether a weight is of small integers on one side, and of real numbers on the other."""
    types = str(difference.left_value), str(difference.right_value)
    return any(each.startswith(INTEGERS) for each in types) and any("float" in each for each in types)


def is_lone_grid(difference: Difference) -> bool:
    """Whether one side alone rounds its values."""
    return difference.name == "grids" and not (difference.left_value and difference.right_value)


def is_lone_saturation(difference: Difference) -> bool:
    """Whether a ReLU that only one side has is told by the rounding to integers alone, which cuts off as one does."""
    return difference.name == "activation" and bool(difference.layer.attributes.get("saturated"))


def is_saturation(difference: Difference) -> bool:
    """Whether two functions are a ReLU with any upper bound and the rounding to integers that cuts off as it does."""
    layers = difference.left, difference.right
    functions = {layer.attributes.get("function") for layer in layers if layer is not None}
    found = any(layer is not None and layer.attributes.get("saturated") for layer in layers)
    return found and functions <= {"relu", "relu6", "hardtanh"}


TORCH_CALLS = {
    "sigmoid": "torch.sigmoid(x)",
    "tanh": "torch.tanh(x)",
    "relu": "torch.relu(x)",
    "exp": "torch.exp(x)",
    "softmax": "torch.softmax(x)",
    "log_softmax": "torch.log_softmax(x)",
    "hard_sigmoid": "torch.nn.functional.hardsigmoid(x)",
    "hard_silu": "torch.nn.functional.hardswish(x)",
}
KERAS_NAMES = {"exp": "exponential"}
TAKES_ACTIVATION = {*CONVOLUTIONS, "dense"}
SETTINGS = {"axis": "dim", "negative_slope": "negative_slope", "alpha": "alpha", "approximate": "approximate"}


def activation_code(difference: Difference, view: View) -> str:
    """How to add an activation on the side that lacks it."""
    graph = view.right if difference.left is not None else view.left
    attributes = difference.layer.attributes
    function, place = str(attributes["function"]), difference.place
    after = called(place) if place is not None else "the layer before"
    if graph.framework is Framework.TORCH:
        return f"add {activation_call(graph.framework, function, attributes)} after {after}"
    if graph.framework is Framework.KERAS:
        name = KERAS_NAMES.get(function, function)
        if place is not None and place.kind in TAKES_ACTIVATION and not {"negative_slope", "alpha"} & {*attributes}:
            return f'add activation="{name}" to {after}'
        return f"add the activation {activation_call(graph.framework, function, attributes)} after {after}"
    return f"add {function} after {after} in the model that the ONNX file is exported from"


def activation_call(framework: Framework, function: str, attributes: Mapping[str, Any]) -> str:
    """An activation with its settings, as a framework writes it."""
    if framework is Framework.KERAS:
        return _with_settings(KERAS_NAMES.get(function, function), attributes, {})
    call = TORCH_CALLS.get(function, f"torch.nn.functional.{function}(x)")
    return _with_settings(call, attributes, SETTINGS)


def _with_settings(call: str, attributes: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A call with the settings of an activation, under the names that a framework has for them."""
    known = ((names.get(name, name), attributes[name]) for name in SETTINGS if name in attributes)
    settings = [
        f"{name}={value if isinstance(value, int) else plain(value) if isinstance(value, float) else repr(value)}"
        for name, value in known
    ]
    if not settings:
        return call
    return f"{call[:-1]}, {', '.join(settings)})" if call.endswith(")") else f"{call}({', '.join(settings)})"


def norm_code(difference: Difference, graph: LayerGraph, name: str, value: Any) -> str:
    """The call that makes the right side's normalisation with ``name`` set to a value in Keras' terms."""
    layer = difference.right or difference.layer
    if "norm" not in layer.op.lower() and graph.framework is not Framework.ONNX:  # written out in operators
        return f"set the {name} of {layer.source.rpartition('/')[0] or layer.source} to {plain(value)}"
    if graph.framework is Framework.KERAS:
        if not isinstance(value, float | int):
            return f"{layer.op} has no {value} in Keras; choose momentum=m on both sides (PyTorch: momentum=1 - m)"
        return f"{layer.op}({name}={plain(value)})"
    if graph.framework is Framework.ONNX:
        return f"set {name} to {plain(value)} in the model that the ONNX file is exported from"
    size = layer.weight("moving_mean") or layer.weight("gamma")
    plainly = size is not None and len(size.shape) == 1 and layer.kind != "group_norm"
    features = size.shape[0] if plainly and size is not None else "..."
    if name == "momentum":
        return f"{layer.op}({features}, momentum={plain(1 - value) if isinstance(value, float | int) else None})"
    return f"{layer.op}({features}, eps={plain(value)})"


def lone_activation(difference: Difference, view: View, consequence: str, concerns: Effect) -> Explanation:
    """What there is to say of an activation that only one side has."""
    function, side = one_side(difference)
    values = (function, None) if difference.left is not None else (None, function)
    if difference.unknown is not None:
        message = f"{function} of {difference.layer.source}, seen on the {side} only: {difference.unknown.reason}"
        return Explanation(message, difference.unknown.remedy, None, concerns, *values)
    message = f"{function} on the {side} only: {consequence}"
    return Explanation(message, activation_code(difference, view), None, None, *values)


def lonely(differences: Sequence[Difference], view: View, side: str, other: str) -> Explanation:
    """What there is to say of a layer that only one side has."""
    first = next((each for each in differences if each.topic is Topic.LAYER), differences[0])
    layer = first.layer
    count = sum(abs(each.delta) for each in differences)
    holds = f" with {count:,} parameters" if count else ""
    place = f"; it belongs after {called(first.place)} on the {other}" if first.place is not None else ""
    place = f"; {called(first.instead)} is at its position on the {other}" if first.instead is not None else place
    values = (layer.op, None) if side == "left" else (None, layer.op)
    repeats = view.alignment.left_repeats if side == "left" else view.alignment.right_repeats
    count = repeats.get(layer.path, 0)
    choice = (
        f"; it is in one of {count} equal consecutive blocks, and the structure does not show which" if count else ""
    )
    message = f"{layer.op} {layer.source}{holds} on the {side} only{place}{choice}"
    if first.unknown is not None:
        return Explanation(f"{message}: {first.unknown.reason}", first.unknown.remedy, None, Effect.INFERENCE, *values)
    remedy = f"add it on the {other}, or remove it on the {side}"
    return Explanation(message, remedy, None, None, *values)


def undecided(difference: Difference, concerns: Effect) -> Explanation:
    """What there is to say of something that cannot be decided."""
    unknown = difference.unknown
    reason, remedy = (unknown.reason, unknown.remedy) if unknown is not None else ("it is not known", "")
    return Explanation(reason, remedy, concerns=concerns)
