"""Archives of layers of one's own, loaded with the packages that are named, and not loaded otherwise."""

import sys

import pytest

import parity
from parity.adapters.keras.imported import Imported
from parity.errors import UnreadableModel, UsageError

LAYERS = """
import keras

LOADED.append(1)

@keras.saving.register_keras_serializable("mine")
class Scale(keras.layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), name="scale")

    def call(self, x):
        return x * self.scale
"""


@pytest.fixture
def archive(tmp_path, monkeypatch):
    import keras

    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = tmp_path / "loaded.txt"
    code = LAYERS.replace("LOADED.append(1)", f"open({str(loaded)!r}, 'a').write('x')")
    (tmp_path / "scales_of_a_test.py").write_text(code)
    import scales_of_a_test

    x = keras.Input((4,))
    keras.Model(x, keras.layers.Dense(2)(scales_of_a_test.Scale()(x))).save(tmp_path / "own.keras")
    sys.modules.pop("scales_of_a_test")
    loaded.unlink()
    yield tmp_path / "own.keras"
    sys.modules.pop("scales_of_a_test", None)
    keras.saving.get_custom_objects().clear()


def test_nothing_is_imported_unless_it_is_named(archive):
    found = parity.summary(archive)
    assert any("--import" in gap.remedy for gap in found.gaps)
    assert not (archive.parent / "loaded.txt").exists()


def test_the_layers_of_a_named_package_are_opened(archive):
    found = parity.summary(Imported(archive, ("scales_of_a_test",)))
    assert not found.gaps
    assert [(row.path.partition("_")[0], row.type) for row in found.rows][1:] == [
        ("scale", "Scale"),
        ("dense", "Dense"),
    ]
    assert found.side.source == str(archive)
    assert (archive.parent / "loaded.txt").exists()


def test_classes_of_packages_that_are_not_named_are_not_loaded(archive):
    with pytest.raises(UnreadableModel, match=r"packages that are not named with --import.*scales_of_a_test"):
        parity.summary(Imported(archive, ("json",)))
    assert not (archive.parent / "loaded.txt").exists()


def test_a_package_that_does_not_exist_is_told(archive):
    with pytest.raises(UsageError, match=r"cannot import 'scales_of_a_test\.more'"):
        parity.summary(Imported(archive, ("scales_of_a_test.more",)))


def test_a_file_of_keras_own_layers_is_read_as_ever(tmp_path):
    import keras

    x = keras.Input((4,))
    keras.Model(x, keras.layers.Dense(2)(x)).save(tmp_path / "plain.keras")
    found = parity.summary(Imported(tmp_path / "plain.keras", ("nothing",)))
    assert [row.type for row in found.rows] == ["InputLayer", "Dense"]
