"""The gate, and the command that writes its configuration."""

import sys
from typing import Any

import click

from parity._printable import printable
from parity.cli import _options as options
from parity.cli import _outputs as outputs
from parity.cli._arguments import FileName, PairName
from parity.cli._progress import Progress, shown
from parity.errors import UsageError
from parity.jobs import BACKENDS

SHOWN = ("full", "layers", "passed")
"""What of a report is shown, by the options that say so."""


@click.command(short_help="Compare the pairs of parity.toml, or two models, as a gate.")
@click.argument("models", type=FileName(), nargs=-1, metavar="[LEFT RIGHT | MODEL --against WHAT]")
@click.option(
    "--config",
    "file",
    type=FileName(),
    metavar="FILE",
    envvar="PARITY_CONFIG",
    help="The configuration; default: the nearest one.",
)
@click.option("--pair", "names", type=PairName(), multiple=True, metavar="NAME", help="Only this pair; repeatable.")
@click.option(
    "--against",
    type=FileName(),
    metavar="SNAPSHOT|git:REV",
    help="What MODEL must match; with git:REV, MODEL or the left side of each pair at that revision.",
)
@click.option(
    "--baseline",
    type=FileName(),
    metavar="FILE",
    help="Accept the findings that this file lists; new ones fail, and those that are gone are reported.",
)
@click.option("--write-baseline", is_flag=True, help="Write the current findings to the baseline, and pass.")
@options.profile
@click.option(
    "--fail-on",
    type=options.LEVELS,
    envvar="PARITY_FAIL_ON",
    help="Exit 1 if any finding has at least this severity; undecided findings count as error. Default: error.",
)
@options.select
@options.ignore
@options.severity
@options.weights
@options.rtol
@options.no_numbers
@options.computing
@options.layer_map
@options.match_outputs
@options.only_outputs
@options.inputs
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    envvar="PARITY_JOBS",
    help="Pairs to compare in parallel; default: 1, with --backend as many as that has workers.",
)
@click.option(
    "--backend",
    type=click.Choice(BACKENDS),
    envvar="PARITY_BACKEND",
    help="Where pairs are compared: processes (loky), threads, a cluster; default: processes, for several jobs.",
)
@options.form
@options.colour
@options.width
@options.report
@options.full
@options.layers
@click.option("--verbose", "-v", "passed", is_flag=True, help="Text: also print the reports of pairs that passed.")
@click.option(
    "--statistics", "counted", is_flag=True, help="Print the number of findings per rule instead of a report."
)
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
@click.option("--show-settings", is_flag=True, help="Print what would be checked, and check nothing.")
def check(models: tuple[str, ...], *, names: tuple[str, ...], quiet: bool, show_settings: bool, **given: Any) -> None:
    """Compare the pairs of parity.toml, or two models: a gate that passes only if all of them do.

    A model is a path, or an address: hf://ORG/REPOSITORY, s3://BUCKET/KEY, https://HOST/FILE.

    Settings: options before PARITY_* variables before the file. A model that cannot be read, a question that cannot be
    decided, and nothing to compare never pass.

    Exit codes: 0 passed, 1 findings at or above --fail-on, 2 the job could not be done.
    """
    from parity.cli._against import as_it_was
    from parity.reports import State, file_screen, named, statistics

    settings = _settings(models, names, given)
    if given["counted"] and given["form"] != "text":
        raise UsageError("cannot use --statistics", f"it prints text, and --format is {given['form']}")
    read = [path for pair in settings.pairs for path in (pair.left, pair.right)]
    inputs = (*read, *filter(None, (settings.file, settings.baseline)), *given["maps"])
    files = outputs.written_reports(given["reports"], inputs)
    if given["write_baseline"]:
        if not settings.baseline:
            remedy = "name it with --baseline FILE, or baseline in parity.toml"
            raise UsageError("cannot write the baseline", "it has no file", remedy=remedy)
        outputs.check_output(settings.baseline, filter(None, (*read, settings.file)))
    if show_settings:
        from parity.config import show

        outputs.print_text(show(settings))
        return
    with as_it_was(settings, given["against"]) as chosen, shown(quiet=quiet) as line:
        run = _run(chosen, None if quiet else _Told(line), anew=given["write_baseline"])
    for name, path in files:
        outputs.write(path, named(name).run(run, file_screen()))
    if given["write_baseline"]:
        _write_baseline(settings, run)
        return
    screen = options.screen_of(given["colour"], given["width"], **{each: given[each] for each in SHOWN})
    outputs.print_text(statistics(run) if given["counted"] else named(given["form"]).run(run, screen))
    sys.exit({State.PASSED: 0, State.FAILED: 1, State.BROKEN: 2}[run.state])


