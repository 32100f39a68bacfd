"""Build models of ``keras.applications`` without their weights, and save them with what Keras says of each layer.

A program of its own, for Keras on PyTorch: tensors on its device ``meta`` have shapes and no elements, so that a
model of 350 million parameters costs nothing. Elsewhere Keras puts off making the elements within a stateless scope.
The weights in the files are holes, which no reader looks at.

    KERAS_BACKEND=torch python keras_applications.py FOLDER MobileNetV2 ResNet50 ...
"""

import json
import math
import sys
import zipfile
from pathlib import Path

import h5py


def holes(file):
    """A store of variables like Keras' own, without their elements."""
    from keras.src.saving.saving_lib import H5IOStore

    class Holes(H5IOStore):
        def __init__(self):
            pass

        def __bool__(self):
            return True

        def make(self, path, metadata=None):
            group = file.require_group(path or "/")
            if metadata:
                group.attrs["name"] = metadata.get("name", "")
            return Variables(group.require_group("vars"))

    return Holes()


class Variables:
    """The variables of one object."""

    def __init__(self, group):
        self._group = group

    def __setitem__(self, key, value):
        self._group.create_dataset(key, shape=tuple(value.shape), dtype=str(value.dtype))


def save(model, path):
    """Write a ``.keras`` archive as Keras does."""
    from keras.src import saving
    from keras.src.saving import saving_lib

    weights = path.with_suffix(".weights.h5")
    with h5py.File(weights, "w") as file:
        saving_lib._save_state(model, holes(file), None, "", set())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("config.json", json.dumps(saving.serialize_keras_object(model)))
        archive.writestr("metadata.json", json.dumps({"keras_version": sys.modules["keras"].__version__}))
        archive.write(weights, "model.weights.h5")
    weights.unlink()


def told(model):
    """What Keras, in any of its versions, says of a model: its layers, the models in it, and the totals.

    Of each layer its path, class, count and output shapes; of each model in it path, class and count.
    """
    layers, models = [], []

    def walk(layer, path):
        if hasattr(layer, "layers"):
            models.append([path, type(layer).__name__, layer.count_params()])
            for each in getattr(layer, "operations", layer.layers):
                walk(each, f"{path}/{each.name}")
        else:
            outputs = layer.output if isinstance(layer.output, list | tuple) else [layer.output]
            count = layer.count_params() if hasattr(layer, "count_params") else 0  # an operation has no weights
            layers.append([path, type(layer).__name__, count, [list(each.shape) for each in outputs]])

    for layer in getattr(model, "operations", model.layers):
        walk(layer, layer.name)
    sides = (model.trainable_weights, model.non_trainable_weights)
    totals = [model.count_params(), *(sum(math.prod(each.shape) for each in side) for side in sides)]
    return {"layers": layers, "models": models, "totals": totals}


def main(folder, *names):
    import keras

    for name in names:
        keras.utils.clear_session()
        with keras.device("meta") if keras.backend.backend() == "torch" else keras.StatelessScope():
            model = getattr(keras.applications, name)(weights=None)
        save(model, folder / f"{name}.keras")
        (folder / f"{name}.json").write_text(json.dumps(told(model)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
