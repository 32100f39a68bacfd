"""What a layer graph computes, without a framework: its layers evaluated one after the other in numpy."""

from parity.evaluation._budget import Budget
from parity.evaluation._drawn import Drawn, drawn, drawn_inputs, fewest_places, is_signed, whole_numbers
from parity.evaluation._layer import computed, plain
from parity.evaluation._lengths import drawn_lengths
from parity.evaluation._masked import largest_unmasked
from parity.evaluation._numbers import ByName, Numbers, Tensors, stored_in
from parity.evaluation._run import Evaluated, Uncomputed, run

__all__ = [
    "Budget",
    "ByName",
    "Drawn",
    "Evaluated",
    "Numbers",
    "Tensors",
    "Uncomputed",
    "computed",
    "drawn",
    "drawn_inputs",
    "drawn_lengths",
    "fewest_places",
    "is_signed",
    "largest_unmasked",
    "plain",
    "run",
    "stored_in",
    "whole_numbers",
]
