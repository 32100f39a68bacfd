"""What a package needs that adds to parity through the entry-point group ``parity.extensions``.

Each module of such a package defines one of ``KIND``, ``RULE``, ``FORMAT``, ``RENDERER``, ``PASS``, ``PATTERN`` and
``MODULE``, or a tuple of several, as the modules of parity's own folders do. The words that patterns are written in are
in ``parity.patterns``.
"""

from parity.adapters import Format, Inputs, Probe
from parity.comparison import Difference, Topic, View
from parity.errors import UnreadableModel
from parity.graph import (
    Census,
    Effect,
    Evidence,
    Framework,
    Gap,
    Layer,
    LayerGraph,
    Note,
    SourceGraph,
    SourceLayer,
    SourceNode,
    Undone,
    Value,
    Weight,
)
from parity.kinds import (
    FLAG,
    NUMBER,
    NUMBERS,
    SIZES,
    WHOLE,
    WORD,
    Attribute,
    Call,
    Draft,
    Given,
    Kind,
    Role,
    Uncomputable,
    Use,
    Work,
    module,
)
from parity.passes import Pass, joined, merge_notes, only_consumer, rewrite
from parity.patterns import Match, Pattern
from parity.reports import Renderer, Screen
from parity.rules import Explanation, Rule
from parity.store import Absent, TensorStore

__all__ = [
    "FLAG",
    "NUMBER",
    "NUMBERS",
    "SIZES",
    "WHOLE",
    "WORD",
    "Absent",
    "Attribute",
    "Call",
    "Census",
    "Difference",
    "Draft",
    "Effect",
    "Evidence",
    "Explanation",
    "Format",
    "Framework",
    "Gap",
    "Given",
    "Inputs",
    "Kind",
    "Layer",
    "LayerGraph",
    "Match",
    "Note",
    "Pass",
    "Pattern",
    "Probe",
    "Renderer",
    "Role",
    "Rule",
    "Screen",
    "SourceGraph",
    "SourceLayer",
    "SourceNode",
    "TensorStore",
    "Topic",
    "Uncomputable",
    "Undone",
    "UnreadableModel",
    "Use",
    "Value",
    "View",
    "Weight",
    "Work",
    "joined",
    "merge_notes",
    "module",
    "only_consumer",
    "rewrite",
]
