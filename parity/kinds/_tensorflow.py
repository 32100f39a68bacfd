"""Functions of TensorFlow that Keras 2 has recorded as layers, in the words of Keras 3's operations.

A call like ``tf.reduce_mean(x, axis=1)`` on a symbol is a ``TFOpLambda`` layer in the config, brackets are a
``SlicingOpLambda``. What stands here for a function is what its documentation says (https://www.tensorflow.org/api_docs).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from parity.graph import SourceGraph, SourceNode, Value

LAYERS = frozenset(("TFOpLambda", "SlicingOpLambda"))
OF_THE_LAYER = frozenset(("name", "function", "trainable", "dtype"))
"""Settings of the layer that are none of the function's."""

IDLE: Mapping[str, tuple[Any, ...]] = {
    "name": (),
    "validate_indices": (),
    "conjugate": (False,),
    "batch_dims": (0,),
    "validate_shape": (True,),
    "adjoint_a": (False,),
    "adjoint_b": (False,),
    "a_is_sparse": (False,),
    "b_is_sparse": (False,),
    "exclusive": (False,),
    "reverse": (False,),
    "output_type": ("int64", "int32"),
    "num": (),
}
"""Arguments that mean nothing with these values; those of ``name`` and what is only checked mean nothing at all."""

NEVER = frozenset(("name", "validate_indices", "validate_shape", "num"))

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    """An operation of Keras that does what a function of TensorFlow does.

    Attributes:
        op: its class.
        operands: the function's parameters that are tensors, or may be, in order.
        settings: what its other parameters are called by Keras.
        defaults: settings that hold where the call does not give them.
        turned: makes settings of Keras of those that are given, None where it has none.
    """

    op: str
    operands: tuple[str, ...] = ("x",)
    settings: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    turned: Callable[[Settings], Settings | None] = lambda given: given


def in_words_of_keras(source: SourceGraph) -> SourceGraph:
    """The graph with TensorFlow's functions as operations of Keras, as far as they are known."""
    nodes = tuple(each for node in source.nodes for each in _with_turned(_said(node)))
    if nodes == source.nodes:
        return source
    added = {value: Value(None) for node in nodes for value in node.outputs if value not in source.values}
    return replace(source, nodes=nodes, values={**source.values, **added})


def _with_turned(node: SourceNode) -> Iterator[SourceNode]:
    """A matmul that it turns first, with these as operations of their own."""
    turns = {"0": "transpose_a", "1": "transpose_b"} if node.dialect == "keras.ops" and node.op == "Matmul" else {}
    inputs = dict(node.inputs)
    places = dict(zip(node.attributes.get("__inputs__") or inputs, inputs, strict=True)) if turns else {}
    for place, name in turns.items():
        if node.attributes.get(name) and place in places:
            turned, slot = f"{node.path}:{name}", places[place]
            settings = {"axis1": -2, "axis2": -1}
            yield SourceNode(turned, node.layer, "keras.ops", "Swapaxes", {"0": inputs[slot]}, {}, settings, (turned,))
            inputs[slot] = turned
    done = {name for place, name in turns.items() if place in places or not node.attributes.get(name)}
    yield replace(node, inputs=inputs, attributes={k: v for k, v in node.attributes.items() if k not in done})


def _said(node: SourceNode) -> SourceNode:
    if node.dialect != "keras" or node.op not in LAYERS or node.weights:
        return node
    word = WORDS.get(str(node.attributes.get("function")).removeprefix("compat.v1."))
    told = node.attributes.get("__call__", {})
    if word is None or not isinstance(told, Mapping):
        return node
    places = node.attributes.get("__inputs__") or _simple(node)
    inputs = {_place(str(at), word): value for at, value in zip(places, node.inputs.values(), strict=True)}
    constants = {_place(str(at), word): value for at, value in told.items()}
    operands = {name: value for name, value in constants.items() if name.partition(".")[0].isdecimal()}
    given = {name: value for name, value in constants.items() if name not in operands and value is not None}
    settings = _settings(word, given)
    known = all(name.partition(".")[0].isdecimal() for name in inputs)
    if settings is None or not known:
        return node
    listed = tuple(inputs)
    numbers = range(len(listed))
    if listed not in (tuple(map(str, numbers)), tuple(f"0.{at}" for at in numbers)):
        settings["__inputs__"] = listed
    numbered = {str(at): value for at, value in enumerate(inputs.values())}
    return replace(node, dialect="keras.ops", op=word.op, inputs=numbered, attributes={**settings, **operands})


