"""The calls that a Keras model makes of symbolic inputs, code of the user's own opened."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from parity.adapters._formats import Inputs
from parity.adapters.keras._own_code import is_own, is_wired_model, own_activation, without_activation
from parity.adapters.keras._symbolic_inputs import arguments, keyed
from parity.adapters.keras._symbols import Symbols, TooSlow, limited, unchanged
from parity.adapters.keras._variables import snake_case

UNKNOWN_SHAPE = "it does not record the shapes that it was built with; pass example inputs"
NOT_BUILT = "it is not built; call it once, or give it an input shape"
MOST_CALLS = 200_000


@dataclass(frozen=True, slots=True)
class Event:
    """A call of a layer or operation that was recorded.

    Attributes:
        path: of the layer or operation, by the names of the layers around it.
        row: path of the layer of the user's own that it is a part of, where that has no layers inside.
        bare: its own activation is not part of it, but is recorded after it.
    """

    operation: Any
    path: str
    row: str
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    outputs: tuple[Any, ...]
    bare: bool = False


@dataclass
class Opened:
    """A layer that was opened, and the first output of each of its calls."""

    layer: Any
    outputs: list[Any] = field(default_factory=list)


@dataclass
class Trace:
    """What was recorded of a model.

    Attributes:
        inputs, outputs: symbolic tensors with their keys, "" where they have none.
        opened: layers and models whose calls are told by those inside them, by path.
        closed: why layers of the user's own were not opened, by path.
        hidden: classes of those that were opened and do something else in training.
    """

    events: list[Event] = field(default_factory=list)
    inputs: list[tuple[str, Any]] = field(default_factory=list)
    outputs: list[tuple[str, Any]] = field(default_factory=list)
    opened: dict[str, Opened] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()


def traced(model: Any, inputs: Inputs | None) -> tuple[Trace | None, str]:
    """Call a model with symbolic inputs, and leave all that belongs to it as it was.

    Args:
        model: a ``keras.Model`` that has been built.
        inputs: example inputs; None for the shapes that it was built with.

    Returns:
        What was recorded with the least of its layers left closed, or None with the reason why there is nothing.
    """
    if not model.built:
        return None, NOT_BUILT
    layers = [model, *model._flatten_layers(include_self=False)]  # noqa: SLF001  there is no public way to all layers
    best, reason = None, UNKNOWN_SHAPE
    for args, kwargs in arguments(model, inputs):
        symbols = Symbols(model.variables)
        with unchanged(layers):
            try:
                found = _Tracer(model, symbols).run(args, kwargs)
                found.hidden = _hidden(model, symbols, found, args, kwargs)
            except (Exception, TooSlow) as error:  # noqa: BLE001  its call is a stranger's code
                reason = f"its call fails with symbolic inputs: {told(error)}"
                continue
        if best is None or len(found.closed) < len(best.closed):
            best = found
        if not found.closed:
            break
    return best, reason


def _hidden(
    model: Any, symbols: Symbols, found: Trace, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[str, ...]:
    """Classes of opened layers that call other operations in training, or cannot be traced then."""
    modal = {path: each.layer for path, each in {**found.opened, "": Opened(model)}.items() if _has_mode(each.layer)}
    modal = {path: layer for path, layer in modal.items() if not is_wired_model(layer)}
    if not modal:
        return ()
    try:
        trained = _Tracer(model, symbols, training=True).run(args, kwargs).events
    except (Exception, TooSlow):  # noqa: BLE001  its call is a stranger's code
        trained = []
    differ = {path for path in modal if _inside(found.events, path) != _inside(trained, path)}
    inner = {path for path in differ if not any(other != path and other.startswith(path) for other in differ)}
    return tuple(dict.fromkeys(type(modal[path]).__name__ for path in sorted(inner)))


def _has_mode(layer: Any) -> bool:
    return "training" in inspect.signature(layer.call).parameters


def _inside(events: Sequence[Event], path: str) -> list[tuple[str, str]]:
    """What is called in a layer, in order."""
    prefix = f"{path}/" if path else ""
    return [(each.path, type(each.operation).__name__) for each in events if each.path.startswith(prefix)]


def told(error: BaseException) -> str:
    """An error of a stranger's code in a line."""
    lines = [each.strip() for each in str(error).splitlines() if each.strip()]
    wrapped = lines and lines[0].startswith("Exception encountered when calling")
    line = lines[1] if wrapped and len(lines) > 1 else lines[0] if lines else ""
    if isinstance(error, TooSlow):
        return str(error)
    return f"{type(error).__name__}: {line[:160]}"


