"""Every model of ``keras.applications``: layers, shapes and counts are Keras' own, read statically."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from adapters.keras_applications import told as told_of

from parity.check import check
from parity.kinds import kinds
from parity.summarise import summarise
from tests.balance import remainders

BUILDER = Path(__file__).parent / "adapters" / "keras_applications.py"

FAMILIES = {
    "convnext": ("ConvNeXtTiny", "ConvNeXtSmall", "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtXLarge"),
    "densenet": ("DenseNet121", "DenseNet169", "DenseNet201"),
    "efficientnet": tuple(f"EfficientNetB{size}" for size in range(8)),
    "efficientnet-v2": tuple(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    "inception": ("InceptionV3", "InceptionResNetV2", "Xception"),
    "mobilenet": ("MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large"),
    "nasnet": ("NASNetMobile", "NASNetLarge"),
    "resnet": tuple(f"ResNet{depth}{version}" for depth in (50, 101, 152) for version in ("", "V2")),
    "vgg": ("VGG16", "VGG19"),
}


def test_no_constructor_is_forgotten():
    import keras

    there = {name for name, _ in inspect.getmembers(keras.applications, inspect.isfunction)}
    assert there == {name for names in FAMILIES.values() for name in names}


def samples():
    """Of each family two, and in a thorough run all."""
    for family, names in FAMILIES.items():
        first, middle = names[0], names[len(names) // 2]
        # The smaller one of this family's two is exported and compared in other tests.
        marks = [pytest.mark.thorough] if family == "nasnet" else []
        yield pytest.param((first, middle), id=family, marks=marks)
        if rest := [name for name in names if name not in {first, middle}]:
            yield pytest.param((first, *rest), id=f"rest of {family}", marks=pytest.mark.thorough)


@pytest.mark.slow
@pytest.mark.parametrize("names", samples())
def test_a_family_without_its_weights(names, tmp_path):
    backend = "tensorflow" if names[0].startswith("NASNet") else "torch"  # NASNet refuses PyTorch
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run([sys.executable, BUILDER, tmp_path, *names], check=True, env=environment, timeout=1200)
    for name in names:
        told = json.loads((tmp_path / f"{name}.json").read_text())
        same_as_told(summarise(tmp_path / f"{name}.keras"), told)
    report = check(tmp_path / f"{names[0]}.keras", tmp_path / f"{names[-1]}.keras")
    assert report.verdict == "different"
    assert report.ledger.left_total != report.ledger.right_total
    assert remainders(report) == {}


def same_as_told(summary, told):
    """Compare with what Keras said of each layer."""
    rows = [(row.path, row.type, row.params) for row in summary.rows]
    assert rows == [tuple(layer[:3]) for layer in told["layers"]]
    for row, (*_, shapes) in zip(summary.rows, told["layers"], strict=True):
        assert list(row.shapes) == [tuple(shape) for shape in shapes], row.path
        if row.params and row.kind not in {"opaque", ""}:
            assert row.formula, (row.path, row.kind)
    assert [[each.path, each.type, each.params] for each in summary.containers] == told["models"]
    headline = summary.side.headline
    assert [headline.total, headline.trainable, headline.non_trainable] == told["totals"]
    assert {row.kind for row in summary.rows} <= set(kinds())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetB0", "DenseNet121", "ConvNeXtTiny"])
def test_a_sample_in_every_file_of_keras_3(name, tmp_path):
    import keras

    keras.utils.clear_session()
    model = getattr(keras.applications, name)(weights=None)
    told = told_of(model)
    files = [tmp_path / file for file in ("model.keras", "model.h5", "model.json")]
    for file in files[:2]:
        model.save(file)
    files[2].write_text(model.to_json())
    for file in files[:2]:
        same_as_told(summarise(file), told)
    # ConvNeXt's LayerScale is no public class: an .h5 does not tell it from a user's of that name.
    assert check(*files[:2]).verdict == ("inconclusive" if name == "ConvNeXtTiny" else "equivalent")
    same_as_told(summarise(model), told)
    same_as_told(summarise(files[2]), told)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetB0", "ResNet50"])
def test_a_sample_in_every_file_of_keras_2(name, tmp_path):
    import tf_keras

    tf_keras.backend.clear_session()
    model = getattr(tf_keras.applications, name)(weights=None)
    model.save(tmp_path / "model.h5")
    model.save(tmp_path / "model.keras")
    for file in ("model.h5", "model.keras"):
        same_as_told(summarise(tmp_path / file), told_of(model))
