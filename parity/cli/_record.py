"""The command that runs a model in its own framework."""

import click

from parity.cli import _options as options
from parity.cli import _outputs as outputs
from parity.cli._arguments import FileName
from parity.cli._run import shaped
from parity.errors import UsageError


@click.command(short_help="Run a model in its own framework, and save what it computes.")
@click.argument("model", type=FileName())
@click.option("--output", "-o", "file", type=FileName(), metavar="FILE.npz", required=True, help="The file to write.")
@click.option(
    "--data",
    type=FileName(),
    metavar="FILE",
    help="Inputs: .npz (by name or in order), .npy (one input), or another recording. Default: random.",
)
@click.option(
    "--like",
    type=FileName(),
    metavar="OTHER",
    help="The model that --data is for: MODEL is given the same inputs, under its own names and in its own layout.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of random inputs.")
@options.inputs
@click.option(
    "--trust",
    is_flag=True,
    help="Run MODEL's own code: pickled modules, TorchScript, SavedModel, Keras layers of one's own. Off unless given.",
)
@click.option("--timeout", type=click.FloatRange(min=0), default=600, show_default=True, help="Time limit in seconds.")
def record(
    model: str,
    file: str,
    data: str | None,
    like: str | None,
    seed: int,
    inputs: tuple[str, ...],
    *,
    trust: bool,
    timeout: float,
) -> None:
    """Run MODEL in its own framework, in a separate process, and save the outputs of the model and of its layers.

    parity compare --data FILE.npz then uses the recording instead of evaluating MODEL, also where its framework is not
    installed.
    """
    from pathlib import Path

    from parity.computing import arrays_of
    from parity.recording import inputs_like, record_file
    from parity.recordings import opened_recording

    if data is not None and inputs:
        raise UsageError("cannot use --inputs", "the data already define the shapes", remedy="leave out one of them")
    outputs.check_output(file, (model, *([data] if data else [])))
    if not file.endswith(".npz"):
        raise UsageError(f"cannot write {file!r}", "recordings are written as .npz")
    if like is not None and data is None:
        raise UsageError("cannot use --like", "there are no inputs that are for another model", remedy="add --data")
    arrays = arrays_of(data) if data is not None else shaped(options.example_inputs(inputs), seed)
    arrays = inputs_like(like, model, arrays) if like is not None else arrays
    record_file(model, Path(file), arrays, seed=seed, trust=trust, timeout=timeout)
    found = opened_recording(file)
    count = f"{len(found.values)} values of its layers" if found.values else "no values of its layers"
    outputs.print_text(f"recorded {model} by {found.producer}: {', '.join(found.outputs)}, and {count}\n")
