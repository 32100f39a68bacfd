"""What Keras' own ``summary()`` gets wrong or leaves out, beside what is said here of the same model."""

import io
import re

import numpy as np
import pytest

from parity.graph import Census
from parity.reports import Screen, renderers
from parity.summarise import summarise


def keras_says(model, **options):
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line), **options)
    return "\n".join(lines)


def total_of(text):
    return int(re.search(r"Total params: ([\d,]+)", text)[1].replace(",", ""))


def printed(model, width=80):
    return renderers()["text"].summary(summarise(model), Screen(width=width))


def test_the_optimizer_is_counted_as_parameters_after_fitting(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4)])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 6)), np.ones((4, 4)), verbose=0)
    model.save(tmp_path / "model.keras")
    assert total_of(keras_says(model)) > model.count_params()  # the fault
    for source in (model, tmp_path / "model.keras"):
        assert summarise(source).side.headline.total == model.count_params() == 28


def test_frozen_weights_and_statistics_share_a_figure():
    import keras

    frozen = keras.layers.Dense(4, trainable=False)
    model = keras.Sequential([keras.Input((6,)), frozen, keras.layers.BatchNormalization()])
    assert "Non-trainable params: 36" in keras_says(model)  # 28 frozen and 8 of statistics
    census = summarise(model).side.census
    assert (census[Census.TRAINABLE], census[Census.FROZEN], census[Census.STATE]) == (8, 28, 8)


def test_a_layer_at_two_resolutions_shows_one_of_them(tmp_path):
    import keras

    large, small = keras.Input((16, 16, 3)), keras.Input((8, 8, 3))
    shared = keras.layers.Conv2D(4, 3, name="shared")
    model = keras.Model([large, small], [shared(large), shared(small)])
    said = keras_says(model)
    assert ("14, 14, 4" in said) + ("6, 6, 4" in said) == 1  # the fault
    model.save(tmp_path / "model.keras")
    for source in (model, tmp_path / "model.keras"):
        (row,) = (each for each in summarise(source).rows if each.path == "shared")
        assert row.shapes == ((None, 14, 14, 4), (None, 6, 6, 4))
        assert row.params == 112


def test_layers_that_are_not_built_are_left_out_of_the_total():
    import keras

    model = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(2)])
    assert "unbuilt" in keras_says(model)
    assert total_of(keras_says(model)) == 0  # the fault
    assert [row.uncounted for row in summarise(model).rows] == ["not built", "not built"]
    text = printed(model)
    assert re.search(r"Total, as Keras counts\s+unknown", text)
    assert "?" not in text


@pytest.mark.parametrize("width", [40, 80])
def test_columns_are_dropped_where_lines_are_short(width):
    import keras

    inputs = x = keras.Input((8,), name="an_input_with_quite_a_long_name")
    for number in range(3):
        x = keras.layers.Dense(1000, name=f"a_layer_with_a_name_of_considerable_length_{number}")(x)
    model = keras.Model(inputs, x)
    said = keras_says(model, line_length=width)
    assert "a_layer_with_a_name_of_considerable_length_2" not in said  # the fault
    text = printed(model, width)
    lines = text.splitlines()
    header = next(line for line in lines if "La" in line and "Ty" in line)
    column = "".join(line[: header.index("Ty")].strip() for line in lines)
    for number in range(3):
        assert f"a_layer_with_a_name_of_considerable_length_{number}" in column
    assert f"{model.count_params():,}" in text


def test_a_model_and_its_layers_are_in_one_column_that_does_not_add_up():
    import keras

    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4), keras.layers.Dense(5)], name="inner")
    inputs = keras.Input((6,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inner(inputs)))
    stream = io.StringIO()
    model.summary(expand_nested=True, print_fn=lambda line, **_: stream.write(line + "\n"))
    column = [int(each.replace(",", "")) for each in re.findall(r"│\s+([\d,]+) │", stream.getvalue())]
    assert sum(column) > model.count_params()  # the fault: 53 and its parts
    found = summarise(model)
    assert sum(row.params for row in found.rows) == found.side.headline.total == model.count_params()
    assert [(each.path, each.type, each.params) for each in found.containers] == [("inner", "Sequential", 53)]
