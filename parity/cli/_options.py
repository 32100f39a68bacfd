"""Options that several commands have, and what becomes of their values."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from typing import Any

import click

from parity.cli._arguments import (
    LAYER_PAIR,
    OUTPUT,
    OUTPUT_PAIR,
    FileName,
    FormatPath,
    RuleLevel,
    begin,
    items,
    rule_names,
)
from parity.errors import UsageError

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "reports")  # noqa: PTH118, PTH120  pathlib takes longer to load than the rest

REPORTS = sorted(
    name.removesuffix(".py").replace("_", "-")
    for name in os.listdir(FOLDER)  # noqa: PTH208  same
    if name.endswith(".py") and not name.startswith("_")
)
"""The names of the report formats, without loading them."""

PROFILES = click.Choice(["exact", "train", "inference", "interface"])
LEVELS = click.Choice(["error", "warning", "info", "never"])
NARROWEST, WIDEST = 40, 1000
COLOURS = click.Choice(["auto", "always", "never"])


class Listed(click.ParamType):  # type: ignore[type-arg]  # generic in later versions of click only
    """Names with commas between them."""

    name = "rule,..."

    def __init__(self, known: Callable[[], Iterable[str]] = rule_names) -> None:
        """``known`` gives the names that a shell may offer: of rules, unless it says others."""
        self.known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """Give the names as a tuple."""
        return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:  # noqa: ARG002
        """Those that the last name begins."""
        before, comma, last = incomplete.rpartition(",")
        return items(f"{before}{comma}{each}" for each in begin(self.known(), last))


class ReportFormat(click.Choice):  # type: ignore[type-arg]  # generic in later versions of click only
    """The report formats of parity, and those of installed packages, which are looked up only for other names."""

    def __init__(self, what: str = "") -> None:
        """Offer formats.

        Args:
            what: "summary" or "explained" for those only that have a way to say one; "" for a comparison.
        """
        super().__init__(REPORTS)
        self.what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the name."""
        if is_report(value, self.what):
            return value
        return click.Choice(offered(self.what)).convert(value, param, ctx)

    def get_metavar(self, *args: Any, **kwargs: Any) -> str | None:
        """Name those that are offered; only who asks for help waits until all are loaded."""
        return click.Choice(offered(self.what)).get_metavar(*args, **kwargs)

    def shell_complete(self, *args: Any, **kwargs: Any) -> Any:
        """Complete those that are offered."""
        return click.Choice(offered(self.what)).shell_complete(*args, **kwargs)


def offered(what: str = "") -> list[str]:
    """The names of the formats that have a way to say something."""
    if not what:
        return REPORTS
    from parity.reports import renderers

    return sorted(name for name, renderer in renderers().items() if getattr(renderer, what) is not None)


def is_report(name: str, what: str = "") -> bool:
    """Whether there is a report format of that name, which has a way to say something."""
    from parity.reports import named, renderers

    known = name in REPORTS or name in renderers()
    return known and (not what or getattr(named(name), what) is not None)


def form_of(what: str = "") -> Callable[..., Any]:
    """The option that says how to print."""
    kind = ReportFormat(what)
    return click.option("--format", "form", type=kind, default="text", show_default=True, help="Output format.")


def report_of(what: str = "") -> Callable[..., Any]:
    """The option that writes reports to files."""
    return click.option(
        "--report",
        "reports",
        type=FormatPath(partial(offered, what)),
        multiple=True,
        metavar="FORMAT=PATH",
        help="Write a report to a file as well; repeatable.",
    )


