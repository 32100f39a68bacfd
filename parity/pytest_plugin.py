"""The pytest plugin: options, fixtures and hooks. parity itself is imported when a test asks for it."""

import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parity._recorder import Recorder, drop_empty_folders

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from parity.testing import Checker, Kept, Snapshot

KEPT = pytest.StashKey["Session"]()
RECORDER = pytest.StashKey[Recorder]()
FIXTURES = {"parity", "parity_check"}
MARK = "parity(pair=, profile=, inputs=, map=, ignore=, match_outputs=, only_outputs=, frameworks=): settings of the comparisons in a test; pair names a pair of parity.toml, which is compared"  # noqa: E501  one line in pytest --markers


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, in a group of their own."""
    group = parser.getgroup("parity", "same models in different frameworks")
    group.addoption("--parity-update", action="store_true", help="rewrite snapshots, and remove unused ones")
    group.addoption("--parity-update-new-only", action="store_true", help="write snapshots that are missing")
    group.addoption(
        "--parity-report",
        metavar="FORMATS",
        action="append",
        default=[],
        help="reports of all comparisons: html,junit=PATH; repeatable",
    )
    group.addoption("--parity-report-dir", metavar="DIR", default="parity-reports", help="where reports go")
    group.addoption(
        "--parity-require",
        metavar="NAMES",
        action="append",
        default=[],
        help="frameworks that must be installed: keras,torch; repeatable",
    )
    group.addoption("--parity-findings", metavar="N", type=int, default=10, help="findings that a failure lists")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what makes no sense before any test runs."""
    config.addinivalue_line("markers", MARK)
    missing = [name for name in _names(config, "parity_require") if not _is_installed(name)]
    if missing:
        raise pytest.UsageError(f"--parity-require: {', '.join(missing)} cannot be imported here")
    if formats := _names(config, "parity_report"):
        from parity.errors import UsageError
        from parity.reports import named

        try:
            for name in formats:
                named(name.partition("=")[0])
        except UsageError as error:
            raise pytest.UsageError(f"--parity-report: {error}, or FORMAT=PATH") from error
    config.stash[KEPT] = Session(config)


def _names(config: pytest.Config, option: str) -> list[str]:
    every = (name.strip() for names in config.getoption(option) for name in names.split(","))
    return [name for name in every if name]


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


class Session:
    """What this process keeps, made when it is first needed."""

    def __init__(self, config: pytest.Config) -> None:
        """Nothing is kept yet."""
        self.config = config
        self.found: Kept | None = None
        self.items: list[tuple[str, str]] = []
        self.passed: set[tuple[str, str]] = set()
        self.partial = bool(config.getoption("keyword", "") or config.getoption("markexpr", ""))
        self.unused: list[Path] = []
        self.written: list[Path] = []

    @property
    def kept(self) -> "Kept":
        """What is to be merged with what other processes kept."""
        from parity.testing import Kept

        if self.found is None:
            self.found = Kept()
        return self.found

    def update(self) -> str:
        """Which snapshots are to be written."""
        if self.config.getoption("parity_update"):
            return "all"
        return "new" if self.config.getoption("parity_update_new_only") else ""

    def finish(self) -> None:
        """Hand over what this process knows of its tests."""
        self.kept.files |= {file for file, _ in self.items}
        self.kept.collected |= set(self.items)
        self.kept.passed |= self.passed
        self.kept.partial |= self.partial

    def has_snapshots(self) -> bool:
        """Whether there is anything to look after, without importing parity for it."""
        return any(
            (Path(folder) / "__parity__").is_dir() for folder in {str(Path(file).parent) for file, _ in self.items}
        )


def _key(item: pytest.Item) -> tuple[str, str]:
    scope = item.nodeid.partition("::")[2]
    return str(item.path), scope


def _session(config: pytest.Config) -> Session:
    return config.stash[KEPT]


@pytest.fixture
def parity(request: pytest.FixtureRequest) -> "Checker":
    """Comparisons with the settings of the test's ``@pytest.mark.parity``."""
    return _checker(request.node)


@pytest.fixture
def parity_check(parity: "Checker") -> "Checker":
    """The fixture ``parity`` under a name that does not hide the module."""
    return parity


def _checker(item: pytest.Item) -> "Checker":
    from parity.testing import Checker

    marked: dict[str, Any] = {}
    for mark in reversed(list(item.iter_markers("parity"))):
        if mark.args:
            raise pytest.UsageError(
                f"{item.nodeid}: @pytest.mark.parity takes its settings by name, as pair={mark.args[0]!r}"
            )
        marked.update(mark.kwargs)
    return Checker(item.path.parent, marked)


