"""Where and why outputs that differ do so: the errors along the layers, and the ledger of causes."""

from collections.abc import Sequence
from dataclasses import replace

from parity.outputs._contract import Outputs
from parity.outputs._inputs import Inputs
from parity.outputs._ledger import output_ledger
from parity.outputs._sides import Sides
from parity.outputs._where import first_divergence, layer_errors
from parity.rules import Finding


def with_causes(outputs: Outputs, sides: Sides, inputs: Inputs, findings: Sequence[Finding]) -> Outputs:
    """What was found of outputs, with where they part and what each cause counts for.

    Args:
        outputs: what was found, of which some are not the same.
        sides: both models, compared before any part of them was taken as one.
        inputs: what shows it.
        findings: what was found in that comparison.
    """
    layers = layer_errors(sides, inputs, outputs.rtol)
    worst = max((each.error.rel_l2 for each in outputs.final), default=0.0)
    first = first_divergence(sides, layers, outputs.rtol, worst)
    ledger = output_ledger(sides, inputs, findings)
    return replace(outputs, layers=layers, first_divergence=first, ledger=ledger, shown=inputs.said)
