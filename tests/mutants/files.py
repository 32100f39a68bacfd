"""Designs as files of every kind."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.mutants.designs import Design


def _keras(suffix: str) -> Callable[[Design, Path], Path]:
    def write(design: Design, stem: Path) -> Path:
        from tests.mutants import in_keras

        path = stem.with_suffix(suffix)
        in_keras.build(design).save(path)
        return path

    return write


def _torch(suffix: str, save: Callable[[Any, Any, Path], None]) -> Callable[[Design, Path], Path]:
    def write(design: Design, stem: Path) -> Path:
        from tests.mutants import in_torch

        path = stem.with_suffix(suffix)
        save(in_torch.build(design), in_torch.examples(design), path)
        return path

    return write


def _export(model: Any, examples: Any, path: Path) -> None:
    import torch

    torch.export.save(torch.export.export(model, examples), path)


def _onnx(model: Any, examples: Any, path: Path) -> None:
    import torch

    torch.onnx.export(model, examples, path, dynamo=False)


def _pickle(model: Any, _: Any, path: Path) -> None:
    import torch

    torch.save(model, path)


def _tensors(model: Any, _: Any, path: Path) -> None:
    import torch

    torch.save(model.state_dict(), path)


WRITERS: Mapping[str, Callable[[Design, Path], Path]] = {
    "keras": _keras(".keras"),
    "h5": _keras(".h5"),
    "pt2": _torch(".pt2", _export),
    "onnx": _torch(".onnx", _onnx),
    "module": _torch(".pt", _pickle),
    "tensors": _torch(".pth", _tensors),
}
