"""Keras against its port to PyTorch, live and as files."""

from dataclasses import replace
from typing import Any

import numpy as np
from differential.generating import evaluated, samples
from differential.judging import SLOWEST, Hang, limited
from differential.keras_family import GROUPS, KERAS, LAYOUT
from differential.keras_routes import live, saved
from differential.keras_source import HEADER as KERAS_HEADER
from differential.onnx_source import DRAWN
from differential.ported_layers import HEADER, PORTED
from differential.porting import CHANNELS_FIRST, Port, first_order, last_order
from differential.programs import Program, Refused
from differential.routes import Built, Route
from differential.torch_routes import folder
from differential.torch_source import run

FAMILY = replace(
    KERAS, table=PORTED, header=KERAS_HEADER + "\n\n" + HEADER, layout=[key for key in LAYOUT if key in PORTED], types=("float32", "int64"),
    groups={name: " ".join(key for key in keys.split() if key in PORTED) for name, keys in GROUPS.items()},
)  # fmt: skip


MATRIX = 2


def module(program: Program) -> tuple[Any, Port, str]:
    """The port of a program, how its values lie, and its text."""
    port = Port(program, evaluated(FAMILY, program)[1])
    try:
        text = port.written("Right")
    except KeyError as error:
        raise Refused(f"a layer without {error}") from error
    names: dict[str, Any] = {"np": np}
    exec(f"import numpy as np\n{DRAWN}\n{HEADER}\n{text}\nmade = Right().eval()", names)  # noqa: S102  the text that a finding prints is the one that is run
    return names["made"], port, text


def given(port: Port, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A feed of Keras as the port takes it."""
    return {
        name: np.ascontiguousarray(array.transpose(first_order(array.ndim)))
        if port.layouts[name] == CHANNELS_FIRST
        else array
        for name, array in feed.items()
    }


def _channels_first(feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A feed with the channels of all inputs first, whether or not the port has them there."""
    return {
        name: np.ascontiguousarray(array.transpose(first_order(array.ndim))) if array.ndim > MATRIX else array
        for name, array in feed.items()
    }


def back(port: Port, outputs: Any) -> Any:
    """What the port gives, as Keras gives it: axes and number types of its own.

    Rows that are flattened in another order stay so: no weights make up for it any more.
    """
    if not isinstance(outputs, list):
        return outputs
    found = []
    for name, array in zip(port.program.outputs, outputs, strict=True):
        layout, wanted = port.layouts[name], port.values[name]
        moved = array.transpose(last_order(array.ndim)) if layout == CHANNELS_FIRST else array
        found.append(moved.astype(wanted.dtype) if wanted.dtype.kind in "iu" else moved)
    return found


def _turned_back(outputs: Any) -> Any:
    """All outputs with their channels last."""
    if not isinstance(outputs, list):
        return outputs
    return [each.transpose(last_order(each.ndim)) if each.ndim > MATRIX else each for each in outputs]


def ported(program: Program) -> Built:
    """The port in memory."""
    made, port, _ = module(program)
    inputs = [(each.shape, str(each.dtype)) for each in given(port, samples(program)).values()]

    def unmoved(feeds: Any) -> list[Any]:
        return run(made, [given(port, feed) for feed in feeds])

    def moved(feeds: Any) -> list[Any]:
        return [back(port, each) for each in unmoved(feeds)]

    def turned(feeds: Any) -> list[Any]:
        return [_turned_back(each) for each in unmoved(feeds)]

    def as_it_is(feeds: Any) -> list[Any]:
        return run(made, feeds)

    def first(feeds: Any) -> list[Any]:
        return run(made, [_channels_first(feed) for feed in feeds])

    def first_moved(feeds: Any) -> list[Any]:
        return [back(port, each) for each in first(feeds)]

    def first_turned(feeds: Any) -> list[Any]:
        return [_turned_back(each) for each in first(feeds)]

    turns = (first, first_moved, first_turned)
    return Built(made, moved, {"right_inputs": inputs}, readings=(unmoved, turned, as_it_is), input_readings=turns)


def archived(program: Program) -> Built:
    """The port as a file of torch.export."""
    import torch

    built, path = ported(program), folder() / "right.pt2"
    shapes = [(torch.zeros(shape, dtype=getattr(torch, dtype))) for shape, dtype in built.given["right_inputs"]]
    try:
        with limited(SLOWEST):
            torch.export.save(torch.export.export(built.model, tuple(shapes)), path)
    except (Exception, Hang) as error:
        raise Refused(str(error)) from error
    return Built(str(path), built.run, readings=built.readings, input_readings=built.input_readings)


SCRIPT = """

def run(model, arrays):
    if isinstance(model, keras.Model):
        outputs = model(arrays)
        return [np.asarray(each) for each in (outputs if isinstance(outputs, (list, tuple)) else (outputs,))]
    with torch.no_grad():
        outputs = model(*(torch.from_numpy(np.ascontiguousarray(each.transpose(order))) for each, order in zip(arrays, orders)))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return [each.numpy().transpose(order) for each, order in zip(outputs, back)]


given = {"right_inputs": [(tuple(each.shape[axis] for axis in order), str(each.dtype)) for each, order in zip(feeds, orders)]}
"""


def text_of(program: Program, name: str) -> str:
    """Keras's text on the left, that of the port on the right."""
    if name == "left":
        return KERAS.source(program, name)
    try:
        _, port, text = module(program)
    except Refused:
        return f"# {name} has no port\n"
    orders = [
        first_order(len(each.shape)) if port.layouts[each.name] == CHANNELS_FIRST else tuple(range(len(each.shape)))
        for each in program.inputs
    ]
    outs = [
        last_order(port.values[name].ndim)
        if port.layouts[name] == CHANNELS_FIRST
        else tuple(range(port.values[name].ndim))
        for name in program.outputs
    ]
    return f"{text}\nright, orders, back = Right().eval(), {orders}, {outs}\n"


WRITTEN = replace(FAMILY, source=text_of)

ROUTES = (
    Route("keras-torch-live", WRITTEN, (live, ported), SCRIPT, 7, attempts=50, share=3, typed=False),
    Route(
        "keras-torch-files", WRITTEN, (saved("left", "keras"), archived), SCRIPT, 7, attempts=30, share=1, typed=False
    ),
)
