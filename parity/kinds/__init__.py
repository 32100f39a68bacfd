"""What a layer *is*: its attributes, weights, formula and shape, and how each framework spells it.

Each kind is a module that defines ``KIND``; ``translate`` turns a source graph into a graph of kinds.
"""

from parity.kinds._contract import Attribute, AxisNames, Call, Draft, Kind, Role, Spelling, Use
from parity.kinds._declared import Module, module
from parity.kinds._defaults import defaults
from parity.kinds._formula import Term, formula, render, terms_of
from parity.kinds._given import Compute, Given, Stored, Uncomputable, Watched, later
from parity.kinds._handed_masks import begins_mask, hands_on, looks_at_mask
from parity.kinds._held import ADAPTER_SCALE, COMPUTED_IN, PENALTIES
from parity.kinds._held import CUSTOM as CUSTOM_OBJECT
from parity.kinds._in_training import acts_in_training
from parity.kinds._layouts import FIRST as CHANNELS_FIRST
from parity.kinds._layouts import LAST as CHANNELS_LAST
from parity.kinds._layouts import channel_axis, image_axes, laid_out, product
from parity.kinds._macs import Work, elements
from parity.kinds._modes import CALLED_IN, IN_TRAINING, UNRECORDED, in_training, leaves_a_trace
from parity.kinds._parametrized import MAGNITUDE, with_lengths
from parity.kinds._registry import declared, kind, kinds, letters, operators, spelling
from parity.kinds._remnants import remnants
from parity.kinds._signatures import UNTOLD, choices
from parity.kinds._translation import UNTYPED, translate
from parity.kinds._types import FLAG, NUMBER, NUMBERS, SIZES, WHOLE, WORD, Type, undeclared, wrong_type
from parity.kinds._window_ends import BORDERS, window_ends
from parity.kinds._windows import same as same_padding
from parity.kinds.activation._functions import clipped
from parity.kinds.activation.activation import SELU
from parity.kinds.activation.prelu import slopes
from parity.kinds.arithmetic.cast import WHOLE_NUMBER
from parity.kinds.arithmetic.elementwise import COMMUTATIVE
from parity.kinds.arithmetic.elementwise import holding as holding_operand
from parity.kinds.arithmetic.quantisation import ANY_GRID, COMPUTED_GRID, OFFSETS
from parity.kinds.attention._masks import ALL, BLOCKED, CAUSAL, MARK, holds_truth_values, is_stored_mask
from parity.kinds.attention._masks import added as added_pattern
from parity.kinds.attention._masks import in_scores as scores_pattern
from parity.kinds.attention._masks import marked as marked_mask
from parity.kinds.attention._masks import pattern as mask_pattern
from parity.kinds.attention._parts import mask_meaning
from parity.kinds.attention._parts import settings as attention_settings
from parity.kinds.neutral._listed_opaque import why_opaque
from parity.kinds.normalization.batch_norm import BATCH, MERGED, MOMENTUM_OF_INFERENCE
from parity.kinds.pooling._whole import adaptive_windows
from parity.kinds.recurrence._parts import RECURRENT, recurrent
from parity.kinds.shape._blocks import CHANNELS_FIRST as CHANNELS_OUTSIDE
from parity.kinds.shape.reshape import to as reshaped
from parity.kinds.shape.resize import repeated
from parity.kinds.shape.select import counted
from parity.kinds.source.constant import flat
from parity.kinds.training_only.augmentation import LAYERS as AUGMENTATIONS

__all__ = [
    "ADAPTER_SCALE",
    "ALL",
    "ANY_GRID",
    "AUGMENTATIONS",
    "BATCH",
    "BLOCKED",
    "BORDERS",
    "CALLED_IN",
    "CAUSAL",
    "CHANNELS_FIRST",
    "CHANNELS_LAST",
    "CHANNELS_OUTSIDE",
    "COMMUTATIVE",
    "COMPUTED_GRID",
    "COMPUTED_IN",
    "CUSTOM_OBJECT",
    "FLAG",
    "IN_TRAINING",
    "MAGNITUDE",
    "MARK",
    "MERGED",
    "MOMENTUM_OF_INFERENCE",
    "NUMBER",
    "NUMBERS",
    "OFFSETS",
    "PENALTIES",
    "RECURRENT",
    "SELU",
    "SIZES",
    "UNRECORDED",
    "UNTOLD",
    "UNTYPED",
    "WHOLE",
    "WHOLE_NUMBER",
    "WORD",
    "Attribute",
    "AxisNames",
    "Call",
    "Compute",
    "Draft",
    "Given",
    "Kind",
    "Module",
    "Role",
    "Spelling",
    "Stored",
    "Term",
    "Type",
    "Uncomputable",
    "Use",
    "Watched",
    "Work",
    "acts_in_training",
    "adaptive_windows",
    "added_pattern",
    "attention_settings",
    "begins_mask",
    "channel_axis",
    "choices",
    "clipped",
    "counted",
    "declared",
    "defaults",
    "elements",
    "flat",
    "formula",
    "hands_on",
    "holding_operand",
    "holds_truth_values",
    "image_axes",
    "in_training",
    "is_stored_mask",
    "kind",
    "kinds",
    "laid_out",
    "later",
    "leaves_a_trace",
    "letters",
    "looks_at_mask",
    "marked_mask",
    "mask_meaning",
    "mask_pattern",
    "module",
    "operators",
    "product",
    "recurrent",
    "remnants",
    "render",
    "repeated",
    "reshaped",
    "same_padding",
    "scores_pattern",
    "slopes",
    "spelling",
    "terms_of",
    "translate",
    "undeclared",
    "why_opaque",
    "window_ends",
    "with_lengths",
    "wrong_type",
]
