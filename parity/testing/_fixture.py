"""What the fixture ``parity`` gives: comparisons with the settings of the test's marker."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from parity.check import check
from parity.errors import MissingFramework, UsageError
from parity.policy import nearest
from parity.reports import Report, Summary
from parity.summarise import summarise
from parity.testing._assertion import assert_parity

COMPARED = ("profile", "inputs", "map", "ignore", "match_outputs", "only_outputs")
SETTINGS = ("pair", *COMPARED, "frameworks")
"""What ``@pytest.mark.parity(...)`` takes."""

FRAMEWORKS = ("keras", "torch", "onnx", "tensorflow", "onnxruntime")


class Checker:
    """Comparisons in one test."""

    def __init__(self, folder: Path, marked: Mapping[str, Any]) -> None:
        """``folder`` is where the search for a configuration begins, ``marked`` what the test's marker says.

        Raises:
            UsageError: the marker says something that means nothing, or names a pair that there is not.
        """
        for name in marked:
            if name not in SETTINGS:
                remedy = nearest(name, SETTINGS, f"known are {', '.join(SETTINGS)}")
                raise UsageError("cannot use @pytest.mark.parity", f"it takes no {name!r}", remedy=remedy)
        self._defaults = {name: marked[name] for name in COMPARED if name in marked}
        self._pair: tuple[str, str] | None = None
        if "pair" in marked:
            self._from_configuration(str(marked["pair"]), folder)

    def _from_configuration(self, name: str, folder: Path) -> None:
        from parity.config import find, load

        path = find(folder)
        if path is None:
            raise UsageError(f"no pair {name!r}", f"there is no parity.toml in {folder} or above it")
        settings = load(path)
        pairs = {pair.name: pair for pair in settings.pairs}
        if name not in pairs:
            remedy = nearest(name, pairs, f"the pairs are {', '.join(pairs) or 'none'}")
            raise UsageError(f"no pair {name!r}", f"{settings.file} has none with that name", remedy=remedy)
        pair = pairs[name]
        self._pair = pair.left, pair.right
        own = {
            "profile": pair.profile or settings.profile,
            "inputs": pair.inputs,
            "map": pair.map,
            "match_outputs": pair.match_outputs,
            "only_outputs": pair.only_outputs,
            "ignore": settings.policy.ignore,
            "suppress": tuple(each for each in settings.suppressions if each.pair in {"", name}),
            "fail_on": pair.fail_on or settings.fail_on,
        }
        self._defaults = {**own, **self._defaults}

    def assert_parity(self, left: Any = None, right: Any = None, **settings: Any) -> Report:
        """Fail unless two models are the same: those given, else those of the marker's pair.

        Takes what ``parity.assert_parity`` takes; what is not given is as the marker or its pair has it.

        Raises:
            Mismatch: they are not.
            UsageError: there is nothing to compare.
        """
        __tracebackhide__ = True
        if left is None or right is None:
            if self._pair is None or (left, right) != (None, None):
                remedy = 'give two models, or mark the test: @pytest.mark.parity(pair="name")'
                raise UsageError("nothing to compare", "two models are needed", remedy=remedy)
            left, right = self._pair
        found = {name: value for name, value in self._defaults.items() if value is not None}
        return assert_parity(left, right, **{**found, **settings})

    def compare(self, left: Any, right: Any, **settings: Any) -> Report:
        """The report on two models, whatever it says."""
        return check(left, right, **settings)

    def summary(self, model: Any, **settings: Any) -> Summary:
        """The summary of a model."""
        return summarise(model, **settings)

    def framework(self, name: str) -> Any:
        """A framework's module.

        Raises:
            MissingFramework: it is not installed; the test is skipped with that, unless it is required.
        """
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != name:
                raise
            raise MissingFramework(
                name, name if name in {"keras", "torch", "onnx"} else "all", "run this test"
            ) from error