def _simple(node: SourceNode) -> Iterable[str]:
    """Places that a reader leaves out, since they are the first ones."""
    several = node.attributes.get("function") in {"concat", "stack", "add_n"}
    return tuple(f"0.{at}" if several else str(at) for at in range(len(node.inputs)))


def _place(name: str, word: Word) -> str:
    first, dot, rest = name.partition(".")
    return f"{word.operands.index(first)}{dot}{rest}" if first in word.operands else name


def _settings(word: Word, given: Settings) -> Settings | None:
    """The settings in Keras' words; None where one is left that may mean something."""
    left = {name for name in given if name not in word.settings}
    if any(name not in NEVER and given[name] not in IDLE.get(name, ()) for name in left):
        return None
    found = {ours: given[theirs] for theirs, ours in word.settings.items() if theirs in given}
    return word.turned({**word.defaults, **found})


def _padding(given: Settings) -> Settings | None:
    return {**given, "mode": str(given.get("mode", "constant")).lower()}


def _parts(given: Settings) -> Settings | None:
    """TensorFlow names the sizes of the parts, Keras where they end."""
    sizes = given["indices_or_sections"]
    if isinstance(sizes, tuple):
        if not all(type(each) is int and each >= 0 for each in sizes):
            return None
        sizes = tuple(sum(sizes[: at + 1]) for at in range(len(sizes) - 1))
    return {**given, "indices_or_sections": sizes}


def _brackets(given: Settings) -> Settings | None:
    parts: list[Any] = []
    for each in given["key"]:
        if isinstance(each, Mapping) and "start" in each:
            parts.append(
                {"class_name": "__slice__", "config": {end: each.get(end) for end in ("start", "stop", "step")}}
            )
        elif (
            (isinstance(each, Mapping) and each.get("class_name") == "__ellipsis__")
            or each is None
            or type(each) is int
        ):
            parts.append(each)
        else:
            return None
    return {"1": tuple(parts)}


def _one_hot(given: Settings) -> Settings | None:
    plain = given.pop("on", 1.0) == 1 and given.pop("off", 0.0) == 0
    return given if plain and type(given.get("num_classes")) is int else None


PAIR = ("x", "y")
REDUCED = {"axis": "axis", "keepdims": "keepdims"}


def _two(names: Mapping[str, str]) -> dict[str, Word]:
    return {name: Word(op, PAIR) for op, each in names.items() for name in each.split()}


def _one(names: Mapping[str, str], *operands: str, **more: Any) -> dict[str, Word]:
    return {name: Word(op, operands, **more) for op, each in names.items() for name in each.split()}


