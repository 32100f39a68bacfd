"""What holds a live model still while its code is called: variables that stand for themselves, and a limit of time."""

import ctypes
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

LIMIT = 20.0
"""Seconds that the code of a layer may take with symbolic inputs."""

Taken = tuple[Any, dict[str, Any], tuple[tuple[Any, Any], ...]]


class TooSlow(BaseException):
    """The code of a layer takes longer than it is given."""

    def __str__(self) -> str:
        """In a word."""
        return f"it takes more than {LIMIT:g} s"


class Symbols:
    """Variables of Keras as symbols, so that code which computes with them is recorded and reads no numbers."""

    def __init__(self, variables: Iterable[Any]) -> None:
        """Leave the variables as they are until ``symbolic``."""
        self._classes: dict[type, type] = {}
        self._kept = {id(each): (each, type(each)) for each in variables}

    def owns(self, value: Any) -> bool:
        """Whether a value is one of these variables."""
        return id(value) in self._kept

    @contextmanager
    def symbolic(self) -> Iterator[None]:
        """The variables as symbols."""
        before = {key: set(vars(each)) for key, (each, _) in self._kept.items()}
        try:
            for each, kind in self._kept.values():
                each.__class__ = self._symbol(kind)
            yield
        finally:
            for key, (each, kind) in self._kept.items():
                each.__class__ = kind
                for name in set(vars(each)) - before[key]:
                    delattr(each, name)

    @contextmanager
    def real(self, variables: Iterable[Any]) -> Iterator[None]:
        """Some of the variables as they are, for code of Keras that does the same with them whatever they hold."""
        turned = [self._kept[id(each)] for each in variables if id(each) in self._kept]
        turned = [(each, kind) for each, kind in turned if type(each) is not kind]
        for each, kind in turned:
            each.__class__ = kind
        try:
            yield
        finally:
            for each, kind in turned:
                each.__class__ = self._symbol(kind)

    def _symbol(self, kind: type) -> type:
        if kind not in self._classes:
            self._classes[kind] = _symbolic(kind)
        return self._classes[kind]


def _symbolic(kind: type) -> type:
    """A class of variables that are symbolic tensors as well, of the same layout."""
    import keras

    def refuse(*_: Any, **__: Any) -> Any:
        raise TypeError("the call reads or sets the value of a variable")

    refused = (
        "numpy",
        "__array__",
        "__tf_tensor__",
        "__jax_array__",
        "assign",
        "assign_add",
        "assign_sub",
        "__float__",
    )
    told = {name: getattr(kind, name) for name in ("shape", "dtype", "ndim", "__hash__")}
    told |= {name: getattr(kind, name) for name in ("name", "path") if hasattr(kind, name)}
    found = {"value": property(lambda self: self), "record_history": True, "_sparse": False, "_ragged": False}
    found |= {"_ragged_rank": None, "_row_splits_dtype": None, **told, **dict.fromkeys(refused, refuse)}
    return type(f"Symbolic{kind.__name__}", (keras.KerasTensor, kind), found)


@contextmanager
def unchanged(layers: Iterable[Any]) -> Iterator[None]:
    """Give the layers back the attributes that they had, and the lists, sets and dicts among these their members."""
    before = [_taken(each) for each in layers]
    try:
        yield
    finally:
        for layer, attributes, members in before:
            _give_back(layer, attributes)
            for found, kept in members:
                _refill(found, kept)


def _taken(layer: Any) -> Taken:
    attributes = dict(vars(layer))
    known = getattr(attributes.get("_tracker"), "stored_ids", {}).values()  # what Keras has come by in the layer
    held = (each for each in (*attributes.values(), *known) if isinstance(each, list | set | dict))
    return layer, attributes, tuple((each, tuple(each.items() if isinstance(each, dict) else each)) for each in held)


def _give_back(layer: Any, attributes: dict[str, Any]) -> None:
    now = vars(layer)
    for name in set(now) - set(attributes):
        del now[name]
    for name, value in attributes.items():
        if now.get(name) is not value:
            now[name] = value


def _refill(changed: Any, kept: tuple[Any, ...]) -> None:
    now = tuple(changed.items() if isinstance(changed, dict) else changed)
    if len(now) == len(kept) and all(
        a is b or (isinstance(changed, dict) and _same(a, b)) for a, b in zip(now, kept, strict=True)
    ):
        return
    # Keras' own lists would track what is put in again.
    base = next(each for each in (dict, set, list) if isinstance(changed, each))
    base.clear(changed)
    if isinstance(changed, dict):
        dict.update(changed, dict(kept))
    elif isinstance(changed, set):
        set.update(changed, kept)
    else:
        list.extend(changed, kept)


def _same(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    return one[0] is other[0] and one[1] is other[1]


@contextmanager
def limited() -> Iterator[None]:
    """Stop Python code that takes longer; whoever catches that is given as long again.

    Raises:
        TooSlow: in that code.
    """
    thread, lock, ended = threading.get_ident(), threading.Lock(), threading.Event()

    def watch() -> None:
        while not ended.wait(LIMIT):
            with lock:
                if not ended.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TooSlow))

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            ended.set()
