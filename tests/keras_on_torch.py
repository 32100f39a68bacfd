"""Models of Keras on its PyTorch backend, saved and exported as ONNX in each way that there is; run as a program.

KERAS_BACKEND=torch python -m tests.keras_on_torch FOLDER bn_cnn u_net ...
"""

import sys
import warnings
from pathlib import Path

EXPORTERS = ("dynamo", "script", "own")
"""PyTorch's two exporters, and ``model.export``."""


def examples(model):
    """A batch of one for each input."""
    import torch

    shapes = [(1, *(size or 1 for size in each.shape[1:])) for each in model.inputs]
    kinds = [torch.float32 if "float" in each.dtype else torch.int32 for each in model.inputs]
    return [torch.zeros(shape, dtype=kind) for shape, kind in zip(shapes, kinds, strict=True)]


def export(model, exporter, path):
    """Export a model that has been called."""
    import torch

    if exporter == "own":
        model.export(path, format="onnx", verbose=False)
        return
    values = examples(model)
    settings = {"dynamo": True, "external_data": False, "verbose": False} if exporter == "dynamo" else {"dynamo": False}
    torch.onnx.export(model, (values,) if len(values) > 1 else tuple(values), path, **settings)


def main(folder, *names):
    """Save and export models."""
    import torch

    from tests.keras_exports import MODELS, randomised

    for name in names:
        model = randomised(MODELS[name]()).eval()
        values = examples(model)
        with torch.no_grad():
            model(values if len(values) > 1 else values[0])
        model.save(Path(folder) / f"{name}.keras")
        for exporter in EXPORTERS:
            if (name, exporter) != ("encoder", "own"):  # the exporter refuses einsum with a size that is left free
                export(model, exporter, Path(folder) / f"{name}-{exporter}.onnx")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
