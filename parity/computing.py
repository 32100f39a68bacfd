"""What a model computes: read, translated and evaluated, without its framework."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parity.adapters import Inputs, read
from parity.errors import ParityError, UsageError
from parity.evaluation import Uncomputed, drawn_inputs, run, stored_in
from parity.graph import Evidence, LayerGraph, SourceGraph
from parity.kinds import Uncomputable, translate
from parity.recordings import Recording, holds_recording, opened_recording, read_array

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any


MOST_BYTES = 4 << 30
"""Of arrays in a file of data."""


@dataclass(frozen=True, repr=False)
class Computed(Mapping[str, Array]):
    """The outputs of a model by name, in the model's own order; floating-point values are float64.

    Attributes:
        outputs: those that could be computed.
        inputs: the arrays that the model was evaluated on, by name; random where none were passed.
        gaps: the layers that could not be computed, each with the outputs that depend on it.
        drawn: the inputs were random.
    """

    outputs: Mapping[str, Array]
    inputs: Mapping[str, Array]
    gaps: tuple[Uncomputed, ...] = ()
    drawn: bool = False

    def __repr__(self) -> str:
        """One line: the outputs with their shapes, and how many layers could not be computed."""
        shapes = ", ".join(f"{name} {tuple(array.shape)}" for name, array in self.outputs.items())
        gaps = f"; {len(self.gaps)} layers not computed" if self.gaps else ""
        return f"<Computed: {shapes or 'no outputs'}{gaps}>"

    def __getitem__(self, name: str) -> Array:
        """An output.

        Raises:
            KeyError: there is none of this name, or it could not be computed; the message says why.
        """
        if name in self.outputs:
            return self.outputs[name]
        why = next((f"{gap.source} cannot be computed: {gap.reason}" for gap in self.gaps if name in gap.outputs), "")
        raise KeyError(why or f"there is no output {name!r}; there are {', '.join(self.outputs)}")

    def __iter__(self) -> Iterator[str]:
        """The names of the outputs that could be computed."""
        return iter(self.outputs)

    def __len__(self) -> int:
        """How many could be computed."""
        return len(self.outputs)


def evaluate(model: Any, inputs: Any = None, *, seed: int = 0) -> Computed:
    """Compute the outputs of a model without its framework.

    Args:
        model: a path, or a live model.
        inputs: an array, arrays in the model's order, or arrays by name; None for random ones.
        seed: of random inputs.

    Returns:
        The outputs by name; what could not be computed is listed in ``gaps``.

    Raises:
        UnreadableModel: the model cannot be read.
        UsageError: the arrays are not those that the model takes.
        ParityError: the source does not record its wiring, or an input has a shape that the model does not take.
    """
    given = listed(inputs)
    source = read(model, examples(model, given))
    graph = translate(source)
    if graph.evidence is not Evidence.GRAPH:
        raise ParityError(
            f"cannot evaluate {source.source!r}",
            "it does not record its wiring, only layers or tensors",
            remedy="save the model with its graph: .keras, .pt2 or .onnx",
        )
    names = source.names_of_inputs
    arrays = by_value(source, given) if given is not None else drawn(graph, seed)
    found = run(graph, stored_in(source), arrays)
    names_out = dict(zip(graph.outputs, source.names_of_outputs, strict=True))
    gaps = tuple(
        Uncomputed(gap.layer, gap.source, gap.reason, tuple(names_out[each] for each in gap.outputs))
        for gap in found.gaps
    )
    return Computed(
        {names_out[value]: array for value, array in found.values.items()},
        {names[value]: arrays[value] for value in graph.inputs},
        gaps,
        given is None,
    )


def arrays_of(path: str) -> dict[str, Any] | list[Any] | Recording:
    """The arrays of a file; those that numpy has named itself are in order. A recording is given as one.

    Raises:
        UsageError: it is no such file, or holds too much.
    """
    import zipfile

    import numpy as np

    if zipfile.is_zipfile(path):
        return opened_recording(path) if holds_recording(path) else _archived(path)
    remedy = "write them with numpy.savez(FILE, name=array)"
    try:
        return [np.load(path, allow_pickle=False)]
    except OSError as error:
        raise UsageError(f"cannot use the data {path!r}", error.strerror or str(error), remedy=remedy) from error
    except (ValueError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise UsageError(f"cannot use the data {path!r}", "it is no file of numpy arrays", remedy=remedy) from error


def data_of(paths: Sequence[str]) -> Any:
    """The data for a comparison: the arrays of one file, or recordings; None of no file.

    Raises:
        UsageError: a file holds neither, or several hold plain arrays.
    """
    found = [arrays_of(path) for path in paths]
    if len(found) > 1 and not all(isinstance(each, Recording) for each in found):
        plain = next(path for path, each in zip(paths, found, strict=True) if not isinstance(each, Recording))
        raise UsageError(f"cannot use the data {plain!r}", "only recordings are given in several files")
    return (found[0] if len(found) == 1 else found) if found else None


def _archived(path: str) -> dict[str, Any] | list[Any]:
    """The arrays of an ``.npz`` file.

    Raises:
        UsageError: it is damaged, or holds too much.
    """
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UsageError(f"cannot use the data {path!r}", str(error).splitlines()[0]) from error
    size = sum(each.file_size for each in members)
    if size > MOST_BYTES:
        raise UsageError(
            f"cannot use the data {path!r}", f"they are {size:,} bytes, and at most {MOST_BYTES:,} are allowed"
        )
    found = {each.filename.removesuffix(".npy"): read_array(path, each) for each in members}
    listed = [f"arr_{at}" for at in range(len(found))]
    return [found[name] for name in listed] if found and set(found) == set(listed) else found


def listed(inputs: Any) -> Mapping[str, Any] | Sequence[Any] | None:
    """Inputs by name or in order; those of a recording where that is given."""
    if isinstance(inputs, Recording):
        return inputs.inputs
    if inputs is None or isinstance(inputs, Mapping):
        return inputs
    return inputs if isinstance(inputs, list | tuple) else [inputs]


def examples(model: Any, given: Mapping[str, Any] | Sequence[Any] | None) -> Inputs | None:
    """The shapes and types of what a live model is given; a file tells its own."""
    import os

    if given is None or isinstance(model, str | os.PathLike):
        return None
    import numpy as np

    def described(array: Any) -> tuple[tuple[int, ...], str]:
        found = np.asarray(array)
        return found.shape, "float32" if found.dtype == np.float64 else str(found.dtype)

    if isinstance(given, Mapping):
        return {name: described(each) for name, each in given.items()}
    return [described(each) for each in given]


def by_value(source: SourceGraph, given: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
    """The arrays by the values of the model's inputs that they are.

    Raises:
        UsageError: there are too few, too many, or others.
    """
    names = source.names_of_inputs
    wanted = ", ".join(names.values()) or "nothing"
    if isinstance(given, Mapping):
        values = {**{name: value for value, name in names.items()}, **{value: value for value in names}}
        others = [name for name in given if name not in values]
        if others and len(given) == len(names) == 1:
            return dict(zip(names, given.values(), strict=True))
        found = {values[name]: array for name, array in given.items() if name in values}
        if others or len(found) != len(names):
            raise UsageError(
                f"cannot evaluate {source.source!r}", f"it takes {wanted}", found=f"arrays called {', '.join(given)}"
            )
        return found
    if len(given) != len(names):
        raise UsageError(f"cannot evaluate {source.source!r}", f"it takes {wanted}", found=f"{len(given)} arrays")
    return dict(zip(names, given, strict=True))


def drawn(graph: LayerGraph, seed: int) -> dict[str, Array]:
    """Random inputs.

    Raises:
        UsageError: it is not known which ones the model takes.
    """
    try:
        return drawn_inputs(graph, seed)
    except Uncomputable as error:
        raise UsageError("cannot draw inputs", str(error), remedy="give the arrays") from error
