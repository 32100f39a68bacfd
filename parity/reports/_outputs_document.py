"""What both models compute, as in every format for programs."""

from math import isfinite
from typing import Any

from parity.outputs import Certificate, LayerError, OutputLedger, Outputs
from parity.reports import _documents as documents


def finite(value: Any) -> Any:
    """A value without the numbers that JSON has no way to write."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return [finite(each) for each in value] if isinstance(value, tuple | list) else value


def certificate_document(found: Certificate) -> documents.Certificate:
    """What computing says of an answer."""
    return {"computed": found.computed, "how": found.how or None, "doubt": found.doubt or None}


def outputs_document(found: Outputs) -> documents.Outputs:
    """What both models compute."""
    return {
        "inputs": found.inputs,
        "rtol": found.rtol,
        "final": [
            {
                "left": each.left,
                "right": each.right,
                "max_abs": finite(each.error.max_abs),
                "rel_l2": finite(each.error.rel_l2),
                "same_choice": each.error.same_choice,
            }
            for each in found.final
        ],
        "missing": [{"output": name or None, "reason": reason} for name, reason in found.missing],
        "layers": [layer_document(each) for each in found.layers],
        "first_divergence": layer_document(found.first_divergence) if found.first_divergence is not None else None,
        "shown": found.shown or None,
        "ledger": _output_ledger(found.ledger) if found.ledger is not None else None,
        "recorded": [
            {
                "side": each.side,
                "producer": each.producer,
                "rel_l2": finite(each.rel_l2),
                "layer": each.layer or None,
                "layer_rel_l2": finite(each.layer_rel_l2),
                "compared": each.compared,
            }
            for each in found.recorded
        ],
    }


def layer_document(found: LayerError) -> documents.LayerError:
    """How far what two layers make is apart."""
    apart = found.apart
    told: documents.Apart | None = None
    if apart is not None:
        told = {
            "means": finite(apart.means),
            "spreads": finite(apart.spreads),
            "places": [list(place) for place in apart.places],
            "numbers": finite(apart.numbers),
        }
    return {
        "left": found.left or None,
        "right": found.right or None,
        "rel_l2": finite(found.rel_l2),
        "isolated": found.isolated,
        "apart": told,
    }


def _output_ledger(found: OutputLedger) -> documents.OutputLedger:
    return {
        "start": finite(found.start),
        "steps": [
            {
                "rule": step.rule,
                "layers": list(step.layers),
                "error": finite(step.error),
                "moved": finite(step.moved),
                "fingerprints": list(step.fingerprints),
            }
            for step in found.steps
        ],
        "remainder": finite(found.remainder),
        "not_undone": dict(found.left_out),
    }