@pytest.fixture
def parity_snapshot(request: pytest.FixtureRequest) -> "Snapshot":
    """The model that this test knows: ``assert model == parity_snapshot``."""
    from parity.testing import Snapshot
    from parity.testing._session import folder_of

    session = _session(request.config)
    file, name = _key(request.node)
    return Snapshot(
        folder_of(Path(file)),
        name,
        update=session.update(),
        note=lambda path: session.kept.used.add(str(path)),
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> "Generator[None, object, object]":
    """Keep the test's comparisons, compare the marker's pair if the test did not, and skip what cannot be run."""
    __tracebackhide__ = True
    marks = list(item.iter_markers("parity"))
    recorder, asked = _recorder(item), bool(marks) or _uses(item, FIXTURES | {"parity_snapshot"})
    with recorder.listening(), _skipping(item, asked=asked), _short(item):
        checker = _checker(item) if marks else None
        result = yield
        if checker is not None and any("pair" in mark.kwargs for mark in marks) and not recorder.outcomes:
            checker.assert_parity()
    _session(item.config).passed.add(_key(item))
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> "Generator[None, object, object]":
    """Skip what cannot be run before its fixtures are made, or because one of them cannot be."""
    __tracebackhide__ = True
    marks = list(item.iter_markers("parity"))
    with _recorder(item).listening(), _skipping(item, asked=bool(marks) or _uses(item, FIXTURES)), _short(item):
        for mark in marks:
            for name in mark.kwargs.get("frameworks", ()):
                if not _is_installed(name):
                    from parity.errors import MissingFramework

                    raise MissingFramework(name, name, "run this test")
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> "Generator[None, Any, Any]":
    """Keep what a test has compared, now that its end is known."""
    report = yield
    recorder = item.stash.get(RECORDER, None)
    if recorder is not None and (call.when == "call" or (call.when == "setup" and not report.passed)):
        del item.stash[RECORDER]
        if recorder.outcomes or recorder.unchanged:
            recorder.settle(_session(item.config).kept, failed=report.failed)
    return report


def _recorder(item: pytest.Item) -> Recorder:
    return item.stash.setdefault(RECORDER, Recorder(item, bool(_names(item.config, "parity_report"))))


def _uses(item: pytest.Item, fixtures: set[str]) -> bool:
    return bool(fixtures & set(getattr(item, "fixturenames", ())))


@contextmanager
def _short(item: pytest.Item) -> "Iterator[None]":
    """What parity refuses is told in a sentence: where inside of parity it was found tells nobody anything."""
    __tracebackhide__ = True
    try:
        yield
    except Exception as error:
        errors = sys.modules.get("parity.errors")
        if errors is not None and isinstance(error, errors.ParityError) and not item.config.getoption("fulltrace"):
            error.__cause__, error.__suppress_context__ = None, True
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                if _is_inner(trace.tb_next.tb_frame.f_globals.get("__name__", "")):
                    trace.tb_next = None
                trace = trace.tb_next
        raise


def _is_inner(module: str) -> bool:
    return module.startswith("parity.") and module not in {__name__, Recorder.__module__}


@contextmanager
def _skipping(item: pytest.Item, *, asked: bool) -> "Iterator[None]":
    """A framework that is not installed skips a test of ours with that reason, unless it is required."""
    __tracebackhide__ = True
    if not asked:
        yield
        return
    from parity.errors import MissingFramework

    try:
        yield
    except MissingFramework as error:
        if error.package in _names(item.config, "parity_require"):
            raise
        pytest.skip(str(error))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Remember which tests there are."""
    _session(config).items = [_key(item) for item in items]
    if any("::" in str(each) for each in config.invocation_params.args):
        _session(config).partial = True


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Some tests do not run: their snapshots are nobody's business now."""
    if items:
        _session(items[0].config).partial = True


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker of pytest-xdist kept; of one that died nobody knows what it used."""
    session = _session(node.config)
    packed = getattr(node, "workeroutput", {}).get("parity")
    if packed:
        session.kept.merge(packed)
    if error:
        session.partial = True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the reports, and fail for snapshots that nobody used."""
    own = _session(session.config)
    if not hasattr(session.config, "workeroutput"):
        drop_empty_folders(session.config)
    known = own.found is not None
    if not known and not own.has_snapshots() and not _names(session.config, "parity_report"):
        return
    own.finish()
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["parity"] = own.kept.packed()
        return
    if session.shouldstop or session.shouldfail or session.config.getoption("collectonly"):
        own.kept.partial = True
    own.unused = own.kept.unused()
    if own.unused and own.update() == "all":
        from parity.testing._session import remove

        remove(own.unused)
    elif own.unused and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    formats = _names(session.config, "parity_report")
    if formats and not session.config.getoption("collectonly"):
        folder = session.config.rootpath / session.config.getoption("parity_report_dir")
        own.written = own.kept.write(formats, folder)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say in a line what was compared, where the reports are, and what is of no use."""
    own = _session(config)
    line = own.found.line() if own.found is not None else ""
    if own.unused or own.written:
        terminalreporter.section("parity")
    if line:
        terminalreporter.write_line(f"parity: {line}")
    for path in own.written:
        terminalreporter.write_line(f"report: {path}")
    removed = own.update() == "all"
    for path in own.unused:
        words = "removed" if removed else "unused snapshot, remove it with --parity-update"
        terminalreporter.write_line(f"{words}: {path}", red=not removed)