form = form_of()
report = report_of()
colour = click.option(
    "--color", "colour", type=COLOURS, default="auto", show_default=True, help="Colour; NO_COLOR switches auto off."
)
width = click.option(
    "--width",
    type=click.IntRange(min=NARROWEST, max=WIDEST),
    help="Columns; default: COLUMNS, or the terminal's; none in a pipe.",
)
full = click.option("--full", is_flag=True, help="Text: list every layer instead of grouping equal findings.")
layers = click.option("--layers", is_flag=True, help="Text: end with the table of both models, layer by layer.")
profile = click.option(
    "--profile",
    type=PROFILES,
    envvar="PARITY_PROFILE",
    help="What the models must agree in; default: train, or inference if a side is an ONNX file.",
)
fail_on = click.option(
    "--fail-on",
    type=LEVELS,
    default="error",
    show_default=True,
    envvar="PARITY_FAIL_ON",
    help="Exit 1 if any finding has at least this severity; undecided findings count as error. never: always 0.",
)
select = click.option(
    "--select",
    type=Listed(),
    multiple=True,
    envvar="PARITY_SELECT",
    help="Check only these rules (undecided findings still count); repeatable.",
)
ignore = click.option(
    "--ignore",
    type=Listed(),
    multiple=True,
    envvar="PARITY_IGNORE",
    help="Ignore these rules (undecided findings still count); repeatable.",
)
severity = click.option(
    "--severity",
    "severities",
    type=RuleLevel(),
    multiple=True,
    metavar="RULE=LEVEL",
    envvar="PARITY_SEVERITY",
    help="Set the severity of a rule's findings: error, warning or info; repeatable.",
)
layer_map = click.option(
    "--map",
    "maps",
    type=LAYER_PAIR,
    multiple=True,
    metavar="LEFT=RIGHT",
    help="Match two layers by hand; or the name of a file of such lines; repeatable.",
)
match_outputs = click.option(
    "--match-outputs",
    type=OUTPUT_PAIR,
    multiple=True,
    metavar="LEFT=RIGHT",
    help="Match two outputs by name, whatever their shapes; repeatable.",
)
only_outputs = click.option(
    "--only-outputs",
    type=OUTPUT,
    multiple=True,
    metavar="NAME",
    help="Compare only this output, named as on either side; repeatable.",
)
inputs = click.option(
    "--inputs",
    multiple=True,
    metavar="[NAME=]SIZES",
    help="Shape of an example input, for a model that needs one: 1,3,224,224 or ids=1,10:int64; repeatable.",
)


packages = click.option(
    "--import",
    "packages",
    multiple=True,
    metavar="PACKAGE",
    help="Load .keras files that have layers of this package, which runs its code; repeatable. Off unless given.",
)


outputs = click.option(
    "--outputs", is_flag=True, help="Evaluate both models on the same inputs and compare their outputs."
)
data = click.option(
    "--data",
    type=FileName(),
    multiple=True,
    metavar="FILE",
    help="Inputs for --outputs: .npz (by name or in order) or .npy (one input); or a recording of a model (parity "
    "record) to use instead of evaluating it; repeatable. Default: random.",
)
output_rtol = click.option(
    "--output-rtol",
    type=click.FloatRange(min=0),
    metavar="NUMBER",
    help="With --outputs: tolerance of an output, relative to its norm; default: 1e-4.",
)
verify = click.option(
    "--verify",
    type=click.Choice(["off", "auto", "full"]),
    help="Evaluate both models before calling them equivalent: never (off), if it takes only seconds (auto), or "
    "always (full).",
)


def computing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of what is computed."""
    for option in (verify, output_rtol, data, outputs):
        command = option(command)
    return command


def computing_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a comparison that these options make; none for what they do not say.

    Raises:
        UsageError: the data are no arrays, or nothing is computed that the tolerance is for.
    """
    if given["output_rtol"] is not None and not (given["outputs"] or given["data"]):
        raise UsageError("cannot use --output-rtol", "outputs are not compared", remedy="add --outputs")
    found: dict[str, Any] = {"outputs": True} if given["outputs"] or given["data"] else {}
    if given["data"]:
        from parity.computing import data_of

        found["data"] = data_of(given["data"])
    if given["output_rtol"] is not None:
        found["output_rtol"] = given["output_rtol"]
    return {**found, "verify": given["verify"]} if given["verify"] is not None else found


def with_packages(model: str, packages: tuple[str, ...]) -> Any:
    """What to read: the path, or the archive together with the packages that may be imported for it."""
    if not packages or not model.endswith(".keras"):
        return model
    from pathlib import Path

    from parity.adapters import is_remote, plain
    from parity.adapters.keras.imported import Imported

    if is_remote(model):
        cause = "with --import a file is loaded, which must be on this machine"
        raise UsageError(f"cannot load {plain(model)!r}", cause, remedy="fetch it, and name the copy")

    if os.getcwd() not in sys.path:  # noqa: PTH109  as above; Python itself looks there, an installed command does not
        sys.path.insert(0, os.getcwd())  # noqa: PTH109  as above
    return Imported(Path(model), packages)


weights = click.option("--weights", is_flag=True, help="Compare the values of all weights.")
rtol = click.option(
    "--rtol",
    type=click.FloatRange(min=0),
    metavar="NUMBER",
    help="With --weights: tolerance of an element, relative to the largest of its weight; default: 1e-5.",
)


