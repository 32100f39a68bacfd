"""What two models compute of the same inputs: how far it is apart, where that begins, and what each cause counts for.

Both are evaluated by parity itself, without their frameworks.
"""

from parity.outputs._alike import OTHER_ORDER, WORDING, computes_alike, left_open, may_be_wording
from parity.outputs._certificate import Certificate
from parity.outputs._contract import (
    NOT_ASKED,
    OUTPUT_RTOL,
    Apart,
    Asked,
    Error,
    FinalError,
    FrameworkNumerics,
    LayerError,
    OutputLedger,
    Outputs,
    UndoneStep,
    Unmatched,
    Verify,
)
from parity.outputs._ledger import WEIGHTS
from parity.outputs._pipeline import NOTHING_COMPUTED, Computed, asking, claims_outputs, measured, with_outputs
from parity.outputs._recorded import Recorded, by_side, recordings_of
from parity.outputs._sides import Sides

__all__ = [
    "NOTHING_COMPUTED",
    "NOT_ASKED",
    "OTHER_ORDER",
    "OUTPUT_RTOL",
    "WEIGHTS",
    "WORDING",
    "Apart",
    "Asked",
    "Certificate",
    "Computed",
    "Error",
    "FinalError",
    "FrameworkNumerics",
    "LayerError",
    "OutputLedger",
    "Outputs",
    "Recorded",
    "Sides",
    "UndoneStep",
    "Unmatched",
    "Verify",
    "asking",
    "by_side",
    "claims_outputs",
    "computes_alike",
    "left_open",
    "may_be_wording",
    "measured",
    "recordings_of",
    "with_outputs",
]
