"""What a session of tests keeps: the comparisons, the snapshots that were used, and who could have used more."""

import pickle
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from parity.reports import Outcome, Run, State, file_screen, named, why_profile
from parity.testing._snapshots import FOLDER, SUFFIX, safe_name


@dataclass
class Kept:
    """Collected in one process; several are merged.

    Attributes:
        outcomes: the comparisons, by the test that made them.
        unchanged: snapshots that were the same word for word, and were not compared.
        used: snapshots that were compared or written.
        passed: files and names of the tests that ran to their end.
        files: the files that all tests were collected from.
        partial: some tests were left out, so that nobody knows what they would have used.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    unchanged: int = 0
    used: set[str] = field(default_factory=set)
    passed: set[tuple[str, str]] = field(default_factory=set)
    collected: set[tuple[str, str]] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    partial: bool = False

    def packed(self) -> bytes:
        """For another process of the same session."""
        return pickle.dumps(self)

    def merge(self, packed: bytes) -> None:
        """Add what a worker of this very session kept."""
        other = pickle.loads(packed)  # noqa: S301  from our own process
        self.outcomes += other.outcomes
        self.unchanged += other.unchanged
        self.used |= other.used
        self.passed |= other.passed
        self.collected |= other.collected
        self.files |= other.files
        self.partial |= other.partial

    def unused(self) -> list[Path]:
        """Snapshots that no test wants any more: of tests that passed without them, that are gone, or whose file is.

        Where some tests were left out it is none: they may have wanted them.
        """
        if self.partial:
            return []
        folders = sorted({Path(file).parent / FOLDER for file in self.files})
        kept = [path for folder in folders for path in sorted(folder.glob(f"*/*{SUFFIX}"))]
        return [path for path in kept if str(path) not in self.used and self._is_nobodys(path)]

    def _is_nobodys(self, path: Path) -> bool:
        file = path.parent.parent.parent / f"{path.parent.name}.py"
        if str(file) not in self.files:
            return not file.exists()
        owner = path.name.removesuffix(SUFFIX).rpartition("@")[0] or path.name.removesuffix(SUFFIX)
        tests = {safe_name(name): (own, name) for own, name in self.collected if own == str(file)}
        return owner not in tests or tests[owner] in self.passed

    def line(self) -> str:
        """All comparisons in a line, and what was asked where nobody had chosen it; "" where there were none."""
        if not self.outcomes and not self.unchanged:
            return ""
        counts = Counter(outcome.state for outcome in self.outcomes)
        states = ", ".join(f"{counts[state]} {state.value}" for state in State if counts[state])
        said = [f"{_plural(len(self.outcomes), 'comparison')}: {states}"] if self.outcomes else []
        said += [f"{_plural(self.unchanged, 'snapshot')} unchanged"] if self.unchanged else []
        reports = [outcome.report for outcome in self.outcomes if outcome.report is not None]
        chosen = Counter((each.profile.name, why) for each in reports if (why := why_profile(each)))
        said += [f"profile {name} in {count}, since {why}" for (name, why), count in sorted(chosen.items())]
        return "; ".join(said)

    def write(self, formats: Iterable[str], folder: Path) -> list[Path]:
        """Write all comparisons of the session as reports, each with the name of its format or as ``FORMAT=PATH``."""
        run = Run(tuple(sorted(self.outcomes, key=lambda outcome: outcome.name)))
        paths = []
        for each in formats:
            name, _, chosen = each.partition("=")
            path = Path(chosen).absolute() if chosen else folder / f"parity.{ENDINGS.get(name, name)}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(named(name).run(run, file_screen()), "utf-8")
            paths.append(path)
        return paths


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


ENDINGS = {
    "text": "txt",
    "concise": "concise.txt",
    "markdown": "md",
    "junit": "junit.xml",
    "github": "github.txt",
    "gitlab": "gitlab.json",
    "model-explorer": "model-explorer.json",
}
"""How a report's file is called, where its format is no ending."""


def folder_of(file: Path) -> Path:
    """Where the snapshots of a test file are."""
    return file.parent / FOLDER / file.stem


def remove(paths: Sequence[Path]) -> None:
    """Delete snapshots, and the folders that are empty then."""
    for path in paths:
        path.unlink()
        for folder in (path.parent, path.parent.parent):
            if not any(folder.iterdir()):
                folder.rmdir()
