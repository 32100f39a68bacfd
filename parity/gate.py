"""The gate: every pair of a configuration -> a run that passes only if all of them do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from parity._stages import about
from parity.adapters import is_remote, plain
from parity.baseline import Baseline, entries
from parity.baseline import load as load_baseline
from parity.baseline import text as baseline_text
from parity.check import check
from parity.computing import data_of
from parity.config import Pair, Settings
from parity.errors import ParityError, UsageError
from parity.jobs import in_this_process, reason, run_all
from parity.policy import EXPIRED, STALE, UNUSED
from parity.reports import Outcome, Report, Run
from parity.rules import Severity
from parity.suppression import Book
from parity.transfer import RTOL

Progress = Callable[[Outcome, int, int], None]


def run_gate(settings: Settings, *, today: date | None = None, progress: Progress | None = None) -> Run:
    """Compare all pairs, in separate processes if there are several jobs.

    With neither jobs nor a backend in the settings the work goes where joblib's ``parallel_config`` sends it, such as
    to a Dask or Ray cluster that sees the same files; without one it is done here. A pair whose worker dies is a pair
    that could not be compared, and no other one is lost.

    Args:
        settings: what to compare.
        today: the date for suppressions that expire.
        progress: called with each outcome as it comes, its number and the number of all.

    Raises:
        UsageError: there is nothing to compare.
        MissingFramework: the backend's package is not installed.
    """
    if not settings.pairs:
        where = settings.file or "the command line"
        raise UsageError("nothing to check", f"{where} names no pair", remedy="add a [[pair]], or name two models")
    baseline = load_baseline(settings.baseline) if settings.baseline else None
    book = Book(settings.suppressions, today or datetime.now(UTC).date())
    outcomes: dict[int, Outcome] = {}
    for at, found in _compared(settings):
        outcomes[at] = _outcome(settings, at, found, book, baseline)
        if progress is not None:
            progress(outcomes[at], len(outcomes), len(settings.pairs))
    levels = settings.policy.severities
    ignored = settings.policy.ignore
    pairs = [pair.name for pair in settings.pairs]
    unused, expired = levels.get(UNUSED, Severity.WARNING), levels.get(EXPIRED, Severity.WARNING)
    notes = book.notes(unused, expired, pairs=pairs, partial=settings.partial)
    if baseline is not None:
        notes += baseline.notes(levels.get(STALE, Severity.WARNING), pairs=pairs, partial=settings.partial)
    kept = tuple(note for note in notes if note.rule not in ignored)
    return Run(tuple(outcomes[at] for at in sorted(outcomes)), kept, settings.fail_on)


def _outcome(settings: Settings, at: int, found: Report | str, book: Book, baseline: Baseline | None) -> Outcome:
    pair = settings.pairs[at]
    fail_on, left, right = pair.fail_on or settings.fail_on, pair.left_name or plain(pair.left), plain(pair.right)
    if isinstance(found, str):
        for path, name in ((pair.left, left), (pair.right, right)):
            found = found.replace(str(Path(path).absolute()), name).replace(path, name)
        return Outcome(pair.name, left, right, None, found, fail_on, pair.place)
    named = replace(found, left=replace(found.left, source=left), right=replace(found.right, source=right))
    report = book.accept(pair.name, named)
    if baseline is not None:
        report = baseline.accept(pair.name, report)
    return Outcome(pair.name, left, right, report, "", fail_on, pair.place)


def baseline_of(settings: Settings, run: Run) -> tuple[str, int]:
    """The baseline that lets a run pass, as a file's text, and how many findings it has.

    Of pairs that did not run, what the present file has is kept.

    Raises:
        UsageError: a pair could not be compared, so that nobody knows what it differs in.
    """
    for outcome in run.outcomes:
        if outcome.report is None:
            raise UsageError(
                "cannot write the baseline", f"{outcome.name} could not be compared", found=outcome.failure
            )
    kept = load_baseline(settings.baseline).pairs if settings.partial and Path(settings.baseline).exists() else {}
    found = {each.name: entries(each.report, each.fail_on) for each in run.outcomes if each.report is not None}
    return baseline_text({**kept, **found}), sum(map(len, found.values()))


def _compared(settings: Settings) -> Iterator[tuple[int, Report | str]]:
    """Each pair's number with its report, or with why there is none, as they come."""
    shared = replace(settings, pairs=(), suppressions=())
    tasks = [(at, _with_defaults(pair, settings), shared) for at, pair in enumerate(settings.pairs)]
    if in_this_process(len(tasks), settings.jobs, settings.backend):
        for at, pair, each in tasks:
            about(pair.name)
            yield at, _compare((pair, each))
        return
    work = [(_placed(pair), each) for _, pair, each in tasks]
    for at, found in run_all(_compare, work, jobs=settings.jobs, backend=settings.backend):
        yield at, reason(found) if isinstance(found, Exception) else found


def _with_defaults(pair: Pair, settings: Settings) -> Pair:
    outputs = settings.outputs if pair.outputs is None else pair.outputs
    return replace(pair, profile=pair.profile or settings.profile, outputs=outputs or bool(pair.data))


def _placed(pair: Pair) -> Pair:
    """The pair with paths that hold in any folder, since a worker may run in another one."""
    left, right = (path if is_remote(path) else str(Path(path).absolute()) for path in (pair.left, pair.right))
    data = tuple(str(Path(each).absolute()) for each in pair.data)
    return replace(pair, left=left, right=right, data=data)


def _compare(task: tuple[Pair, Settings]) -> Report | str:
    pair, settings = task
    rtol = settings.rtol
    try:
        return check(
            pair.left,
            pair.right,
            inputs=pair.inputs,
            profile=pair.profile,
            map=pair.map,
            policy=settings.policy,
            weights=pair.weights if pair.weights is not None else rtol is not None,
            rtol=RTOL if rtol is None else rtol,
            numbers=settings.numbers,
            outputs=bool(pair.outputs),
            data=data_of(pair.data),
            output_rtol=settings.output_rtol,
            verify=settings.verify,
            match_outputs=pair.match_outputs,
            only_outputs=pair.only_outputs,
        )
    except ParityError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  one pair that breaks must not hide the others; it fails the run
        import traceback

        traceback.print_exc()
        return f"an error in parity itself: {type(error).__name__}: {error}"


__all__ = ["Progress", "baseline_of", "run_gate"]
