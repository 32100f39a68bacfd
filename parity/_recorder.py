"""What one test of pytest compares, until it is known how the test ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parity._listening import LISTENER, Listener

if TYPE_CHECKING:
    from parity.testing import Kept


def pages_folder(config: pytest.Config) -> Path:
    """Where the whole reports of failures go, those of all workers of pytest-xdist."""
    folder: Path = config.rootpath / config.getoption("parity_report_dir") / "failures"
    return folder


def drop_empty_folders(config: pytest.Config) -> None:
    """Leave no folder that holds nothing; only when no test of any worker runs any more, since one may write to it."""
    pages = pages_folder(config)
    for folder in (pages, pages.parent) if pages.is_dir() else ():
        if not any(folder.iterdir()):
            folder.rmdir()


@dataclass
class Recorder:
    """The comparisons of one test, in its setup and in its call.

    Attributes:
        outcomes: what came of each.
        pages: the full reports of failures.
        unchanged: snapshots that were the same word for word.
    """

    item: pytest.Item
    every: bool
    outcomes: list[Any] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)
    unchanged: int = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear of all that is compared meanwhile."""
        findings = self.item.config.getoption("parity_findings")
        token = LISTENER.set(Listener(self._heard, self._compared, self._broken, self._same, self.every, findings))
        try:
            yield
        finally:
            LISTENER.reset(token)

    def _heard(self, report: Any, passed: bool) -> str:  # noqa: FBT001  as the listener is called
        fail_on = "never" if passed else "error"
        name = self._add(report.left.source, report.right.source, report, fail_on=fail_on)
        self.item.user_properties.append(("parity", f"{report.verdict.value}, profile {report.profile.name}"))
        return "" if passed else str(self._page(report, name))

    def _compared(self, report: Any) -> None:
        self._add(report.left.source, report.right.source, report)

    def _broken(self, left: str, right: str, why: str) -> None:
        self._add(left, right, None, failure=why)

    def _same(self) -> None:
        self.unchanged += 1

    def _add(self, left: str, right: str, report: Any, *, failure: str = "", fail_on: str = "error") -> str:
        from parity.reports import Outcome

        number = len(self.outcomes) + 1
        name = self.item.nodeid + (f" #{number}" if number > 1 else "")
        self.outcomes.append(Outcome(name, left, right, report, failure, fail_on))
        return name

    def _page(self, report: Any, name: str) -> Path:
        """The whole report of a failure: a page in the folder for reports."""
        from parity.testing._snapshots import safe_name

        folder = pages_folder(self.item.config)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{safe_name(name)}.html"
        report.to_html(path)
        self.pages.append(path)
        return path

    def settle(self, kept: "Kept", *, failed: bool) -> None:
        """Hand over what was compared, now that it is known how the test ended.

        A test that passes, or fails as it is expected to, has accepted whatever it compared.
        """
        kept.unchanged += self.unchanged
        if failed:
            kept.outcomes += self.outcomes
            return
        kept.outcomes += [replace(each, fail_on="never") for each in self.outcomes if each.report is not None]
        for page in self.pages:
            page.unlink(missing_ok=True)
