"""The objects of a TensorFlow SavedModel and what Keras 2 noted of them, from its protocol buffers.

Field numbers are those of saved_model.proto, meta_graph.proto, saved_object_graph.proto and types.proto of TensorFlow,
and of Keras' saved_metadata.proto.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from parity.adapters._protobuf import Message

TYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 8: "complex64", 9: "int64",
    10: "bool", 14: "bfloat16", 17: "uint16", 18: "complex128", 19: "float16", 22: "uint32", 23: "uint64",
    24: "float8_e5m2", 25: "float8_e4m3fn", 29: "int4", 30: "uint4",
}  # fmt: skip
"""Names of TensorFlow's types of numbers by their codes."""

META_GRAPHS = 2
META_INFO, SIGNATURES, OBJECT_GRAPH = 1, 5, 7
TENSORFLOW_VERSION = 5
NODES = 1
KEY, VALUE = 1, 2
CHILDREN, USER_OBJECT, VARIABLE = 1, 4, 7
CHILD_ID, LOCAL_NAME = 1, 2
IDENTIFIER, USER_METADATA = 1, 3
VARIABLE_TYPE, VARIABLE_SHAPE, VARIABLE_TRAINABLE, VARIABLE_NAME = 1, 2, 3, 6
DIM, UNKNOWN_RANK = 2, 3
INPUTS, OUTPUTS = 1, 2
TENSOR_TYPE, TENSOR_SHAPE = 2, 3
NODE_ID, METADATA = 2, 5
ATTRIBUTES, NAME, KEY_OF_VALUE = 2, 1, 3
VALUE_OF_VARIABLE = "VARIABLE_VALUE"


@dataclass(frozen=True, slots=True)
class SavedVariable:
    """A variable: its name, sizes (None where the rank or a size is not fixed), type and flag."""

    name: str
    shape: tuple[int, ...] | None
    dtype: str
    trainable: bool


@dataclass(frozen=True, slots=True)
class SavedObject:
    """An object with what it refers to by name, and what it is: a variable, or an object that Keras knows."""

    children: Mapping[str, int] = field(default_factory=dict)
    variable: SavedVariable | None = None
    identifier: str = ""
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class SavedObjects:
    """All objects, the root first, with the version of TensorFlow and the signatures.

    Attributes:
        signatures: names of signatures, each with its inputs and outputs as text.
    """

    objects: list[SavedObject]
    version: str
    signatures: Mapping[str, str]

    def variables(self) -> Iterator[tuple[str, int, SavedVariable]]:
        """Every variable that the root refers to, once: the shortest path of names to it, and its number."""
        seen, level = {0}, [("", 0)] if self.objects else []
        while level:
            reached = []
            for path, at in level:
                for name, child in sorted(self.objects[at].children.items()):
                    if child in seen or not 0 <= child < len(self.objects):
                        continue
                    seen.add(child)
                    place = f"{path}/{name}" if path else name
                    variable = self.objects[child].variable
                    if variable is not None:
                        yield place, child, variable
                    reached.append((place, child))
            level = reached

    def of(self, at: int, name: str) -> int | None:
        """The number of what an object refers to under a name."""
        child = self.objects[at].children.get(name) if 0 <= at < len(self.objects) else None
        return child if child is not None and 0 <= child < len(self.objects) else None

    def listed(self, at: int, name: str) -> list[int]:
        """The members of a list that an object has under a name, in order."""
        child = self.of(at, name)
        members = self.objects[child].children if child is not None else {}
        order = sorted((key for key in members if key.isdecimal()), key=int)
        return [members[key] for key in order if 0 <= members[key] < len(self.objects)]


def saved_objects(data: bytes | memoryview) -> SavedObjects:
    """The objects of the first graph in ``saved_model.pb``.

    Raises:
        ValueError: it is no SavedModel.
    """
    graph = next(Message(data).all(META_GRAPHS), None)
    if graph is None:
        raise ValueError("it contains no graph")
    return SavedObjects(
        [_object(each) for each in graph.one(OBJECT_GRAPH).all(NODES)],
        graph.one(META_INFO).text(TENSORFLOW_VERSION)[:40],
        {each.text(KEY): _signature(each.one(VALUE)) for each in graph.all(SIGNATURES)},
    )


def checkpoint_keys(data: bytes | memoryview) -> list[tuple[Mapping[str, int], str]]:
    """The objects of a checkpoint, the root first: what each refers to by name, and the key of its value or "".

    Field numbers are those of trackable_object_graph.proto.

    Raises:
        ValueError: it is no graph of objects.
    """
    return [
        (
            {each.text(LOCAL_NAME): each.integer(CHILD_ID) for each in node.all(CHILDREN)},
            next(
                (each.text(KEY_OF_VALUE) for each in node.all(ATTRIBUTES) if each.text(NAME) == VALUE_OF_VARIABLE), ""
            ),
        )
        for node in Message(data).all(NODES)
    ]


def metadata_of(data: bytes | memoryview) -> dict[int, str]:
    """What Keras noted of objects in ``keras_metadata.pb``, as JSON by the number of the object.

    Raises:
        ValueError: it is no such file.
    """
    return {each.integer(NODE_ID): each.text(METADATA) for each in Message(data).all(NODES)}


def _object(message: Message) -> SavedObject:
    user, variable = message.one(USER_OBJECT), next(message.all(VARIABLE), None)
    return SavedObject(
        {each.text(LOCAL_NAME): each.integer(CHILD_ID) for each in message.all(CHILDREN)},
        _variable(variable) if variable is not None else None,
        user.text(IDENTIFIER),
        user.text(USER_METADATA),
    )


def _variable(message: Message) -> SavedVariable:
    shape = sizes(message.one(VARIABLE_SHAPE))
    known = shape is not None and all(size >= 0 for size in shape)
    return SavedVariable(
        message.text(VARIABLE_NAME),
        shape if known else None,
        type_name(message.integer(VARIABLE_TYPE)),
        bool(message.integer(VARIABLE_TRAINABLE)),
    )


def sizes(shape: Message) -> tuple[int, ...] | None:
    """The sizes of a TensorShapeProto, -1 for one that is not fixed; None where the rank is not.

    Raises:
        ValueError: it is none.
    """
    return None if shape.integer(UNKNOWN_RANK) else tuple(each.integer(1) for each in shape.all(DIM))


def type_name(code: int) -> str:
    """The name of a type of numbers by its code."""
    return TYPES.get(code, f"type {code}")


def _signature(message: Message) -> str:
    inputs, outputs = (sorted(_tensor(each) for each in message.all(side)) for side in (INPUTS, OUTPUTS))
    return f"{', '.join(inputs) or 'nothing'} -> {', '.join(outputs) or 'nothing'}"


def _tensor(entry: Message) -> str:
    info = entry.one(VALUE)
    shape = sizes(info.one(TENSOR_SHAPE))
    text = "of any rank" if shape is None else f"({', '.join('?' if size < 0 else str(size) for size in shape)})"
    return f"{entry.text(KEY)} {text} {type_name(info.integer(TENSOR_TYPE))}"
