"""PyTorch and Keras against their own ONNX exports."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from differential.generating import samples
from differential.judging import SLOWEST, Hang, limited
from differential.keras_family import KERAS
from differential.keras_routes import live as keras_live
from differential.keras_source import build as keras_model
from differential.onnx_source import compute, session
from differential.programs import Program, Refused
from differential.routes import Built, Route
from differential.torch_family import FREE, TORCH
from differential.torch_routes import dynamic, examples, folder, live
from differential.torch_source import build as torch_module


def by_place(model: Any, feeds: Any) -> list[Any]:
    """What onnxruntime gives for feeds whose names the exporter may have changed."""
    running = session(model)
    names = [each.name for each in running.get_inputs()]
    found: list[Any] = []
    for each in feeds:
        try:
            found.append(compute(running, dict(zip(names, each.values(), strict=False))))
        except Refused as error:
            found.append(error)
    return found


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing of what an exporter prints."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _read(path: Any, program: Program) -> Built:
    import onnx

    model = onnx.load(path)
    if len(model.graph.input) != len(program.inputs) or len(model.graph.output) != len(program.outputs):
        raise Refused("the exporter drops an input or output")
    session(model)  # what no runtime loads is the exporter's fault
    return Built(str(path), lambda feeds: by_place(model, feeds))


def from_torch(opsets: tuple[int, ...], **settings: Any) -> Any:
    """What torch.onnx.export writes."""

    def made(program: Program) -> Built:
        import torch

        if any(node.settings.get("max_norm") for node in program.nodes):
            raise Refused("an embedding with a greatest norm changes what it stores, and the file holds that")
        if not settings.get("dynamo") and any(node.op == "torch.atan2" for node in program.nodes):
            raise Refused("TorchScript's exporter gives -pi for atan2(0, -1), which is pi")

        sizes = {"dynamic_shapes": dynamic(program)} if settings.get("dynamo") and dynamic(program) else {}
        path = folder() / "right.onnx"
        opset = opsets[program.nodes[0].seed % len(opsets)]
        logging.disable(logging.WARNING)
        try:
            with limited(2 * SLOWEST), warnings.catch_warnings(), quiet():
                warnings.simplefilter("ignore")
                torch.onnx.export(
                    torch_module(program),
                    examples(program),
                    path,
                    opset_version=opset,
                    input_names=[each.name for each in program.inputs],
                    **settings,
                    **sizes,
                )
        except (Exception, Hang) as error:
            raise Refused(str(error)) from error
        finally:
            logging.disable(logging.NOTSET)
        return _read(path, program)

    return made


def from_keras(opset: int | None) -> Any:
    """What ``model.export`` writes, or tf2onnx itself where an operator set is asked for."""

    def made(program: Program) -> Built:
        path, model = folder() / "right.onnx", keras_model(program)
        logging.disable(logging.ERROR)
        try:
            with limited(2 * SLOWEST), quiet():
                if opset is None:
                    model(list(samples(program).values()))
                    model.export(path, format="onnx", verbose=False)
                else:
                    import tf2onnx

                    tf2onnx.convert.from_keras(model, opset=opset, output_path=str(path))
        except (Exception, Hang, SystemExit) as error:
            raise Refused(str(error)) from error
        finally:
            logging.disable(logging.NOTSET)
        return _read(path, program)

    return made


ONNX_RUN = """
def run(model, arrays):
    import onnxruntime

    if not isinstance(model, str):
        return run_live(model, arrays)
    session = onnxruntime.InferenceSession(model)
    return session.run(None, dict(zip([each.name for each in session.get_inputs()], arrays)))

"""

TORCH_SCRIPT = """

def run_live(model, arrays):
    with torch.no_grad():
        outputs = model(*map(torch.from_numpy, arrays))
    return [each.numpy() for each in (outputs if isinstance(outputs, tuple) else (outputs,))]

{run}
given = {{"left_inputs": [(each.shape, str(each.dtype)) for each in feeds]}}
for opset in {opsets}:
    try:
        torch.onnx.export(right, tuple(map(torch.from_numpy, theirs)), "right.onnx", opset_version=opset, {settings})
    except Exception as error:
        print(opset, error)
    else:
        break
right = "right.onnx"
"""

KERAS_SCRIPT = """

def run_live(model, arrays):
    outputs = model(arrays)
    return [np.asarray(each) for each in (outputs if isinstance(outputs, (list, tuple)) else (outputs,))]

{run}
given = {{}}
{export}
right = "right.onnx"
"""


def torch_route(name: str, opsets: tuple[int, ...], share: int, **settings: Any) -> Route:
    """PyTorch against what an exporter writes."""
    text = TORCH_SCRIPT.format(
        run=ONNX_RUN, opsets=opsets, settings=", ".join(f"{key}={value!r}" for key, value in settings.items())
    )
    return Route(
        name,
        FREE if settings.get("dynamo") else TORCH,
        (live("left"), from_torch(opsets, **settings)),
        text,
        6,
        attempts=40,
        share=share,
        trains=False,
        typed=False,
    )


def keras_route(name: str, opset: int | None) -> Route:
    """Keras against what tf2onnx writes."""
    export = 'right(theirs)\nright.export("right.onnx", format="onnx", verbose=False)' if opset is None else (
        f'import tf2onnx\n\ntf2onnx.convert.from_keras(right, opset={opset}, output_path="right.onnx")'
    )  # fmt: skip
    text = KERAS_SCRIPT.format(run=ONNX_RUN, export=export)
    return Route(name, KERAS, (keras_live, from_keras(opset)), text, 6, attempts=40, share=1, trains=False, typed=False)


ROUTES = (
    torch_route("torch-onnx-dynamo", (18, 20, 21), 1, dynamo=True),
    torch_route("torch-onnx-dynamo-plain", (18, 20), 1, dynamo=True, optimize=False),
    torch_route("torch-onnx-script", (17, 18, 17, 13), 2, dynamo=False),
    torch_route("torch-onnx-script-unfolded", (17, 18, 14), 2, dynamo=False, do_constant_folding=False),
    keras_route("keras-onnx-export", None),
    keras_route("keras-onnx-tf2onnx", 17),
)
