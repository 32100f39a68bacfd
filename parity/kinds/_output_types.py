"""The types of a model's outputs, as far as a source tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from parity.graph import Framework, SourceGraph, SourceNode, Value
from parity.kinds._held import USUAL, precision

FLOATS = {"bfloat16", "float16", "float32", "float64"}

TYPED = {"Cast", "OnesLike", "ZerosLike", "FullLike"}
"""Operations of Keras with an argument for the type of what they give."""

LIKE = TYPED - {"Cast"}
"""Those that give what is of the type of their input otherwise."""

DEEP = 64
"""So many of them in a row are followed."""


def output_types(source: SourceGraph, values: Mapping[str, Value]) -> tuple[str | None, ...]:
    """The type of each output: as the source records it, or as operations and policies of Keras make it.

    Args:
        source: the model.
        values: what is known of its values.
    """
    types = _Types(source, values)
    return tuple(map(types.of, source.outputs))


@dataclass(frozen=True)
class _Types:
    source: SourceGraph
    values: Mapping[str, Value]

    @cached_property
    def makers(self) -> dict[str, SourceNode]:
        return {value: node for node in self.source.nodes for value in node.outputs}

    @cached_property
    def mixed(self) -> bool:
        """Whether some layers of Keras compute in another precision than usual."""
        policies = (node.attributes.get("dtype") for node in self.source.nodes)
        return self.source.framework is Framework.KERAS and any(map(precision, policies))

    def of(self, value: str) -> str | None:
        """The type of a value; None where nothing tells it."""
        recorded, maker = self.source.values.get(value), self.makers.get(value)
        if recorded is not None and recorded.dtype is not None:
            return recorded.dtype
        if maker is None:
            return None
        return self._of_operation(maker) if maker.dialect == "keras.ops" else self._of_policy(value, maker)

    def _of_operation(self, maker: SourceNode) -> str | None:
        for _ in range(DEEP):
            told = maker.attributes.get("dtype")
            if maker.dialect != "keras.ops" or maker.op not in TYPED or isinstance(told, str):
                return told if maker.op in TYPED and isinstance(told, str) else None
            value = next(iter(maker.inputs.values()), "") if maker.op in LIKE else ""
            recorded, made = self.source.values.get(value), self.makers.get(value)
            if made is None or (recorded is not None and recorded.dtype is not None):
                return None if recorded is None else recorded.dtype
            maker = made
        return None

    def _of_policy(self, value: str, maker: SourceNode) -> str | None:
        """A policy casts what a layer takes, so that one which changes nothing else changes that."""
        if not self.mixed or maker.dialect != "keras":
            return None
        made = self.values.get(value)
        real = made is not None and "float" in (made.dtype or USUAL)
        told = precision(maker.attributes.get("dtype")) or USUAL
        return told if real and told in FLOATS else None
