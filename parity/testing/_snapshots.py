"""Models kept as snapshots beside the tests: ``assert model == parity_snapshot``."""

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from parity._listening import LISTENER, tell_broken
from parity.adapters import Inputs, read
from parity.adapters.snapshot import UNREAD, digests, encode
from parity.check import examine
from parity.errors import MissingFramework, ParityError
from parity.graph import SourceGraph
from parity.policy import NOTHING
from parity.testing._assertion import passed
from parity.transfer import RTOL

FOLDER = "__parity__"
SUFFIX = ".parity.json"


def safe_name(name: str) -> str:
    """A file name for a test's name: the same for the same, another for another."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)[:80].strip("-.")
    if plain == name:
        return name
    return f"{plain}-{blake2b(name.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"


class Snapshot:
    """What a model is to be the same as: the file of this test, and of this place in it.

    Compare with ``==``, once for each model. Called with settings it gives a snapshot with them:
    ``assert model == parity_snapshot(inputs=[(1, 3, 32, 32)], name="encoder")``.
    """

    __hash__ = None  # type: ignore[assignment]  # equal to many

    def __init__(self, folder: Path, test: str, *, update: str, note: Callable[[Path], None]) -> None:
        """``update`` is "all", "new" or ""; ``note`` is told of each file that is used."""
        self._folder, self._test, self._update, self._note = folder, test, update, note
        self._numbers: list[int] = [0]
        self._settings: dict[str, Any] = {}
        self._name = ""

    def __call__(
        self, *, name: str = "", inputs: Inputs | None = None, profile: str = "exact", weights: bool = False
    ) -> "Snapshot":
        """The same with settings: a name for the file, example inputs, the question, and whether weights count.

        With ``weights`` the snapshot holds digests of them, which must be the same.
        """
        made = Snapshot(self._folder, self._test, update=self._update, note=self._note)
        made._numbers = self._numbers
        made._settings, made._name = {"inputs": inputs, "profile": profile, "weights": weights}, name
        return made

    def __repr__(self) -> str:
        """What a failing test shows for it."""
        return f"parity_snapshot({self._test})"

    def __eq__(self, model: object) -> bool:
        """Fail unless a model is what it was when the snapshot was taken; write it instead where that is asked for.

        Raises:
            AssertionError: it is not, or there is no snapshot; said here, since pytest cuts what ``==`` has to say.
        """
        __tracebackhide__ = True
        path = self._path()
        self._note(path)
        try:
            return self._is(model, path)
        except MissingFramework:
            raise  # which may skip the test
        except ParityError as error:
            tell_broken(path, model, str(error))
            raise

    def _is(self, model: object, path: Path) -> bool:
        __tracebackhide__ = True
        graph = read(model, self._settings.get("inputs"))
        if not path.exists():
            if not self._update:
                why = f"there is no snapshot {path}"
                tell_broken(path, model, why)
                raise AssertionError(f"{why}\nwrite it with --parity-update or --parity-update-new-only")
            return self._write(path, self._encoded(graph))
        # What is told word for word as it was needs no comparison, and no evidence beyond itself.
        kept, now = (self._encoded(replace(each, source="", producer="")) for each in (read(path), graph))
        unchanged = kept == now and not self._lacks_digests(graph)
        listener = LISTENER.get()
        if unchanged and (listener is None or not listener.every):
            if listener is not None:
                listener.unchanged()
            return True
        examples, profile = self._settings.get("inputs"), self._settings.get("profile", "exact")
        rtol = RTOL if self._settings.get("weights") else None
        report, _ = examine(path, model, (examples, examples), profile=profile, map=None, policy=NOTHING, rtol=rtol)
        if self._update == "all" and not unchanged and report.fails("error"):
            return self._write(path, self._encoded(graph))
        note = "L is the snapshot; if R is right, accept it with --parity-update"
        passed(report, "never" if unchanged else "error", note)
        return True

    def _encoded(self, graph: SourceGraph) -> str:
        return encode(graph, digests(graph) if self._settings.get("weights") else None)

    def _lacks_digests(self, graph: SourceGraph) -> bool:
        """Whether weights are asked for that cannot be read."""
        return bool(self._settings.get("weights")) and any(UNREAD in each for each in digests(graph).values())

    def _path(self) -> Path:
        if self._name:
            return self._folder / f"{safe_name(self._test)}@{safe_name(self._name)}{SUFFIX}"
        self._numbers[0] += 1
        number = f"@{self._numbers[0]}" if self._numbers[0] > 1 else ""
        return self._folder / f"{safe_name(self._test)}{number}{SUFFIX}"

    def _write(self, path: Path, text: str) -> bool:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return True