def _run(settings: Any, progress: Any, *, anew: bool) -> Any:
    """The run of the gate; without its baseline where that is to be written anew."""
    from contextlib import redirect_stdout
    from dataclasses import replace

    from parity.gate import run_gate

    with redirect_stdout(sys.stderr):  # where the report goes nothing else is written, whatever a cluster has to say
        return run_gate(replace(settings, baseline="") if anew else settings, progress=progress)


def _write_baseline(settings: Any, run: Any) -> None:
    from parity.gate import baseline_of

    text, number = baseline_of(settings, run)
    outputs.write(settings.baseline, text)
    counts = (number, "finding"), (len(run.outcomes), "pair")
    said = (f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counts)
    outputs.print_text(f"wrote {printable(settings.baseline)}: {' in '.join(said)}\n")


class _Told:
    """Each outcome as it comes, in a line on standard error."""

    def __init__(self, line: Progress) -> None:
        self.line = line

    def __call__(self, outcome: Any, number: int, total: int) -> None:
        name = outcome.name or f"{outcome.left} ~ {outcome.right}"
        self.line.say(f"parity: [{number}/{total}] {printable(name)}: {outcome.state.value}")


def _settings(models: tuple[str, ...], names: tuple[str, ...], given: dict[str, Any]) -> Any:
    """What is to be checked: the file's settings with the options over them."""
    from dataclasses import replace
    from pathlib import Path

    from parity.cli._against import by_hand, of_revision
    from parity.config import Settings, find, load

    path = Path(given["file"]) if given["file"] else find(Path.cwd())
    settings = load(path) if path is not None else Settings()
    if models:
        settings = replace(settings, pairs=(by_hand(models, given["against"]),), partial=True)
    elif given["against"] and not of_revision(given["against"]):
        raise UsageError("nothing to check", "--against needs a model", remedy="parity check MODEL --against SNAPSHOT")
    elif path is None:
        remedy = "parity init LEFT RIGHT writes one, and parity check LEFT RIGHT needs none"
        raise UsageError("nothing to check", "no parity.toml here or above", remedy=remedy)
    if names:
        settings = replace(settings, pairs=_named(settings.pairs, names), partial=True)
    return _over(_of_one_pair(settings, given), given)


def _of_one_pair(settings: Any, given: dict[str, Any]) -> Any:
    """The options that are about two models over the file."""
    from dataclasses import replace

    from parity.config import read_layer_pairs

    inputs, maps = options.example_inputs(given["inputs"]), read_layer_pairs(given["maps"])
    chosen = options.chosen_outputs(given)
    told = {
        "--inputs": inputs is not None,
        "--map": maps,
        **{f"--{name.replace('_', '-')}": chosen[name] for name in chosen},
    }
    used = [name for name, value in told.items() if value]
    if not used:
        return settings
    if len(settings.pairs) != 1:
        raise UsageError(f"cannot use {used[0]}", "there are several pairs", remedy="name one with --pair")
    only = settings.pairs[0]
    pair = replace(
        only,
        inputs=only.inputs if inputs is None else inputs,
        map={**only.map, **maps},
        match_outputs={**only.match_outputs, **chosen["match_outputs"]},
        only_outputs=chosen["only_outputs"] or only.only_outputs,
    )
    return replace(settings, pairs=(pair,))