no_numbers = click.option(
    "--no-numbers",
    is_flag=True,
    help="Read no weight values, not even the few (64 MiB at most) that decide a question.",
)


def tolerance(given: Mapping[str, Any]) -> float | None:
    """The tolerance for weights; None where these are not compared.

    Raises:
        UsageError: there is a tolerance, and nothing that it is for.
    """
    from parity.transfer import RTOL

    if given["rtol"] is not None and not given["weights"]:
        raise UsageError("cannot use --rtol", "weights are not compared", remedy="add --weights")
    return (RTOL if given["rtol"] is None else given["rtol"]) if given["weights"] else None


def question(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of what is asked of one pair of models, and of what counts."""
    for option in (
        inputs,
        only_outputs,
        match_outputs,
        layer_map,
        severity,
        ignore,
        select,
        fail_on,
        profile,
    ):  # the last one applied is shown first
        command = option(command)
    return command


def question_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a comparison that these options make, but for the profile and the severity that fails.

    Raises:
        UsageError: an option is none that makes sense.
    """
    from parity.policy import Policy

    chosen, ignored, levels = policy_of(given["select"], given["ignore"], given["severities"])
    return {
        "inputs": example_inputs(given["inputs"]),
        "map": layer_pairs(given["maps"]),
        **chosen_outputs(given),
        "policy": Policy(chosen, ignored, levels),
    }


def screen_of(colour: str, width: int | None, *, full: bool = False, layers: bool = False, passed: bool = False) -> Any:
    """Where text goes: what was asked for, or as the terminal is."""
    from parity.reports import Screen, asked

    terminal = sys.stdout is not None and sys.stdout.isatty()
    shows = colour == "always" or (colour == "auto" and terminal and not os.environ.get("NO_COLOR"))
    told = terminal or os.environ.get("COLUMNS", "").isdigit()
    columns = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST) if told else None
    return Screen(width or columns, shows, full, layers, passed, *asked())


def policy_of(select: Iterable[Iterable[str]], ignore: Iterable[Iterable[str]], severities: Iterable[str]) -> Any:
    """What the options make of the rules: select, ignore and severities, each empty where nothing is said of it.

    Raises:
        UsageError: there is no such rule or severity.
    """
    from parity.policy import known
    from parity.policy import severities as by_rule

    pairs = [(rule.strip(), level.strip()) for each in severities for rule, _, level in [each.partition("=")]]
    return (
        known(chain.from_iterable(select), "--select"),
        known(chain.from_iterable(ignore), "--ignore"),
        by_rule(pairs, "--severity"),
    )


def chosen_outputs(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a comparison that say which outputs it is about.

    Raises:
        UsageError: something is no pair of outputs.
    """
    matched: dict[str, str] = {}
    for each in given["match_outputs"]:
        left, sign, right = (part.strip() for part in each.partition("="))
        if not (left and sign and right):
            raise UsageError(f"cannot match the outputs {each!r}", "it is not a pair", remedy="write LEFT=RIGHT")
        if matched.setdefault(left, right) != right:
            found = f"{matched[left]} and {right}"
            raise UsageError(f"cannot match the output {left!r}", "it is matched with two others", found=found)
    return {"match_outputs": matched, "only_outputs": tuple(given["only_outputs"])}


def layer_pairs(given: tuple[str, ...]) -> dict[str, str]:
    """Layers that are paired by hand.

    Raises:
        UsageError: something is no pair, and no file of pairs.
    """
    if not given:
        return {}
    from parity.config import read_layer_pairs

    return read_layer_pairs(given)


def example_inputs(given: Iterable[str]) -> dict[str, Any] | list[Any] | None:
    """The inputs by name, or by position where none has a name.

    Raises:
        UsageError: something is no shape, or only some have a name.
    """
    named: dict[str, Any] = {}
    listed: list[Any] = []
    for each in given:
        name, sign, rest = each.rpartition("=")
        sizes, _, dtype = rest.partition(":")
        try:
            shape = tuple(int(size) for size in sizes.split(",") if size.strip())
        except ValueError as error:
            remedy = "write 1,3,224,224 or ids=1,10:int64"
            raise UsageError(f"cannot use the input {each!r}", "it is not a shape", remedy=remedy) from error
        value = (shape, dtype) if dtype else shape
        if sign:
            named[name] = value
        else:
            listed.append(value)
    if named and listed:
        raise UsageError("cannot use the inputs", "only some have a name", remedy="name all of them or none")
    return named or listed or None