class _Tracer:
    """Keras' own machinery for calls, with another ending: what is recorded, and what is opened."""

    def __init__(self, model: Any, symbols: Symbols, *, training: bool = False) -> None:
        self.trace = Trace()
        self._training = training
        self._model = model
        self._symbols = symbols
        self._scopes: list[tuple[Any, str, str]] = []
        self._paths: dict[int, str] = {}
        self._taken: set[str] = set()
        self._named = _operations(model)
        self._finished: set[int] = set()
        self._closing = 0
        self._alive: list[Any] = []  # an identity is only good while its object lives

    def run(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Trace:
        """Call the model."""
        import keras

        told = _has_mode(self._model) and not is_wired_model(self._model)
        mode = {"training": self._training} if told else {}
        with self._patched(), self._symbols.symbolic(), _context(self._model, training=self._training), limited():
            outputs = self._model.call(*args, **{**mode, **kwargs})
        self.trace.inputs = [pair for each in args for pair in keyed(each)]
        self.trace.inputs += [(key or name, each) for name, value in kwargs.items() for key, each in keyed(value)]
        self.trace.outputs = list(keyed(outputs))
        made = {id(each) for event in self.trace.events for each in event.outputs}
        made |= {id(each) for _, each in self.trace.inputs}
        if any(not isinstance(each, keras.KerasTensor) for _, each in self.trace.outputs):
            raise TypeError("one of its outputs is not a tensor computed from its inputs")
        if any(id(each) not in made for _, each in self.trace.outputs):
            raise TypeError("one of its outputs is a variable itself")
        return self.trace

    @contextmanager
    def _patched(self) -> Iterator[None]:
        """Keras with the calls of layers recorded here and nowhere else."""
        from keras.src.layers import layer
        from keras.src.models import functional
        from keras.src.ops import operation
        from keras.src.random import seed_generator

        node = operation.Node

        def record(operation: Any, call_args: Any = None, call_kwargs: Any = None, outputs: Any = None) -> Any:
            self._record(operation, call_args or (), call_kwargs or {}, outputs)

        replaced: list[tuple[Any, str, Any]] = [
            (layer.Layer, "__call__", self._symbolic(layer.Layer.__call__)),
            (layer.Layer, "symbolic_call", self._calling(layer.Layer.symbolic_call)),
            (layer.Layer, "_maybe_build", _building(layer.Layer._maybe_build)),  # noqa: SLF001  as above
            (seed_generator.SeedGenerator, "next", self._drawing(seed_generator.SeedGenerator.next)),
            (functional.Functional, "_convert_inputs_to_tensors", lambda _, inputs: inputs),
            (layer, "Node", record),
            (operation, "Node", record),
        ]
        with ExitStack() as stack:
            for owner, name, value in replaced:
                before = node if name == "Node" else vars(owner)[name]
                stack.callback(setattr, owner, name, before)
                setattr(owner, name, value)
            yield

    def _calling(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if is_wired_model(layer):
                return self._open(layer, args, kwargs)
            if any(each is layer for each, _, _ in self._scopes):
                raise RecursionError("it calls itself")
            if is_own(layer) and (reason := _why_closed(layer)) == "":
                mark, before = len(self.trace.events), dict(self.trace.opened)
                try:
                    return self._open(layer, args, kwargs)
                except (Exception, TooSlow) as error:  # noqa: BLE001  its call is a stranger's code
                    reason = told(error)
                    del self.trace.events[mark:]
                    self.trace.opened = before
            if is_own(layer):
                self.trace.closed[self._path(layer)] = reason
            return self._exact(layer, args, kwargs, self._close(layer, original, args, kwargs))

        return call

    def _exact(self, layer: Any, args: Any, kwargs: Any, outputs: Any) -> Any:
        """What a layer gives, with the sizes that it does not tell of itself though those of its inputs are known."""
        import keras
        from keras.src import backend

        found = keras.tree.flatten((args, kwargs))
        given = [each for each in found if isinstance(each, keras.KerasTensor)]
        loose = any(None in each.shape for each in keras.tree.flatten(outputs) if isinstance(each, keras.KerasTensor))
        if not loose or any(None in each.shape for each in given) or own_activation(layer) is not None:
            return outputs
        with self._as_is(layer):
            return backend.compute_output_spec(layer.call, *args, **kwargs)

    def _drawing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Random numbers that code draws would be taken for constants of it."""

        def draw(generator: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._closing:
                raise ValueError("it draws random numbers")
            return original(generator, *args, **kwargs)

        return draw

    def _symbolic(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A call of a layer with nothing but numbers is recorded as well, for the variables that it uses."""

        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            import keras
            from keras.src.backend.common.keras_tensor import any_symbolic_tensors

            open_code = self._scopes and not self._closing
            if args and open_code and not any_symbolic_tensors(args, kwargs) and layer.variables:
                args = keras.tree.map_structure(self._constant, args)
            return original(layer, *args, **kwargs)

        return call

    def _constant(self, value: Any) -> Any:
        """An array as a symbol, which an operation makes of it."""
        import keras
        from keras.src.ops.core import ConvertToTensor

        if not keras.ops.is_tensor(value) and type(value).__module__ != "numpy":
            return value
        symbol = keras.KerasTensor(tuple(value.shape), keras.backend.standardize_dtype(value.dtype))
        self._record(ConvertToTensor(), (value,), {}, symbol)
        return symbol

    def _open(self, layer: Any, args: Any, kwargs: Any) -> Any:
        path = self._path(layer)
        leaf = not (layer._layers or is_wired_model(layer))  # noqa: SLF001  there is no public way to its parts
        losses = len(layer._losses)  # noqa: SLF001  as above
        self._scopes.append((layer, path, path if leaf else ""))
        try:
            outputs = layer.call(*args, **kwargs)
        finally:
            self._scopes.pop()
        if len(layer._losses) > losses:  # noqa: SLF001  as above
            raise ValueError("it adds a loss")
        self._finished.add(id(layer))
        flat = [each for _, each in keyed(outputs)]
        self.trace.opened.setdefault(path, Opened(layer)).outputs.extend(flat[:1])
        return outputs

    def _close(self, layer: Any, original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        function = own_activation(layer)
        if function is None:
            with self._as_is(layer):
                return original(layer, *args, **kwargs)
        with self._as_is(layer), without_activation(layer, function):
            outputs = original(layer, *args, **kwargs)
        kept = {name: value for name, value in kwargs.items() if name not in {"training", "mask"}}
        self._record(layer, args, kept, outputs, bare=True)
        self._finished.add(id(layer))
        path = self._path(layer)
        self._scopes.append((layer, path, ""))
        try:
            return function(outputs)
        finally:
            self._scopes.pop()

    @contextmanager
    def _as_is(self, layer: Any) -> Iterator[None]:
        """Keras' own way to call a layer."""
        self._closing += 1
        try:
            with self._symbols.real(layer.variables):
                yield
        finally:
            self._closing -= 1

    def _record(self, operation: Any, args: Any, kwargs: Any, outputs: Any, *, bare: bool = False) -> None:
        import keras

        if id(operation) in self._finished:
            self._finished.remove(id(operation))
            return
        if len(self.trace.events) >= MOST_CALLS:
            raise OverflowError(f"it makes more than {MOST_CALLS:,} calls")
        found = tuple(keras.tree.flatten(outputs))
        if not all(isinstance(each, keras.KerasTensor) for each in found):
            raise TypeError(f"{type(operation).__name__} returns something that is not a tensor")
        row = self._scopes[-1][2] if self._scopes else ""
        self.trace.events.append(Event(operation, self._path(operation), row, args, kwargs, found, bare))

    def _path(self, operation: Any) -> str:
        """A unique path of a layer or operation, that of its first call."""
        found = self._paths.get(id(operation))
        if found is None:
            inside = f"{self._scopes[-1][1]}/" if self._scopes else ""
            known = hasattr(operation, "_layers") or id(operation) in self._named
            plain = found = inside + (operation.name if known else snake_case(type(operation).__name__))
            count = 0
            while found in self._taken:
                count += 1
                found = f"{plain}_{count}"
            self._taken.add(found)
            self._paths[id(operation)] = found
            self._alive.append(operation)
        return found


def _operations(model: Any) -> set[int]:
    """The operations that models have names for, by identity."""
    wired = [model, *(each for each in model._flatten_layers(include_self=False))]  # noqa: SLF001  as above
    return {id(each) for found in wired if is_wired_model(found) for each in getattr(found, "operations", ())}


def _why_closed(layer: Any) -> str:
    """Why a layer is not opened; "" where it can be."""
    if getattr(layer, "quantization_mode", None) is not None:
        return "it is quantised"
    return "it adds a penalty on its output" if layer.activity_regularizer is not None else ""


def _building(original: Callable[..., Any]) -> Callable[..., Any]:
    """A layer that has not been called yet is only built where that makes no variables: nobody has their numbers."""

    def build(layer: Any, *args: Any) -> None:
        before = layer.built, len(layer.variables)
        original(layer, *args)
        if not before[0] and len(layer.variables) > before[1]:
            raise ValueError(f"its layer {layer.name!r} is not built")

    return build


@contextmanager
def _context(model: Any, *, training: bool) -> Iterator[None]:
    """Keras' record of a call from outside, in a mode that code takes where it is not told another."""
    context = model._get_call_context()  # noqa: SLF001  there is no public way to the mode
    context.set_value("training", value=training)
    try:
        yield
    finally:
        model._maybe_reset_call_context()  # noqa: SLF001  as above