def _over(settings: Any, given: dict[str, Any]) -> Any:
    """The options over the file, for each pair as well."""
    from dataclasses import replace

    chosen, ignored, levels = options.policy_of(given["select"], given["ignore"], given["severities"])
    policy = settings.policy
    policy = replace(
        policy,
        select=chosen or policy.select,
        ignore=ignored or policy.ignore,
        severities={**policy.severities, **levels},
    )
    baseline = given["baseline"] or settings.baseline
    jobs, backend = given["jobs"] or settings.jobs, given["backend"] or settings.backend
    settings = replace(settings, policy=policy, jobs=jobs, backend=backend, baseline=baseline)
    rtol = options.tolerance(given)
    if rtol is not None:
        settings = replace(settings, rtol=rtol, pairs=tuple(replace(pair, weights=None) for pair in settings.pairs))
    settings = replace(settings, numbers=settings.numbers and not given["no_numbers"])
    settings = _computing(settings, given)
    if given["profile"]:
        pairs = tuple(replace(pair, profile=None) for pair in settings.pairs)
        settings = replace(settings, profile=given["profile"], pairs=pairs)
    if given["fail_on"]:
        pairs = tuple(replace(pair, fail_on=None) for pair in settings.pairs)
        settings = replace(settings, fail_on=given["fail_on"], pairs=pairs)
    return settings


def _computing(settings: Any, given: dict[str, Any]) -> Any:
    """The options of what is computed over the file, for each pair as well."""
    from dataclasses import replace

    options.computing_of({**given, "data": ()})
    if given["output_rtol"] is not None:
        settings = replace(settings, output_rtol=given["output_rtol"])
    if given["verify"] is not None:
        settings = replace(settings, verify=given["verify"])
    if given["data"]:
        if len(settings.pairs) != 1:
            raise UsageError("cannot use --data", "there are several pairs", remedy="name one with --pair")
        settings = replace(settings, pairs=(replace(settings.pairs[0], data=given["data"], outputs=True),))
    if given["outputs"]:
        pairs = tuple(replace(pair, outputs=True) for pair in settings.pairs)
        settings = replace(settings, outputs=True, pairs=pairs)
    return settings


def _named(pairs: Any, names: tuple[str, ...]) -> Any:
    from parity.policy import nearest

    known = [pair.name for pair in pairs]
    for name in names:
        if name not in known:
            remedy = nearest(name, known, f"the pairs are {', '.join(known) or 'none'}")
            raise UsageError(f"no pair {name!r}", "the configuration has none with that name", remedy=remedy)
    return tuple(pair for pair in pairs if pair.name in names)


@click.command(short_help="Write a commented parity.toml for two models.")
@click.argument("left", type=FileName())
@click.argument("right", type=FileName())
@click.option("--name", help="Name of the pair; default: the name of the left file.")
@click.option(
    "--config",
    "file",
    type=FileName(),
    metavar="FILE",
    default="parity.toml",
    show_default=True,
    help="The file to write.",
)
def init(left: str, right: str, name: str | None, file: str) -> None:
    """Write a commented parity.toml that checks LEFT and RIGHT; nothing that is there is overwritten."""
    import os
    from pathlib import Path

    from parity.adapters import is_remote
    from parity.config import template

    path = Path(file)
    if path.exists():
        raise UsageError(f"cannot write {file!r}", "it is there already", remedy="add a [[pair]] to it")
    for each in (left, right):
        if not is_remote(each) and not Path(each).exists():
            raise UsageError(f"cannot write {file!r}", f"there is no {each!r}", remedy="name two models that exist")
    placed = [
        each if is_remote(each) else Path(os.path.relpath(each, path.parent)).as_posix() for each in (left, right)
    ]
    outputs.write(file, template(placed[0], placed[1], name or Path(left).stem))
    outputs.print_text(f"wrote {printable(file)}; now run: parity check\n")
