"""What ``torch.save`` has written -> SourceGraph of a module, or the tensors of a state_dict or checkpoint."""

from collections.abc import Iterator
from dataclasses import replace

from parity.adapters._location import Location
from parity.adapters.torch._checkpoint import Flattened, Part, TooMuch, choose
from parity.adapters.torch._module_pickle import described, module_tree
from parity.adapters.torch._ownership import census
from parity.adapters.torch._program import Stored
from parity.adapters.torch._records import TensorRecord, is_module
from parity.adapters.torch._saved import Saved, read_saved
from parity.adapters.torch._suspects import refusal, suspects, warning
from parity.adapters.torch._tree import with_gaps
from parity.adapters.torch._weights_only import stored, weights_graph
from parity.errors import UnreadableModel
from parity.graph import Census, Gap, SourceGraph, Weight


def pickled_graph(path: Location, form: str) -> SourceGraph:
    """Read the tree of modules; of a file that holds none the tensors.

    Args:
        path: the file.
        form: the name of the format.

    Raises:
        UnreadableModel: it is broken, or holds neither.
    """
    saved, part, gaps = _part(path)
    if is_module(part.value):
        tree = module_tree(part.value, form, str(path), f"PyTorch, torch.save{part}", saved.elements)
        graph = with_gaps(tree, gaps)
    else:
        found, more = _tensors(saved, part, str(path))
        graph = weights_graph(found, form, str(path), f"PyTorch, state_dict{part}", [*more, *gaps])
    return replace(graph, beside=tuple(_slots(saved, part, str(path))))


def _slots(saved: Saved, part: Part, where: str) -> Iterator[Weight]:
    """The tensors of the optimizers that a checkpoint holds beside the model."""
    for name, state in part.optimizers.items():
        try:
            found = Flattened(state).tensors
        except TooMuch:
            continue  # it is not the model, and nothing depends on it
        for slot, record in found.items():
            weight = census(_stored(saved, f"{name}.{slot}", record, where))
            yield replace(weight, census=Census.OPTIMIZER, presumed=False)


def pickled_tensors(path: Location) -> tuple[list[Stored], list[Gap]]:
    """Read the tensors of a state_dict, in the order of the file, and what cannot be read.

    Raises:
        UnreadableModel: it is broken, or holds none.
    """
    saved, part, gaps = _part(path)
    found, more = _tensors(saved, part, str(path))
    return found, [*more, *gaps]


def _part(path: Location) -> tuple[Saved, Part, list[Gap]]:
    saved = read_saved(path)
    found = suspects(saved.calls)
    try:
        part = choose(saved.top)
    except TooMuch as error:
        raise _endless(str(path), error) from error
    if part is None:
        raise refusal(str(path), saved.top, found)
    return saved, part, [warning(name) for name in found]


def _tensors(saved: Saved, part: Part, where: str) -> tuple[list[Stored], list[Gap]]:
    try:
        found = Flattened(part.value)
    except TooMuch as error:
        raise _endless(where, error) from error
    return [_stored(saved, name, record, where) for name, record in found.tensors.items()], found.gaps


def _stored(saved: Saved, name: str, record: TensorRecord, where: str) -> Stored:
    tensor = described(name, record, where)
    if not record.parameter:  # state_dict() detaches, so that no tensor in it requires a gradient
        tensor = replace(tensor, requires_grad=None)
    return replace(stored(name, tensor, record.storage), elements=saved.elements(record))


def _endless(where: str, error: TooMuch) -> UnreadableModel:
    return UnreadableModel(where, str(error), remedy="save the state_dict alone, without parts shared over and over")
