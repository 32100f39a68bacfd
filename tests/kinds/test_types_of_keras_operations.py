"""What operations of Keras make of whole numbers is told by files as Keras makes it."""

import numpy as np
import pytest

import parity
from parity.kinds._output_types import COUNTED, KEEPING, OF_TWO, PLACES, REAL, TRUTH, WIDENING

keras = pytest.importorskip("keras")

TYPES = ("int32", "int64", "uint8")
TWO = OF_TWO | {"Arctan2", "Divide", "DivideNoNan", "Inner", "Logaddexp", "Matmul", "Outer", "TrueDivide"}
TWO |= {"Heaviside", "Hypot", "Ldexp", "Logaddexp2", "Nextafter"}
TWO |= {"Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalOr", "LogicalXor", "NotEqual"}
"""Those that take two tensors."""

QUANTILES = ("Nanpercentile", "Nanquantile", "Percentile", "Quantile")

GIVEN = {
    "Argpartition": lambda x: keras.ops.argpartition(x, 1),
    "Clip": lambda x: keras.ops.clip(x, 0, 5),
    "Concatenate": lambda x: keras.ops.concatenate([x, x]),
    "Digitize": lambda x: keras.ops.digitize(x, np.array([0.0, 1.0], "float32")),
    "ExpandDims": lambda x: keras.ops.expand_dims(x, 0),
    "GetItem": lambda x: x[0],
    **{name: lambda x, name=name: getattr(keras.ops, name.lower())(x, 0.5) for name in QUANTILES},
    "PSNR": lambda x: keras.ops.psnr(x, x, 1),
    "Pad": lambda x: keras.ops.pad(x, 1),
    "Repeat": lambda x: keras.ops.repeat(x, 2),
    "Reshape": lambda x: keras.ops.reshape(x, (2, 4)),
    "Roll": lambda x: keras.ops.roll(x, 1),
    "SearchSorted": lambda x: keras.ops.searchsorted(keras.ops.ravel(x), keras.ops.ravel(x)),
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


@pytest.mark.parametrize("name", sorted(KEEPING))
def test_of_truth_values_they_give_such_or_counts(name):
    assert made(name, "bool") == ("int32" if name in COUNTED else "bool")


@pytest.mark.parametrize("dtype", ["float32", "int32", "int64"])
@pytest.mark.parametrize("name", sorted(PLACES))
def test_places_are_told_of_whatever_is_given(name, dtype):
    assert made(name, dtype) == "int32"


@pytest.mark.parametrize("dtype", ["float32", "int32", "bool"])
@pytest.mark.parametrize("name", sorted(TRUTH))
def test_truth_values_are_told_of_whatever_is_given(name, dtype):
    assert made(name, dtype) == "bool"


@pytest.mark.parametrize("dtype", [*TYPES, "bool"])
@pytest.mark.parametrize("name", sorted(REAL))
def test_those_that_make_real_numbers_make_them(name, dtype):
    assert made(name, dtype) == "float32"


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", sorted(WIDENING))
def test_those_that_make_wider_ones_of_wide_numbers_do(name, dtype):
    assert made(name, dtype) == ("float64" if dtype == "int64" else "float32")


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
    "places": (lambda x: keras.ops.cumprod(x / 2, axis=1), lambda x: keras.ops.argsort(x / 2, axis=1)),
    "truth values": (lambda x: x > 1, lambda x: keras.ops.cast(x > 1, "int32")),
    "part of them": (lambda x: (x > 1)[:1, :], lambda x: keras.ops.cast(x > 1, "float32")[:1, :]),
    "sign of nothing": (lambda x: keras.ops.isnan(x / 2), lambda x: keras.ops.isnan(x) / 2),
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


@pytest.mark.parametrize("form", ["model.keras", "model.h5"])
@pytest.mark.parametrize("part", [(slice(None), slice(None, None, 2)), (slice(0, 1),), (..., 0), (0, slice(1, None))])
def test_a_part_of_a_tensor_is_of_its_type(part, form, tmp_path):
    paths = []
    for dtype in ("float32", "float64"):
        x = start("int64")
        paths.append(tmp_path / dtype / form)
        paths[-1].parent.mkdir()
        keras.Model(x, keras.ops.cast(x, dtype)[part]).save(paths[-1])

    report = parity.compare(*paths)

    assert "interface-type" in {finding.rule for finding, severity in report.findings if severity == "error"}
