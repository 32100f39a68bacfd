"""What operations of Keras make of whole numbers is told by files as Keras makes it."""

import pytest

import parity
from parity.kinds._output_types import KEEPING, OF_TWO, REAL

keras = pytest.importorskip("keras")

TYPES = ("int32", "int64", "uint8")
TWO = OF_TWO | {"Arctan2", "Divide", "DivideNoNan", "Inner", "Logaddexp", "Matmul", "Outer", "TrueDivide"}
"""Those that take two tensors."""

GIVEN = {
    "Clip": lambda x: keras.ops.clip(x, 0, 5),
    "Concatenate": lambda x: keras.ops.concatenate([x, x]),
    "ExpandDims": lambda x: keras.ops.expand_dims(x, 0),
    "GetItem": lambda x: x[0],
    "Pad": lambda x: keras.ops.pad(x, 1),
    "Repeat": lambda x: keras.ops.repeat(x, 2),
    "Reshape": lambda x: keras.ops.reshape(x, (2, 4)),
    "Roll": lambda x: keras.ops.roll(x, 1),
    "Stack": lambda x: keras.ops.stack([x, x]),
    "Swapaxes": lambda x: keras.ops.swapaxes(x, 0, 1),
    "Tile": lambda x: keras.ops.tile(x, (1, 2)),
}
"""Those that take something else."""


def start(dtype):
    return keras.Input((2, 2), dtype=dtype, batch_size=2)


def operation(name):
    """The function of a class of operations."""
    flat = {each.replace("_", ""): each for each in dir(keras.ops)}
    return getattr(keras.ops, flat[name.lower()])


def made(name, dtype):
    """The type of what an operation makes of tensors of a type."""
    x = start(dtype)
    if name in GIVEN:
        return GIVEN[name](x).dtype
    return (operation(name)(x, start(dtype)) if name in TWO else operation(name)(x)).dtype


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", sorted(KEEPING))
def test_those_that_keep_the_type_keep_it(name, dtype):
    assert made(name, dtype) == dtype


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", sorted(REAL))
def test_those_that_make_real_numbers_make_them(name, dtype):
    assert made(name, dtype) == "float32"


@pytest.mark.parametrize("name", sorted(OF_TWO))
def test_a_real_number_of_the_code_makes_real_numbers(name):
    assert operation(name)(start("int64"), 1.0).dtype == "float32"


CHANGES = {
    "quotient": (lambda x: x * 1, lambda x: keras.ops.true_divide(x, 1)),
    "quotient by hand": (lambda x: x + 0, lambda x: x / 1),
    "factor": (lambda x: x * 1, lambda x: x * 1.0),
    "summand": (lambda x: x + 0, lambda x: x + 0.0),
    "subtrahend": (lambda x: x - 0, lambda x: x - 0.0),
    "exponent": (lambda x: keras.ops.power(x, 1), lambda x: keras.ops.power(x, 1.0)),
    "limit": (lambda x: keras.ops.maximum(x, -(10**6)), lambda x: keras.ops.maximum(x, -1e6)),
    "quotient of whole numbers": (lambda x: x // 1, lambda x: x / 1),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("form", ["keras", "live"])
def test_real_numbers_where_the_other_model_gives_whole_ones_are_a_difference(name, form, tmp_path):
    sides = []
    for at, change in enumerate(CHANGES[name]):
        image = start("int64")
        model = keras.Model(image, change(image))
        sides.append(model if form == "live" else tmp_path / f"{at}.keras")
        if form != "live":
            model.save(sides[-1])
    assert parity.compare(*sides).verdict is parity.Verdict.DIFFERENT
    assert parity.compare(sides[0], sides[0]).verdict is parity.Verdict.EQUIVALENT