WORDS: Mapping[str, Word] = {
    **_two(
        {
            "Add": "__operators__.add math.add math.add_v2 add",
            "Subtract": "math.subtract subtract",
            "Multiply": "math.multiply multiply",
            "TrueDivide": "math.truediv math.divide math.realdiv",
            "FloorDivide": "math.floordiv",
            "Mod": "math.floormod math.mod",
            "Power": "math.pow",
            "Maximum": "math.maximum maximum",
            "Minimum": "math.minimum minimum",
            "Arctan2": "math.atan2",
            "Equal": "math.equal __operators__.eq",
            "NotEqual": "math.not_equal __operators__.ne",
            "Greater": "math.greater",
            "GreaterEqual": "math.greater_equal",
            "Less": "math.less",
            "LessEqual": "math.less_equal",
            "LogicalAnd": "math.logical_and __operators__.logical_and",
            "LogicalOr": "math.logical_or __operators__.logical_or",
        }
    ),
    **_one(
        {
            **{
                name.title(): f"math.{name}"
                for name in ("sqrt", "square", "exp", "log", "log1p", "expm1", "sign", "floor")
            },
            **{
                name.title(): f"math.{name}"
                for name in ("ceil", "sin", "cos", "tan", "sinh", "cosh", "erf", "reciprocal")
            },
            "Rsqrt": "math.rsqrt",
            "Absolute": "math.abs abs",
            "Negative": "math.negative negative",
            "Round": "math.round round",
            "Arctan": "math.atan",
            "Arcsin": "math.asin",
            "Arccos": "math.acos",
            "Tanh": "math.tanh nn.tanh tanh",
            "Sigmoid": "math.sigmoid nn.sigmoid sigmoid",
            "LogicalNot": "math.logical_not",
            "Isnan": "math.is_nan",
            "Isfinite": "math.is_finite",
        },
        "x",
    ),
    **_one(
        {
            "Relu": "nn.relu",
            "Relu6": "nn.relu6",
            "Selu": "nn.selu",
            "Elu": "nn.elu",
            "Softplus": "nn.softplus math.softplus",
        }
        | {"Softsign": "nn.softsign", "Silu": "nn.silu nn.swish"},
        "features",
    ),
    "nn.gelu": Word("Gelu", ("features",), {"approximate": "approximate"}, {"approximate": False}),
    "nn.leaky_relu": Word("LeakyRelu", ("features",), {"alpha": "negative_slope"}, {"negative_slope": 0.2}),
    **_one({"Softmax": "nn.softmax", "LogSoftmax": "nn.log_softmax"}, "logits", settings={"axis": "axis"}),
    "stop_gradient": Word("StopGradient", ("input",)),
    "identity": Word("Copy", ("input",)),
    **_one(
        {"Mean": "math.reduce_mean", "Sum": "math.reduce_sum", "Prod": "math.reduce_prod", "Max": "math.reduce_max"}
        | {"Min": "math.reduce_min", "Any": "math.reduce_any", "All": "math.reduce_all", "Std": "math.reduce_std"}
        | {"Var": "math.reduce_variance", "Logsumexp": "math.reduce_logsumexp"},
        "input_tensor",
        settings=REDUCED,
        defaults={"keepdims": False},
    ),
    **{
        name: Word(f"Arg{name[-3:]}", ("input",), {"axis": "axis"}, {"axis": 0})
        for name in ("math.argmax", "math.argmin")
    },
    "math.cumsum": Word("Cumsum", ("x",), {"axis": "axis"}, {"axis": 0}),
    "reshape": Word("Reshape", ("tensor",), {"shape": "newshape"}),
    "expand_dims": Word("ExpandDims", ("input",), {"axis": "axis"}),
    "squeeze": Word("Squeeze", ("input",), {"axis": "axis"}),
    "transpose": Word("Transpose", ("a",), {"perm": "axes"}),
    "concat": Word("Concatenate", ("values",), {"axis": "axis"}),
    "stack": Word("Stack", ("values",), {"axis": "axis"}, {"axis": 0}),
    "unstack": Word("Unstack", ("value",), {"axis": "axis"}, {"axis": 0}),
    "split": Word(
        "Split", ("value",), {"num_or_size_splits": "indices_or_sections", "axis": "axis"}, {"axis": 0}, _parts
    ),
    "tile": Word("Tile", ("input",), {"multiples": "repeats"}),
    "repeat": Word("Repeat", ("input",), {"repeats": "repeats", "axis": "axis"}),
    "broadcast_to": Word("BroadcastTo", ("input",), {"shape": "shape"}),
    "pad": Word(
        "Pad",
        ("tensor",),
        {"paddings": "pad_width", "mode": "mode", "constant_values": "constant_values"},
        turned=_padding,
    ),
    "gather": Word("Take", ("params", "indices"), {"axis": "axis"}, {"axis": 0}),
    "where": Word("Where", ("condition", "x", "y")),
    "cast": Word("Cast", ("x",), {"dtype": "dtype"}),
    "clip_by_value": Word("Clip", ("t",), {"clip_value_min": "x_min", "clip_value_max": "x_max"}),
    "linalg.matmul": Word("Matmul", ("a", "b"), {"transpose_a": "transpose_a", "transpose_b": "transpose_b"}),
    "slice": Word("Slice", ("input_",), {"begin": "1", "size": "shape"}),
    "zeros_like": Word("ZerosLike", ("input",)),
    "ones_like": Word("OnesLike", ("input",)),
    "one_hot": Word(
        "OneHot",
        ("indices",),
        {"depth": "num_classes", "axis": "axis", "on_value": "on", "off_value": "off"},
        {"axis": -1},
        _one_hot,
    ),
    "__operators__.getitem": Word("GetItem", ("tensor",), {"slice_spec": "key"}, turned=_brackets),
}
"""By the name that TensorFlow exports the function by."""
