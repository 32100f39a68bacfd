"""The rows of a Keras model: its layers with their weights, nested models opened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parity.adapters.keras._adapters import adapted
from parity.adapters.keras._config import LayerConfig
from parity.adapters.keras._quantised import named
from parity.adapters.keras._store import Store, Variable, natural
from parity.adapters.keras._variables import ALWAYS_WEIGHTED, Names, census, untangled
from parity.errors import UnreadableModel
from parity.graph import Gap, Weight

MAX_MODELS_DEEP = 40
UNCALLED = "not called"
"""The group of what belongs to a traced model and to no layer that its call uses."""
UNTRACED = "its call was not traced"
UNKNOWN = "unknown"
"""The type of a row whose class the file does not tell."""
RESAVE = "save the model again after it has been built"


@dataclass(slots=True)
class Row:
    """A row in the making; calls add their outputs to it."""

    path: str
    type: str
    slots: dict[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    outputs: list[str] = field(default_factory=list)
    reason: str = ""
    uncounted: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A layer with its path among the rows, its path in the store, and whether the models around it are trainable."""

    layer: LayerConfig
    path: str
    group: str
    trainable: bool


class Walk:
    """The layers of a model and where each is stored: one that occurs in several models, where it occurs first."""

    def __init__(self, store: Store, where: str) -> None:
        """One walk per model, since it remembers what it came by."""
        self._store = store
        self._where = where
        self._homes: dict[str, str] = {}
        self._seen: dict[tuple[str, str], list[tuple[LayerConfig, str]]] = {}

    def places(self, model: LayerConfig, path: str = "", group: str = "", *, trainable: bool = True) -> Iterator[Place]:
        """All layers and nested models in the order of the config, models before their layers."""
        if path.count("/") > MAX_MODELS_DEEP:
            raise UnreadableModel(
                self._where, f"models are nested more than {MAX_MODELS_DEEP} levels deep", found=path[:80]
            )
        names = Names()
        trainable = trainable and model.trainable
        for index, layer in enumerate(model.layers):
            if index == 0 and model.wiring == "sequential" and layer.type == "InputLayer":
                continue  # neither a row of the summary nor a group of the store
            home = self._home(layer, f"{group}layers/{names.next(layer.type)}")
            place = Place(layer, path + layer.name, home, trainable)
            yield place
            yield from self.places(layer, f"{place.path}/", f"{home}/", trainable=trainable)

    def _home(self, layer: LayerConfig, group: str) -> str:
        alike = self._seen.setdefault((layer.type, layer.name), [])
        if layer.shared and not self._store.holds(group):
            # Keras does not always note the identity at the first occurrence: then name and arguments tell.
            twins = (home for other, home in alike if other.config == layer.config)
            return self._homes.get(layer.shared) or next(twins, group)
        self._homes.setdefault(layer.shared, group)
        alike.append((layer, group))
        return group


def overridable(model: LayerConfig, path: str) -> Iterator[Gap]:
    """What is not known of a model whose class is a user's own: its code may do something else than its config says."""
    if not model.built_in and not model.opened:
        reason = f"the class {model.type} is not Keras' own and was taken to call its layers as its config is wired"
        yield Gap(path, reason, "make sure that it does not override call")


class Rows:
    """Rows, models and weights, found by going through a model's config and the store beside it."""

    def __init__(self, places: Sequence[Place], store: Store, where: str) -> None:
        """Assign every variable of the store to the row that owns it.

        Raises:
            UnreadableModel: two layers have one path, or the weights of a layer are missing.
        """
        self.rows: dict[str, Row] = {}
        self.models: dict[str, Row] = {}
        self.weights: dict[str, Weight] = {}
        self.by_variable: dict[int, str] = {}
        self.gaps: list[Gap] = []
        self._store = store
        self._where = where
        self._owned: set[str] = set()
        owners: dict[str, Row] = {}
        for place in places:
            target = self.models if place.layer.wiring else self.rows
            if place.path in self.rows or place.path in self.models:
                raise UnreadableModel(where, "two of its layers have the same name", found=place.path)
            row = target[place.path] = Row(place.path, place.layer.type)
            if place.group in owners:
                row.slots = owners[place.group].slots
            elif place.layer.wiring:
                self.gaps.extend(overridable(place.layer, place.path))
            else:
                owners[place.group] = row
                self._own(place, row)
        self._leftovers()

    def _own(self, place: Place, row: Row) -> None:
        stored = dict(self._store.variables(place.group))
        self._owned.update(variable.storage for variable in stored.values())
        slots = named(place.layer.type, place.layer.config, stored) if place.layer.built_in else stored
        slots = untangled(place.layer, slots)
        if place.layer.built_in:
            slots = adapted(place.layer, slots, trainable=place.trainable and place.layer.trainable)
        for slot, variable in slots.items():
            self._add(row, slot, variable, place)
        row.own = tuple(row.slots.values())
        layer = place.layer
        if layer.unread and layer.built_in:
            self.gaps.append(Gap(place.path, layer.unread, "put the code into a registered layer with get_config"))
        known = layer.built_in or layer.opened or layer.type == UNKNOWN or (layer.is_declared and not layer.unread)
        if not known:
            reason = (
                layer.unread or f"the class {layer.type} is not Keras' own, so parity does not know what it computes"
            )
            what = (
                "pass example inputs"
                if UNTRACED in reason
                else "pass the live model, or name its package with --import"
            )
            self.gaps.append(Gap(place.path, reason, what))
        if row.own or not layer.built_in or layer.type not in ALWAYS_WEIGHTED:
            return
        if not self._store.notes_builds:
            row.uncounted = "not in the file"
            reason = f"the file holds no weights of this {layer.type} layer"
            self.gaps.append(Gap(place.path, reason, RESAVE, "counts"))
            return
        if layer.build:
            cause = f"the weights of layer {place.path!r} ({layer.type}) are missing"
            raise UnreadableModel(self._where, cause, found=f"no {place.group}/vars", remedy="save the model again")
        row.reason = row.uncounted = "not built"
        self.gaps.append(Gap(place.path, "the layer has no weights yet since it was not built", RESAVE, "counts"))

    def _add(self, row: Row, slot: str, variable: Variable, place: Place | None) -> None:
        name = f"{row.path}/{slot}"
        known = place is not None
        layer = place.layer if place else LayerConfig(row.type, row.path)
        self.weights[name] = Weight(
            name,
            variable.shape,
            variable.dtype,
            census(layer, slot, variable, trainable=place.trainable if place else True),
            variable.storage,
            presumed=variable.trainable is None and not variable.seed and not (known and layer.built_in),
        )
        row.slots[slot] = name
        if variable.identity is not None:
            self.by_variable.setdefault(variable.identity, name)

    def _leftovers(self) -> None:
        """Variables that no layer of the config claims are rows of their own: nothing stored goes uncounted."""
        for group in sorted(self._store.groups, key=natural):
            left = {key: var for key, var in self._store.groups[group].items() if var.storage not in self._owned}
            if not left:
                continue
            path = unclaimed = group or "vars"
            while path in self.rows or path in self.models:
                path = f"{path} (stored)"
            row = self.rows[path] = Row(path, UNKNOWN, reason="its calls are not recorded")
            for key in sorted(left, key=natural):
                self._add(row, key, left[key], None)
            row.own = tuple(row.slots.values())
            reason, remedy = "weights are stored here that no layer of the model's config has", "compare the live model"
            if group.startswith(UNCALLED):
                reason, remedy = "its call does not use these weights", "remove them, or make its call use them"
            self.gaps.append(Gap(unclaimed, reason, remedy))
