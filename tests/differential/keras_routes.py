"""Keras against Keras: live models, and both formats of files."""

from typing import Any

from differential.keras_family import KERAS
from differential.keras_source import build, run
from differential.programs import Program, Refused
from differential.routes import Built, Route
from differential.torch_routes import folder


def live(program: Program) -> Built:
    """A model in memory."""
    model = build(program)
    return Built(model, lambda feeds: run(model, feeds), framework_count=lambda: counted(model))


def counted(model: Any) -> tuple[int, int]:
    """Keras's own numbers: all elements, and those that are trained."""
    import keras

    return model.count_params(), sum(int(keras.ops.size(each)) for each in model.trainable_weights)


def saved(side: str, ending: str) -> Any:
    """A file, on a side."""

    def made(program: Program) -> Built:
        model, path = build(program), folder() / f"{side}.{ending}"
        try:
            model.save(path)
        except Exception as error:
            raise Refused(str(error)) from error
        return Built(str(path), lambda feeds: run(model, feeds), framework_count=lambda: counted(model))

    return made


RUN = """
def run(model, arrays):
    outputs = model(arrays)
    return [np.asarray(each) for each in (outputs if isinstance(outputs, (list, tuple)) else (outputs,))]


given = {}
"""


def files(ending: str) -> str:
    """The text that saves both sides."""
    return f"""{RUN}
models, run_model = (left, right), run
left.save("left.{ending}")
right.save("right.{ending}")
left, right = "left.{ending}", "right.{ending}"


def run(path, arrays):
    return run_model(models[path != left], arrays)

"""


ROUTES = (
    Route("keras-keras-live", KERAS, (live, live), RUN, 7, attempts=80, share=3),
    Route(
        "keras-keras-keras",
        KERAS,
        (saved("left", "keras"), saved("right", "keras")),
        files("keras"),
        7,
        attempts=50,
        share=2,
    ),
    Route("keras-keras-h5", KERAS, (saved("left", "h5"), saved("right", "h5")), files("h5"), 7, attempts=50),
)
