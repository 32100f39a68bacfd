"""What the value of an attribute may be, by its name: settings of a stranger's file may be of any type.

What every kind calls by one name is of one type. An attribute that is not listed here, or not by the kind that carries
it, is a mistake in the kind, which ``undeclared`` tells.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parity.graph import Unknown

if TYPE_CHECKING:
    from parity.kinds._contract import Attribute, Draft, Kind

LARGEST = 1 << 64
"""No framework holds a whole number beyond."""


@dataclass(frozen=True, slots=True)
class Type:
    """What values an attribute may have, beside none and one that is not known.

    Attributes:
        name: in words, with an article.
        fits: whether a value is one of them.
    """

    name: str
    fits: Callable[[Any], bool]

    def __or__(self, other: "Type") -> "Type":
        """Either of two."""
        return Type(f"{self.name} or {other.name}", lambda value: self.fits(value) or other.fits(value))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _all(one: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether a value is a tuple of such, nested or not, where one may be left open."""

    def fits(value: Any) -> bool:
        return isinstance(value, tuple) and all(each is None or one(each) or fits(each) for each in value)

    return fits


FLAG = Type("a truth value", lambda value: isinstance(value, bool))
WHOLE = Type("a whole number", _is_whole)
NUMBER = Type("a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool))
WORD = Type("a word", lambda value: isinstance(value, str))
SIZES = Type("a tuple of whole numbers", _all(lambda value: _is_whole(value) or isinstance(value, str)))
NUMBERS = Type("a tuple of numbers", _all(NUMBER.fits))
WORDS = Type("a tuple of words", _all(WORD.fits))
RECORD = Type("a record", lambda value: isinstance(value, Mapping))
AXIS = WHOLE | WORD
"""Where it stands, or what it means."""

PLAIN = Type("a plain value", lambda value: not _holds_records(value))


def _named(kind: Type, *names: str) -> dict[str, Type]:
    return dict.fromkeys(names, kind)


VOCABULARY: Mapping[str, Type] = {
    **_named(FLAG, "absolute", "always", "antialias", "boundary_begins", "causal", "ceil_mode", "centred"),
    **_named(FLAG, "count_include_pad", "descending", "exclusive", "flipped", "guessed", "interleaved", "invert"),
    **_named(
        FLAG,
        "keepdims",
        "last_offset",
        "mask_zero",
        "masks_loss",
        "operand_first",
        "ordered",
        "renormalise",
        "reset_after",
        "reverse",
    ),
    **_named(FLAG, "stateful", "time_major", "upper"),
    **_named(WHOLE, "depth", "diagonal", "filters", "groups", "in_channels", "in_features", "left", "ones"),
    **_named(WHOLE, "power_iterations", "projection", "rank", "right", "state", "untrained_row", "vocab", "width"),
    **_named(NUMBER, "alpha", "beta", "coefficient", "correction", "dropout", "epsilon", "high", "k", "l1", "l2"),
    **_named(NUMBER, "low", "negative_slope", "off", "on", "rate", "recurrent_dropout", "softcap", "start"),
    **_named(NUMBER, "stddev", "step", "stop", "threshold"),
    **_named(WORD, "activation", "approximate", "change", "coordinates", "data_format", "equation", "form"),
    **_named(WORD, "function"),
    **_named(WORD, "gate_order", "layout", "method", "mode", "noise", "operator", "padding_mode"),
    **_named(WORD, "recurrent_activation", "reduction", "rounding", "score", "statistics", "statistics_in_training"),
    **_named(WORD, "padding_rule", "to", "unseeing"),
    **_named(AXIS, "axis", "channels", "operand_axis"),
    **_named(SIZES, "amounts", "axes", "bounds", "cropped", "dilation", "ends", "forms", "input_size", "kernel_size"),
    **_named(SIZES, "operand_shapes", "output_size", "pool_size", "repeats", "scales_rule", "shifts", "strides"),
    **_named(SIZES, "target"),
    **_named(NUMBERS, "boundaries", "scales"),
    **_named(WORDS, "alternatives", "twins", "unread"),
    **_named(RECORD, "letters", "parts", "settings", "sizes"),
    **_named(WHOLE | SIZES, "at", "block", "dim", "end", "features", "index", "kept", "size", "window"),
    **_named(FLAG | WHOLE | SIZES, "rows"),
    **_named(WHOLE | WORD, "units"),
    **_named(WHOLE | WORD | SIZES, "first"),
    **_named(NUMBER | NUMBERS, "mean", "offset", "scale", "value", "variance"),
    **_named(NUMBER | WORD, "momentum"),
    **_named(NUMBER | WORD | SIZES, "order"),
    **_named(SIZES | WORD, "padding"),
    **_named(WORD | NUMBERS, "mask"),
    **_named(PLAIN, "changes", "grids", "numbers", "operand", "operands", "scaling"),
}
"""The types of attributes by name, for all kinds that do not say otherwise."""

ON_ANY = frozenset(
    [
        *("adapter_scale", "alternatives", "computed_in", "gives", "lowest", "offsets", "penalties"),
        *("saturated", "scaled_later", "takes", "zero"),
    ]
)
"""What translation and passes note on layers of any kind: other candidates, training, types, the grids of integers."""


def type_of(name: str, attribute: "Attribute | None" = None) -> Type:
    """What an attribute may be: as its kind says, or as its name does."""
    own = attribute.type if attribute is not None else None
    return own or VOCABULARY.get(name, PLAIN)


def wrong_type(drafts: Iterable["Draft"], kinds: Mapping[str, "Kind"]) -> str:
    """Which attribute is none that a layer can have, and what it is; "" where all are as they should be."""
    for draft in drafts:
        if draft.kind != "opaque":
            declared = kinds[draft.kind].attributes if draft.kind in kinds else {}
            for name, value in draft.attributes.items():
                if not _fits(type_of(name, declared.get(name)), value):
                    return f"{name} is {str(value)[:40]!r}"
    return ""


def undeclared(attributes: Iterable[str], kind: "Kind") -> Iterator[str]:
    """The attributes that a layer of a kind carries and the kind does not declare."""
    yield from (name for name in attributes if name not in {*kind.attributes, *kind.told, *ON_ANY})


def _fits(kind: Type, value: Any) -> bool:
    if value is None or isinstance(value, Unknown):
        return True
    return not _is_huge(value) and kind.fits(value)


def _is_huge(value: Any) -> bool:
    """Whether there is a whole number in it that no framework can hold."""
    if isinstance(value, tuple):
        return any(map(_is_huge, value))
    return isinstance(value, int) and abs(value) > LARGEST


def _holds_records(value: Any) -> bool:
    """Whether a mapping stands where a plain value should."""
    return isinstance(value, Mapping) or (isinstance(value, tuple) and any(map(_holds_records, value)))
