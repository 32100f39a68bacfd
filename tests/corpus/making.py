"""Make the corpus anew: snapshots of models of every framework, exporter and kind of free axis.

    PYTHONPATH=.:tests python -m tests.corpus.making [NAME...]

A snapshot holds what a reader has read and no framework is needed to read it, so that tests of what comes after reading
need none either. It takes some minutes, and is run where readers tell more than before.
"""

import contextlib
import copy
import gzip
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from parity.adapters import read
from parity.adapters.snapshot import encode
from parity.graph import SourceGraph
from parity.kinds import translate
from tests.corpus.stored import NAMES, source

FOLDER = Path(__file__).parent / "models"

TORCH = (
    *("vocoder", "unet", "generator", "resnet_basic", "lstm_stack_both", "gru", "rnn_both", "lstm_last_state"),
    *("tied_lm", "norms", "activations", "self_attention", "cross_attention", "attention_by_hand", "own_affine"),
    *("weighed", "causal", "padded", "encoder_norm_first", "two_towers", "shuffle", "rms_norm", "five_counts"),
)
ZOO = (
    *("mobilenet_v2", "efficientnet", "convnext", "vit", "swin", "segformer", "bert", "distilbert", "gpt2", "t5"),
    *("llama", "xlnet", "wav2vec2", "clip"),
)
EXPORTED = (
    *("unet", "resnet_basic", "lstm_stack_both", "gru", "self_attention", "encoder_norm_first", "shuffle", "norms"),
    *("mobilenet_v2", "vit", "bert", "convnext"),
)
KERAS = (
    *("plain_cnn", "bn_cnn", "depthwise_net", "squeeze_excite", "u_net", "text_cnn", "lstm_text", "gru_text"),
    *("bidirectional_text", "separable_text", "encoder", "group_norm", "two_tower", "multi_output", "shared", "prelu"),
)
EXPORTED_KERAS = ("bn_cnn", "squeeze_excite", "text_cnn", "lstm_text", "encoder", "group_norm", "u_net", "prelu")
APPLICATIONS = ("MobileNetV2", "EfficientNetB0", "NASNetMobile", "ConvNeXtTiny")

DRAWN = ("onnx-onnx", "torch-torch-live", "keras-keras-live")

MOST_DRAWN = 500
"""Random models of a route; those that have a kind which none before has are kept."""

Maker = Callable[[Path], tuple[Any, Any]]
"""Makes a model, perhaps as a file in a folder; gives it and example inputs, or None."""


def torch_model(name: str) -> tuple[Any, dict[str, Any]]:
    """A PyTorch module and its inputs, of the small nets or of transformers."""
    from tests import torch_nets
    from tests.adapters import torch_zoo

    if name in torch_nets.NETS:
        return torch_nets.build(name)
    model, inputs = torch_zoo.build(name)
    return torch_nets.randomise(model), inputs


def archive(name: str) -> Maker:
    """A file of torch.export."""

    def make(folder: Path) -> tuple[Any, Any]:
        import torch

        from tests.adapters.torch_zoo import examples

        model, inputs = torch_model(name)
        path = folder / f"{name}.pt2"
        torch.export.save(torch.export.export(model, (), kwargs=examples(inputs), strict=False), path)
        return path, None

    return make


def exported(name: str, exporter: str, *, free: bool) -> Maker:
    """A file of one of PyTorch's exporters, its batch free or fixed."""

    def make(folder: Path) -> tuple[Any, Any]:
        import torch

        from tests.test_onnx_exports_of_torch import exported as export

        model, inputs = torch_model(name)
        more: dict[str, Any] = {}
        if free and exporter.startswith("dynamo"):
            more["dynamic_shapes"] = {key: {0: torch.export.Dim.DYNAMIC} for key in inputs}
        elif free:
            more["dynamic_axes"] = {key: {0: "batch"} for key in inputs}
        return export(copy.deepcopy(model), inputs, exporter, folder / "model.onnx", **more), None

    return make


def keras_model(name: str) -> Any:
    """A Keras model with a value of its own in every weight."""
    from tests.keras_exports import MODELS, application, randomised

    return randomised(MODELS[name]() if name in MODELS else application(name))


def saved(name: str) -> Maker:
    """A file of Keras."""

    def make(folder: Path) -> tuple[Any, Any]:
        model = keras_model(name)
        model.save(folder / f"{name}.keras")
        return folder / f"{name}.keras", None

    return make


def keras_exported(name: str, how: str) -> Maker:
    """A file of Keras's own exporter (``export``, a batch of one), or of tf2onnx (a free one)."""

    def make(folder: Path) -> tuple[Any, Any]:
        from tests.test_onnx_exports_of_keras import export

        model = keras_model(name)
        if how == "export":
            export(model, folder / "model.onnx")
        else:
            import tensorflow as tf
            import tf2onnx

            signature = [tf.TensorSpec(each.shape, each.dtype, name=each.name) for each in model.inputs]
            tf2onnx.convert.from_keras(model, signature, output_path=str(folder / "model.onnx"))
        return folder / "model.onnx", None

    return make


def drawn(route: str, index: int) -> Maker:
    """A random model of one of the routes of the differential tests."""

    def make(_: Path) -> tuple[Any, Any]:
        from differential.routes import routes

        sys.stderr.write(f"at {index}\n")  # TensorFlow ends the process for some; go on behind that one
        found = routes()[route]
        built = found.sides[0](found.pair(2026, index).left)
        inputs = [each for name, each in built.given.items() if name.endswith("inputs")]
        return built.model, inputs[0] if inputs else None

    return make


def entries() -> Iterator[tuple[str, Maker]]:
    """Every model of the corpus by the name of its snapshot."""
    for name in (*TORCH, *ZOO):
        yield f"{name}-pt2", archive(name)
    for name in EXPORTED:
        for exporter in ("dynamo", "dynamo as it is", "script", "script as it is"):
            for free in (False, True):
                yield (
                    f"{name}-{exporter.replace(' ', '-')}-{'free' if free else 'fixed'}",
                    exported(name, exporter, free=free),
                )
    for name in (*KERAS, *APPLICATIONS):
        yield f"{name}-keras", saved(name)
    for name in EXPORTED_KERAS:
        for how in ("export", "tf2onnx"):
            yield f"{name}-{how}", keras_exported(name, how)
    for route in DRAWN:
        for index in range(MOST_DRAWN):
            yield f"drawn-{index}-{route.partition('-')[0]}", drawn(route, index)


def kinds_of(model: SourceGraph) -> set[tuple[str, str]]:
    """The kinds of a model's layers, each with its framework."""
    return {(model.framework.value, layer.kind) for layer in translate(model).layers}


def main(wanted: list[str]) -> None:
    """Write the snapshots of the models whose names contain one of the words; all without words."""
    FOLDER.mkdir(exist_ok=True)
    met = {
        each for name in NAMES if not name.startswith("drawn") for each in kinds_of(source(name, tempfile.gettempdir()))
    }
    for name, make in entries():
        if wanted and not any(word in name for word in wanted):
            continue
        with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings(), contextlib.chdir(scratch):
            warnings.simplefilter("ignore")
            try:
                model, inputs = make(Path(scratch))
            except Exception as error:
                print(f"{name}: not exported: {type(error).__name__} {str(error)[:100]}", flush=True)
                continue
            found = read(Path(model).name if isinstance(model, Path) else model, inputs)
            if name.startswith("drawn") and kinds_of(found) <= met:
                continue
            met |= kinds_of(found)
            data = encode(found).encode()
        (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))
        print(f"{name}: {len(data)} bytes", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
