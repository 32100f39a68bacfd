"""A model runs in its own framework, and what it computes is kept: a file in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from parity.adapters import Feed, Format, Ran, formats, is_remote, read
from parity.check import compared
from parity.computing import by_value, drawn, examples, listed
from parity.errors import MissingFramework, ParityError, UsageError
from parity.graph import Evidence, SourceGraph
from parity.kinds import translate
from parity.outputs import Sides, Unmatched, by_side, recordings_of
from parity.recordings import Recording, digest, opened_recording, weights_digest, write_recording
from parity.sizes import contradict

LONGEST = 600
"""Seconds that a model may run, unless another number is asked for."""

PACKAGES = frozenset({"keras", "tensorflow", "torch", "onnx", "onnxruntime"})
"""What an extra of parity installs, named as the framework that needs it."""

PROGRAM = (
    "import sys, json\nsys.path[:] = json.loads(sys.argv[2])\nfrom parity.recording import main\nmain(sys.argv[1])"
)
DONE, REFUSED = 0, 3
"""How the other process ends: with a recording, or with a sentence that says why not."""

JOB, FILE, REASON = "job.json", "run.npz", "reason.json"


def record(
    model: Any, inputs: Any = None, *, seed: int = 0, trust: bool = False, timeout: float = LONGEST
) -> Recording:
    """Run a model in its own framework, and keep what its layers and the model itself compute.

    Args:
        model: a path, of which another process loads the file, or a live model, which runs here.
        inputs: an array, arrays in the model's order, or arrays by name; None for random ones.
        seed: of random inputs.
        trust: run a file's own code as well: pickled modules, TorchScript, SavedModel, Keras layers of one's own.
        timeout: seconds that a file may take.

    Returns:
        The recording, which ``parity.compare(..., data=recording)`` puts in the place of computing the model.

    Raises:
        UnreadableModel: the model cannot be read.
        UsageError: it cannot be run, or not with these inputs.
    """
    if not isinstance(model, str | os.PathLike):
        return _recorded_live(model, inputs, seed)
    with TemporaryDirectory() as folder:
        record_file(str(model), Path(folder) / FILE, inputs, seed=seed, trust=trust, timeout=timeout)
        found = opened_recording(Path(folder) / FILE)
        held = [{**each} for each in (found.inputs, found.outputs, found.values)]
        return replace(found, inputs=held[0], outputs=held[1], values=held[2])


def record_file(
    model: str, out: Path, inputs: Any = None, *, seed: int = 0, trust: bool = False, timeout: float = LONGEST
) -> None:
    """Run a model file in a process of its own, and write the recording to a file.

    Raises:
        UnreadableModel: the model cannot be read.
        UsageError: it cannot be run, or not with these inputs, or the recording cannot be written.
    """
    import numpy as np

    if is_remote(model):
        cause = "its framework loads files of this machine only"
        raise UsageError(f"cannot run {model!r}", cause, remedy="fetch it, and name the copy")
    source = read(model)
    feed, names = _feed(source, listed(inputs), seed)
    with TemporaryDirectory(dir=_folder(out)) as folder:
        place = Path(folder)
        np.savez(place / "feed.npz", *feed.arrays)
        told = {"model": model, "names": names, "by_name": [*feed.names], "trust": trust}
        (place / JOB).write_text(json.dumps(told))
        _run(model, place, timeout, trust=trust)
        try:
            (place / FILE).replace(out)
        except OSError as error:
            raise UsageError(f"cannot write {str(out)!r}", error.strerror or str(error)) from error


def inputs_like(other: Any, model: Any, data: Any) -> dict[str, Any]:
    """Inputs of another model as a model takes them: by its names, in its layout.

    Raises:
        UnreadableModel: one of the models cannot be read.
        UsageError: the inputs are none of the other model, or it is not known which input is which.
    """
    sources, comparison = compared(other, model, (None, None), None)
    recordings = recordings_of(data)
    sides = Sides(comparison, sources, recorded=by_side(recordings, sources))
    try:
        given = sides.twins.recorded(sides.recorded, sources) if recordings else sides.twins.given(data, sources)
    except Unmatched as reason:
        cause = "it is not known which of its inputs is which of the other model's"
        raise UsageError(f"cannot run {sources[1].source!r}", cause, found=str(reason)) from reason
    return {name: given.right[value] for value, name in sources[1].names_of_inputs.items()}


def _folder(out: Path) -> Path:
    """The folder of a file, which is made where it is not there.

    Raises:
        UsageError: it cannot be made.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {str(out)!r}", error.strerror or str(error)) from error
    return out.parent


def _run(model: str, place: Path, timeout: float, *, trust: bool) -> None:
    """Let another process record.

    Raises:
        UsageError: it refuses to, takes too long, or breaks off.
    """
    own = [str(Path.cwd())] if trust else []  # where a person's own classes may be
    paths = json.dumps([*filter(None, sys.path), *own])
    command = [sys.executable, "-P", "-c", PROGRAM, str(place), paths]
    try:
        done = subprocess.run(  # noqa: S603  our own program
            command, check=False, timeout=timeout, stdin=subprocess.DEVNULL, capture_output=True
        )
    except subprocess.TimeoutExpired as error:
        cause = f"it has not finished within {timeout:g} seconds"
        raise UsageError(f"cannot run {model!r}", cause, remedy="give it more with --timeout") from error
    if done.returncode == REFUSED:
        raise UsageError(**json.loads((place / REASON).read_text()))
    if done.returncode != DONE:
        ended = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
        remedy = "check that its framework is installed and that there is enough memory"
        raise UsageError(
            f"cannot run {model!r}", "its process broke off", found=_last(done.stderr, ended), remedy=remedy
        )


