"""What was recorded of a traced Keras model as what a graph is built from: config, rows and places of variables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parity.adapters.keras._calls import Tensor, parse_call
from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._live_arguments import as_config
from parity.adapters.keras._own_code import without_activation
from parity.adapters.keras._rows import UNTRACED, Place
from parity.adapters.keras._tracing import Event, Opened, Trace

Results = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """A flat functional model.

    Attributes:
        model: its layers and operations, each named by its path.
        places: its rows.
        parts: whose variables are stored in which group: those of a layer, or of a list of variables.
        opened: layers and models that were opened, by path: their class and the first output of each call.
    """

    model: LayerConfig
    places: tuple[Place, ...]
    parts: Mapping[str, Any]
    opened: Mapping[str, tuple[str, Results]]


def flat(trace: Trace, model: Any, bare: LayerConfig, config: Callable[[Any], LayerConfig]) -> Traced:
    """The model of a trace.

    Args:
        trace: what was recorded.
        model: the live model.
        bare: what it tells of itself.
        config: gives what a live layer tells of itself.
    """
    return _Flat(trace, model, config).made(bare)


class _Flat:
    def __init__(self, trace: Trace, model: Any, config: Callable[[Any], LayerConfig]) -> None:
        self._config = config
        self._model = model
        self._trace = trace
        self._opened = {**trace.opened, model.name: Opened(model)}
        self._tensors: dict[int, Tensor] = {}
        self._layers: dict[str, LayerConfig] = {}
        self._parts: dict[str, Any] = {}

    def made(self, bare: LayerConfig) -> Traced:
        ends = [self._input(key, tensor) for key, tensor in self._trace.inputs]
        for event in _needed(self._trace):
            self._add(event)
        for path, each in self._opened.items():
            self._open(path, each.layer)
        outputs = tuple((key, self._tensors[id(each)]) for key, each in self._trace.outputs)
        layers = tuple(self._in_order())
        without = {end.layer for _, end in ends} if bare.wiring == "sequential" else set()
        shown = [each for each in layers if not each.row and each.name not in without]
        return Traced(
            replace(bare, wiring="functional", opened=True, layers=layers, inputs=tuple(ends), outputs=outputs),
            tuple(Place(each, each.name, _group(each.name), trainable=True) for each in shown),
            self._parts,
            dict(self._results()),
        )

    def _results(self) -> Iterator[tuple[str, tuple[str, Results]]]:
        ends = Opened(self._model, [each for _, each in self._trace.outputs][:1])
        for path, each in {**self._trace.opened, self._model.name: ends}.items():
            made = tuple(found for value in each.outputs if (found := self._tensors.get(id(value))) is not None)
            if made:
                yield path, (type(each.layer).__name__, made)

    def _open(self, path: str, layer: Any) -> None:
        """A row for a layer that was opened, where it has variables or operations of its own."""
        own = (*layer._trainable_variables, *layer._non_trainable_variables)  # noqa: SLF001  there is no public way to a layer's own
        own += tuple(each.state for each in getattr(layer, "_seed_generators", ()))
        if own:
            self._parts[_group(path)] = own
        if own or any(each.row == path for each in self._layers.values()):
            kind = type(layer)
            self._layers[path] = LayerConfig(kind.__name__, path, kind.__module__, opened=True)

    def _in_order(self) -> Iterator[LayerConfig]:
        """Layers by the first call of each, or of what is inside of it."""
        waiting = {path: each for path, each in self._layers.items() if each.opened}
        for path, layer in self._layers.items():
            if layer.opened:
                continue
            for outer in [each for each in waiting if path.startswith(f"{each}/")]:
                yield waiting.pop(outer)
            yield layer
        yield from waiting.values()

    def _input(self, key: str, tensor: Any) -> tuple[str, Tensor]:
        operation, _, _ = tensor._keras_history  # noqa: SLF001  there is no public way to its layer
        self._layers[operation.name] = self._config(operation)
        self._tensors[id(tensor)] = end = Tensor(operation.name, 0, 0, tuple(tensor.shape), str(tensor.dtype))
        return key, end

    def _add(self, event: Event) -> None:
        made = tuple((tuple(each.shape), str(each.dtype)) for each in event.outputs)
        args, kwargs = (
            as_config(each, lambda tensor: self._tensors[id(tensor)], variables=True)
            for each in (event.args, event.kwargs)
        )
        call = parse_call({"args": args, "kwargs": kwargs})
        known = self._layers.get(event.path) or self._known(event)
        self._layers[event.path] = replace(known, calls=(*known.calls, replace(call, outputs=made)))
        for index, each in enumerate(event.outputs):
            self._tensors[id(each)] = Tensor(event.path, len(known.calls), index, *made[index])

    def _known(self, event: Event) -> LayerConfig:
        function = event.operation.activation if event.bare else None
        with without_activation(event.operation, function):
            found = replace(self._config(event.operation), name=event.path, row=event.row)
        if reason := self._trace.closed.get(event.path):
            unread = f"{UNTRACED}: {reason}"
            found = replace(found, unread=f"{found.unread}; {unread}" if found.unread else unread)
        if hasattr(event.operation, "_layers"):
            self._parts[_group(event.path)] = event.operation
        return found


def _group(path: str) -> str:
    """Where the variables of a row are stored."""
    return f"layers/{path}"


def _needed(trace: Trace) -> Sequence[Event]:
    """The calls that an output needs."""
    import keras

    needed = {id(each) for _, each in trace.outputs}
    found = []
    for event in reversed(trace.events):
        if not needed.isdisjoint(id(each) for each in event.outputs):
            found.append(event)
            needed.update(id(each) for each in keras.tree.flatten((event.args, event.kwargs)))
    return found[::-1]
