"""Weights that a file lists layer by layer, filed as a `.keras` archive would hold them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._h5 import LayerWeights, Stored
from parity.adapters.keras._slots import loose_slots, names_of_parts, slots_of
from parity.adapters.keras._store import Store, Variable
from parity.adapters.keras._variables import Names
from parity.graph import Gap

ODD_NAMES = "its weights do not have the names that Keras gives, so it is not known which is which"
TWICE = "its weights are stored in two places under the same names, and Keras 3 does not record in .h5 if it is shared"
UNLISTED = "the file holds a group of weights here that its list of layers does not name"
RESAVE = "save the model as .keras"

_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A layer that is no model, its group in an archive, its path among the rows, and whether it was there before."""

    layer: LayerConfig
    group: str
    path: str
    repeated: bool


@dataclass
class Filing:
    """The store in the making.

    Attributes:
        records_sharing: the file notes which layers are one and the same.
    """

    records_sharing: bool
    groups: dict[str, dict[str, Variable]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    _children: dict[str, dict[str, tuple[LayerConfig, str]]] = field(default_factory=dict)
    _repeats: set[str] = field(default_factory=set)
    _found: dict[tuple[str, _Path], _Leaf | None] = field(default_factory=dict)
    _copies: dict[tuple[str, ...], _Leaf] = field(default_factory=dict)

    def store(self) -> Store:
        """What has been filed."""
        return Store(self.groups, {}, notes_builds=False)

    def model(self, model: LayerConfig, weights: LayerWeights) -> None:
        """File all weights of a model; those of layers that its config does not have under their own names."""
        self._survey(model, "", {})
        left = dict(weights.layers)
        for layer, group in self._children[""].values():
            stored = left.pop(layer.name, ())
            if group not in self._repeats:
                self._layer(_Leaf(layer, group, layer.name, repeated=False), stored)
        for name, stored in left.items():
            self._put(name, loose_slots(stored))
        self._put("", {str(at): each.variable for at, each in enumerate(weights.top_level)})
        self.gaps.extend(Gap(name, UNLISTED, RESAVE) for name in weights.unlisted)

    def _survey(self, model: LayerConfig, group: str, seen: dict[_Path, list[LayerConfig]]) -> None:
        """Give each layer its group in an archive, and mark those that have been there before."""
        self._children[group.rstrip("/")] = children = {}
        for layer, place in grouped(model, group):
            children[layer.name] = (layer, place)
            alike = [*seen.get((layer.type, layer.name), ()), *seen.get(("", layer.shared), ())]
            if layer.shared and any(each.config == layer.config for each in alike):
                self._repeats.add(place)
            seen.setdefault((layer.type, layer.name), []).append(layer)
            seen.setdefault(("", layer.shared), []).append(layer)
            if layer.wiring:
                self._survey(layer, f"{place}/", seen)

    def _layer(self, top: _Leaf, stored: Sequence[Stored]) -> None:
        if not top.layer.wiring:
            self._leaf(top, stored)
            return
        found: dict[str, tuple[_Leaf, list[Stored]]] = {}
        for each in stored:
            leaf = self._locate(top, each)
            if leaf is None:
                self._put("/".join((top.path, *each.folder)), {each.name.rpartition("/")[2]: each.variable})
            elif not leaf.repeated:
                found.setdefault(leaf.group, (leaf, []))[1].append(each)
        copied = [self._leaf(*pair) for pair in found.values()]
        if any(copied) and not self.records_sharing:
            self.gaps.append(Gap(top.path, TWICE, RESAVE))

    def _leaf(self, leaf: _Leaf, stored: Sequence[Stored]) -> bool:
        """File the weights of one layer; whether another has the same names."""
        layer = leaf.layer
        slots = slots_of(layer.type, layer.config, stored) if layer.built_in else None
        if slots is None:
            slots = loose_slots(stored)
            if layer.built_in and stored:
                self.gaps.append(Gap(leaf.path, ODD_NAMES, RESAVE))
        self._put(leaf.group, slots)
        first = self._copies.setdefault((layer.type, *(each.name for each in stored)), leaf)
        return first is not leaf and first.layer.config == layer.config and bool(stored)

    def _locate(self, top: _Leaf, stored: Stored) -> _Leaf | None:
        """The layer of a nested model that a weight belongs to, by the names of layers in the weight's name."""
        folder = stored.folder
        if not folder:  # Keras 1 had no folders: dense_1_W
            names = [name for name, _ in self._names(top.group) if stored.name.startswith(f"{name}_")]
            folder = (max(names, key=len),) if names else ()
        # TensorFlow numbers names anew for a model that is loaded twice in one process.
        plain = tuple(re.sub(r"_\d+$", "", part) for part in folder)
        return self._at(top, folder) or self._at(top, plain)

    def _names(self, group: str) -> Iterator[tuple[str, str]]:
        for name, (layer, place) in self._children[group].items():
            if layer.wiring:
                yield from self._names(place)
            else:
                yield name, place

    def _at(self, model: _Leaf, folder: _Path) -> _Leaf | None:
        key = (model.group, folder)
        if key not in self._found:
            self._found[key] = None
            self._found[key] = next(self._candidates(model, folder), None)
        return self._found[key]

    def _candidates(self, model: _Leaf, folder: _Path) -> Iterator[_Leaf]:
        children = self._children[model.group]
        for at, part in enumerate(folder):
            if part in children:
                yield from self._open(model, children[part], folder[at + 1 :])
        for child in children.values():
            layer = child[0]
            if layer.wiring or not set(folder).isdisjoint(names_of_parts(layer.type, layer.config)):
                yield from self._open(model, child, folder)

    def _open(self, model: _Leaf, child: tuple[LayerConfig, str], rest: _Path) -> Iterator[_Leaf]:
        layer, group = child
        repeated = model.repeated or group in self._repeats
        leaf = _Leaf(layer, group, f"{model.path}/{layer.name}", repeated)
        found = self._at(leaf, rest) if layer.wiring else leaf
        if found is not None:
            yield found

    def _put(self, group: str, slots: Mapping[str, Variable]) -> None:
        for slot, variable in slots.items():
            inner, _, key = slot.rpartition("/")
            folder = f"{group}/{inner}" if group and inner else group or inner
            self.groups.setdefault(folder, {})[key] = variable


def grouped(model: LayerConfig, group: str) -> Iterator[tuple[LayerConfig, str]]:
    """The layers of a model with the groups that they would have in an archive."""
    names = Names()
    for index, layer in enumerate(model.layers):
        if index or model.wiring != "sequential" or layer.type != "InputLayer":
            yield layer, f"{group}layers/{names.next(layer.type)}"