def _last(said: bytes, ended: str) -> str:
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    return f"{ended}: {lines[-1]:.200}" if lines else ended


def main(folder: str) -> None:
    """What the other process does: load a model with its framework, run it, and write the recording."""
    place = Path(folder)
    told = json.loads((place / JOB).read_text())
    try:
        write_recording(_recorded_file(told, place), place / FILE)
    except ParityError as error:
        reason = {"subject": error.subject, "cause": error.cause, "found": error.found, "remedy": error.remedy}
        (place / REASON).write_text(json.dumps(reason))
        sys.exit(REFUSED)


def _recorded_file(told: Mapping[str, Any], place: Path) -> Recording:
    import numpy as np

    source = read(told["model"])
    with np.load(place / "feed.npz", allow_pickle=False) as stored:
        arrays = [stored[f"arr_{at}"] for at in range(len(stored.files))]
    form = next(each for each in formats() if each.name == source.format)
    if form.loads is None:
        remedy = "record the whole model: .keras, .h5, .pt2, .pt or .onnx"
        raise UsageError(f"cannot run {source.source!r}", f"a {form.title} cannot be called", remedy=remedy)
    try:
        model = form.loads(Path(told["model"]), trust=told["trust"])
    except ParityError:
        raise
    except Exception as error:
        raise _failed(source, error, "its framework does not load it") from error
    ran = _ran(form, model, source, Feed(arrays, told["by_name"]))
    return _recording(source, dict(zip(told["names"], arrays, strict=True)), ran)


def _ran(form: Format, model: Any, source: SourceGraph, feed: Feed) -> Ran:
    """What came of running a model.

    Raises:
        UsageError: it raises something.
    """
    if form.runs is None:
        raise UsageError(f"cannot run {source.source!r}", f"a {form.title} cannot be called")
    try:
        return form.runs(model, source, feed)
    except ParityError:
        raise
    except Exception as error:
        cause, remedy = "its framework does not run it with these inputs", "try other inputs with --data or --inputs"
        raise _failed(source, error, cause, remedy) from error


def _recorded_live(model: Any, inputs: Any, seed: int) -> Recording:
    given = listed(inputs)
    source = read(model, examples(model, given))
    form = next(each for each in formats() if each.name == source.format)
    feed, names = _feed(source, given, seed)
    return _recording(source, dict(zip(names, feed.arrays, strict=True)), _ran(form, model, source, feed))


def _failed(source: SourceGraph, error: Exception, cause: str, remedy: str = "") -> ParityError:
    """What to raise for an error of a framework, or for one that is not there."""
    if isinstance(error, ModuleNotFoundError) and error.name in PACKAGES:
        return MissingFramework(error.name, source.framework.value, f"run {source.source!r}")
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    found = f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]
    return UsageError(f"cannot run {source.source!r}", cause, found=found, remedy=remedy)


def _recording(source: SourceGraph, inputs: Mapping[str, Any], ran: Ran) -> Recording:
    known = source.names_of_outputs if len(source.outputs) == len(ran.outputs) else ()
    names = known or [f"output_{at}" for at in range(len(ran.outputs))]
    outputs = dict(zip(names, ran.outputs, strict=True))
    return Recording(source.source, ran.producer, digest(source), weights_digest(source), inputs, outputs, ran.values)


def _feed(source: SourceGraph, given: Mapping[str, Any] | Sequence[Any] | None, seed: int) -> tuple[Feed, list[str]]:
    """What a model is called with, and the names under which that is kept.

    Raises:
        UsageError: the arrays are not those that it takes, or it is not known which ones to draw.
    """
    if source.evidence is not Evidence.GRAPH:
        if given is None:
            cause = "it does not tell which inputs it takes, so that none can be drawn"
            raise UsageError(f"cannot run {source.source!r}", cause, remedy="give them with --data FILE.npz")
        named = isinstance(given, Mapping)
        arrays = [_single(each) for each in (given.values() if named else given)]  # type: ignore[union-attr]
        names = [*given] if named else [f"input_{at}" for at in range(len(arrays))]
        return Feed(arrays, names if named else ()), names
    found = by_value(source, given) if given is not None else drawn(translate(source), seed)
    arrays = [_typed(found[value], source.values[value].dtype) for value in source.inputs]
    names = [source.names_of_inputs[value] for value in source.inputs]
    for name, value, array in zip(names, source.inputs, arrays, strict=True):
        told = source.values[value].shape
        if told is not None and contradict(told, array.shape):
            raise UsageError(f"cannot run {source.source!r}", f"its {name} is {told}", found=str(array.shape))
    return Feed(arrays, names if source.inputs_by_name else ()), names


def _single(array: Any) -> Any:
    import numpy as np

    found = np.asarray(array)
    return found.astype("float32") if found.dtype == np.float64 else found


def _typed(array: Any, dtype: str | None) -> Any:
    """An array in the type that an input has; in single precision where numpy has no such type."""
    import numpy as np

    found = np.asarray(array)
    if found.dtype.kind not in "fiub":
        raise UsageError("cannot use the data", "they are not real numbers", found=str(found.dtype))
    narrow = (dtype or "float32").startswith(("bfloat", "float8"))
    return found.astype("float32" if narrow else dtype or "float32")
