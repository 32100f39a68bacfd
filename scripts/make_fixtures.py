"""Write the models of fixtures/: one question's CNN in the formats that people have it in.

Seeds are fixed, so the same versions of the frameworks give the same numbers. Run: python scripts/make_fixtures.py
"""

import os
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "fixtures"
IMAGE = 7
"""Pixels a side: the five files are 3.3 MB together, and the channels' order still matters to the Dense layer."""

SEED = 20
BUDGET = 4_000_000


def main() -> None:
    """Write all files and check that they stay small."""
    sys.path.insert(0, str(ROOT / "tests"))
    import seed_models

    FOLDER.mkdir(exist_ok=True)
    warnings.simplefilter("ignore")
    write_keras(seed_models)
    write_torch(seed_models)
    sizes = {path.name: path.stat().st_size for path in sorted(FOLDER.glob("bn_cnn*"))}
    for name, size in sizes.items():
        print(f"{size:>12,}  {name}")
    if sum(sizes.values()) > BUDGET:
        sys.exit(f"the fixtures are over {BUDGET:,} bytes")


def write_keras(models: Any) -> None:
    """The Keras model as an archive."""
    import keras

    keras.utils.set_random_seed(SEED)
    models.bn_cnn(image=IMAGE).save(FOLDER / "bn_cnn.keras")


def write_torch(models: Any) -> None:
    """The PyTorch model as an export archive, as ONNX from both exporters, and pickled."""
    import torch

    torch.manual_seed(SEED)
    model = models.bn_cnn_torch(image=IMAGE).eval()
    pixels = (torch.zeros(1, 1, IMAGE, IMAGE),)
    program = torch.export.export(model, pixels)
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # it names files of the machine that wrote it
    torch.export.save(program, FOLDER / "bn_cnn.pt2")
    dynamo, script = FOLDER / "bn_cnn_dynamo.onnx", FOLDER / "bn_cnn_torchscript.onnx"
    torch.onnx.export(model, pixels, dynamo, dynamo=True, external_data=False, verbose=False)
    forget_machine(dynamo)
    torch.onnx.export(model, pixels, script, dynamo=False)
    write_pickle(model, FOLDER / "bn_cnn_module.pt")


def forget_machine(path: Path) -> None:
    """Drop the stack traces, which name files of the machine that wrote the model."""
    import onnx

    model = onnx.load(path)
    for node in model.graph.node:
        kept = [each for each in node.metadata_props if not each.key.endswith("stack_trace")]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(model, path)


def write_pickle(model: Any, path: Path) -> None:
    """Pickle a module under a class that exists only while this runs, as one from somebody else's project."""
    import torch

    cls = type(model)
    home = ModuleType("somebodys_project")
    cls.__module__, cls.__qualname__ = home.__name__, cls.__name__
    setattr(home, cls.__name__, cls)
    for name, value in list(vars(model).items()):
        if callable(value) and value.__name__ == "<lambda>":
            delattr(model, name)  # a lambda cannot be pickled, and reading needs none
    sys.modules[home.__name__] = home
    torch.save(model, path)
    del sys.modules[home.__name__]


if __name__ == "__main__":
    main()
