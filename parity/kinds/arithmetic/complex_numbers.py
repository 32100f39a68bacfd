"""Makes complex numbers of real ones and takes them apart, as rotary embeddings do.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.view_as_complex.html, torch.view_as_real.html and
torch.polar.html.
"""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, Spelling
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, broadcast, operands, source

PAIRED, APART = "complex of pairs", "pairs of complex"
"""Functions that take the last axis away, of real and imaginary parts, or add it."""

ONE = {
    "view_as_complex": PAIRED,
    "view_as_real": APART,
    "real": "real part",
    "imag": "imaginary part",
    "conj": "conjugate",
    "conj_physical": "conjugate",
    "_conj": "conjugate",
}
KERAS = {
    "ViewAsComplex": PAIRED,
    "ViewAsReal": APART,
    "Real": "real part",
    "Imag": "imaginary part",
    "Conj": "conjugate",
    "Conjugate": "conjugate",
}
TWO = {"complex": ("of parts", ("real",), ("imag",)), "polar": ("of polar coordinates", ("abs",), ("angle",))}


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    shape = broadcast(attributes, inputs)[0] if len(inputs) > 1 else inputs[0] if inputs else None
    if shape is None:
        return (None,)
    function = attributes["function"]
    return (shape[:-1] if function == PAIRED else (*shape, 2) if function == APART else shape,)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found, function = inputs[0], attributes["function"]
    if found is None:
        return inputs, (None,)
    return inputs, (found[:-1] if function == PAIRED else (*found, None) if function == APART else found,)


def _spell(function: str, *places: tuple[str, ...]) -> Spelling:
    """A function of the operands at these places, or of the one tensor that a call works on."""

    def spell(call: Call) -> tuple[Draft, ...]:
        found = operands(call, *places) if places else source(call)
        return found.draft("complex_numbers", call, function=function) if found is not None else ()

    return spell


KIND = Kind(
    "complex_numbers",
    attributes={"function": Attribute(), **COMPARED},
    roles=ROLES,
    makes=True,
    shape=_shape,
    axes=_axes,
    takes_complex=True,
    compute=later(__package__, "complex_numbers"),
    spellings={
        **{("aten", name): _spell(function) for name, function in ONE.items()},
        **{("keras.ops", name): _spell(function) for name, function in KERAS.items()},
        **{("aten", name): _spell(*told) for name, told in TWO.items()},
    },
)
