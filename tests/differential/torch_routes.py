"""PyTorch against PyTorch: live modules, and the files of torch.export."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from differential.judging import SLOWEST, Hang, limited
from differential.programs import Program, Refused
from differential.routes import Built, Route
from differential.torch_family import FREE, TORCH
from differential.torch_source import build, run

RUN = """

def run(model, arrays):
    with torch.no_grad():
        outputs = model(*map(torch.from_numpy, arrays))
    return [each.numpy() for each in (outputs if isinstance(outputs, tuple) else (outputs,))]

"""

LIVE = (
    RUN
    + """
given = {
    "left_inputs": [(each.shape, str(each.dtype)) for each in feeds],
    "right_inputs": [(each.shape, str(each.dtype)) for each in theirs],
}
"""
)


@cache
def folder() -> Path:
    """Where files of models are written; it goes with the process."""
    found = Path(tempfile.mkdtemp(prefix="differential-"))
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return found


def shapes(program: Program) -> list[Any]:
    """Example inputs for parity."""
    return [(each.shape, each.dtype) for each in program.inputs]


def examples(program: Program) -> tuple[Any, ...]:
    """Tensors to call a module with."""
    import torch
    from differential.generating import samples

    return tuple(torch.from_numpy(each) for each in samples(program).values())


def counted(module: Any) -> tuple[int, int]:
    """PyTorch's own numbers: elements of parameters, and of those that are trained."""
    given = list(module.parameters())
    return sum(each.numel() for each in given), sum(each.numel() for each in given if each.requires_grad)


def dynamic(program: Program) -> Any:
    """What torch.export is told of a free batch."""
    import torch

    if not any(each.free for each in program.inputs):
        return None
    batch = torch.export.Dim("batch")
    return tuple({0: batch} if each.free else None for each in program.inputs)


def live(side: str) -> Any:
    """A module in memory, on a side."""

    def made(program: Program) -> Built:
        model = build(program)
        return Built(
            model, lambda feeds: run(model, feeds), {f"{side}_inputs": shapes(program)}, lambda: counted(model)
        )

    return made


def archive(side: str) -> Any:
    """A file of torch.export, on a side."""

    def made(program: Program) -> Built:
        import torch

        model, path = build(program), folder() / f"{side}.pt2"
        try:
            with limited(SLOWEST):
                torch.export.save(torch.export.export(model, examples(program), dynamic_shapes=dynamic(program)), path)
        except (Exception, Hang) as error:
            raise Refused(str(error)) from error
        return Built(str(path), lambda feeds: run(model, feeds), framework_count=lambda: counted(model))

    return made


PT2 = (
    RUN
    + """
given, run_module, modules = {}, run, (left, right)
for name, module, arrays in (("left.pt2", left, feeds), ("right.pt2", right, theirs)):
    dims = tuple({0: torch.export.Dim("batch")} if free else None for _ in arrays)
    torch.export.save(torch.export.export(module, tuple(map(torch.from_numpy, arrays)), dynamic_shapes=dims if free else None), name)
left, right = "left.pt2", "right.pt2"


def run(path, arrays):
    return run_module(modules[path != "left.pt2"], arrays)

"""
)

ROUTES = (
    Route("torch-torch-live", TORCH, (live("left"), live("right")), LIVE, 8, attempts=120, share=4, typed=False),
    Route("torch-torch-pt2", FREE, (archive("left"), archive("right")), PT2, 8, attempts=80, share=2),
)
