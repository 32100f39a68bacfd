"""The command that computes what a model computes."""

from typing import Any

import click

from parity.cli import _options as options
from parity.cli import _outputs as outputs
from parity.cli._arguments import FileName
from parity.errors import UsageError


@click.command(short_help="Evaluate a model without its framework.")
@click.argument("model", type=FileName())
@click.option(
    "--data",
    type=FileName(),
    metavar="FILE",
    help="Inputs: .npz (by name or in order) or .npy (one input). Default: random.",
)
@click.option(
    "--output", "-o", "file", type=FileName(), metavar="FILE.npz", help="Write the outputs to a file as well."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of random inputs.")
@options.inputs
def run(model: str, data: str | None, file: str | None, seed: int, inputs: tuple[str, ...]) -> None:
    """Evaluate MODEL without its framework: its layers in numpy, in double precision.

    If layers cannot be computed, they and the outputs that depend on them are named, and the exit code is 2.
    """
    from parity.computing import arrays_of, evaluate

    if data is not None and inputs:
        raise UsageError("cannot use --inputs", "the data already define the shapes", remedy="leave out one of them")
    if file is not None:
        outputs.check_output(file, (model, *([data] if data else [])))
        if not file.endswith(".npz"):
            raise UsageError(f"cannot write {file!r}", "outputs are written as .npz")
    arrays = arrays_of(data) if data is not None else shaped(options.example_inputs(inputs), seed)
    found = evaluate(model, arrays, seed=seed)
    if file is not None:
        outputs.write(file, _archive(found.outputs))
    outputs.print_text("\n".join(_lines(found)) + "\n")
    if found.gaps:
        click.get_current_context().exit(2)


def shaped(given: Any, seed: int) -> Any:
    """Arrays of the sizes that are asked for."""
    if given is None:
        return None
    import numpy as np

    generator = np.random.default_rng(seed)

    def drawn(each: Any) -> Any:
        shape, dtype = each if each and isinstance(each[0], tuple) else (each, "float32")
        whole = dtype.startswith(("int", "uint", "bool"))
        return (generator.integers(0, 2, shape) if whole else generator.standard_normal(shape)).astype(dtype)

    if isinstance(given, dict):
        return {name: drawn(each) for name, each in given.items()}
    return [drawn(each) for each in given]


def _archive(values: Any) -> bytes:
    import io

    import numpy as np

    buffer = io.BytesIO()
    np.savez(buffer, **values)
    return buffer.getvalue()


def _lines(found: Any) -> Any:
    what = "drawn" if found.drawn else "given"
    for title, arrays in ((f"input, {what}", found.inputs), ("output", found)):
        for name, array in arrays.items():
            yield f"  {title}  {name}  {array.dtype}[{', '.join(map(str, array.shape))}]  {_moments(array)}"
    for gap in found.gaps:
        yield f"  not computed  {', '.join(gap.outputs)}: {gap.source}: {gap.reason}"


def _moments(array: Any) -> str:
    if not array.size:
        return "empty"
    numbers = array.astype("float64")
    return f"from {numbers.min():.6g} to {numbers.max():.6g}, mean {numbers.mean():.6g}"
