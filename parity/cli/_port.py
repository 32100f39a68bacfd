"""The command that carries weights over."""

import sys
from collections import Counter

import click

from parity._printable import printable
from parity.cli import _options as options
from parity.cli import _outputs as outputs
from parity.cli._arguments import FileName
from parity.cli._progress import shown
from parity.errors import UsageError


@click.command(short_help="Convert the weights of one model to the architecture of another.")
@click.argument("source", type=FileName())
@click.argument("target", type=FileName())
@click.option(
    "--output",
    "-o",
    "out",
    type=FileName(),
    metavar="OUT",
    help="The file to write; no input is changed.",
)
@click.option(
    "--script", "as_script", is_flag=True, help="Write a Python script that converts them, instead of weights."
)
@click.option("--partial", is_flag=True, help="Keep tensors of TARGET that have no source, instead of failing.")
@options.layer_map
@click.option(
    "--check-map",
    "checked",
    type=FileName(),
    metavar="FILE",
    help="Write nothing; check FILE, a TOML or JSON table of names in SOURCE and TARGET, against the matching.",
)
def port(
    source: str,
    target: str,
    *,
    out: str | None,
    as_script: bool,
    partial: bool,
    maps: tuple[str, ...],
    checked: str | None,
) -> None:
    """Convert the weights of SOURCE to the architecture and format of TARGET.

    OUT has the format of TARGET, or holds tensors by name: .npz, .safetensors, and .pt for PyTorch. With --script it is
    a script for models of Keras and PyTorch. What was written is read back and compared.

    With --check-map nothing is written: FILE maps names of layers or tensors in SOURCE to names in TARGET, and every
    line that contradicts the matching that parity found, or that is missing, is listed.

    Exit codes: 0 done, 1 with --check-map a line is not confirmed or missing, 2 the job could not be done.
    """
    if checked is not None:
        if out is not None or as_script or partial or maps:
            cause = "nothing is written with it"
            raise UsageError("cannot use --check-map with other options", cause, remedy="leave them out")
        sys.exit(_checked(source, target, checked))
    if out is None:
        raise UsageError("cannot port", "there is no file to write", remedy="name one with -o")
    from parity.porting import port as carry_over
    from parity.porting import port_script

    outputs.check_output(out, (source, target, *maps))
    pairs = options.layer_pairs(maps)
    if as_script:
        if not out.endswith(".py"):
            raise UsageError(f"cannot write {out!r}", "a script is a file that ends in .py")
        outputs.write(out, port_script(source, target, map=pairs, partial=partial))
        outputs.print_text(f"wrote {printable(out)}\n")
        return
    with shown():
        found = carry_over(source, target, out, map=pairs, partial=partial)
    lines = [f"wrote {out}: {found.carried:,} tensors carried over, read back and compared"]
    lines += [f"  stays as it is  {entry.name}: {entry.reason}" for entry in found.plan.missing]
    lines += [f"  not known       {entry.name}: {entry.guess}" for entry in found.plan.entries if entry.guess]
    lines += [f"  rounded to its type  {name}" for name in found.rounded]
    if found.differs:
        lines.append(
            f"  the designs differ, or may differ, so outputs may: {', '.join(found.differs)}; see parity compare"
        )
    outputs.print_text("".join(f"{printable(line)}\n" for line in lines))


def _checked(source: str, target: str, path: str) -> int:
    """Print what is found of the lines of a mapping; the exit code."""
    from parity.mapping import Agreement, check_map, read_map

    with shown():
        found = check_map(source, target, read_map(path))
    tally = Counter(line.agreement for line in found)
    told = ", ".join(f"{each.value} {tally[each]:,}" for each in Agreement if tally[each])
    wide = max(len(each) for each in Agreement)
    doubtful = [line for line in found if line.agreement is not Agreement.AGREES]
    lines = [f"{path}: {told or 'no lines'}"]
    lines += [f"  {line.agreement:<{wide}}  {line.source} = {line.target}: {line.told}" for line in doubtful]
    outputs.print_text("".join(f"{printable(line)}\n" for line in lines))
    return 0 if found and not doubtful else 1
