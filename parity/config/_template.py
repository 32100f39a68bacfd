"""The commented configuration that ``parity init`` writes."""

import json


def template(left: str, right: str, name: str) -> str:
    """A configuration for one pair, with everything else that can be said as comments."""
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in (("l", left), ("r", right), ("n", name))}
    return _TEXT.format(left=quoted["l"], right=quoted["r"], name=quoted["n"])


_TEXT = """\
# What `parity check` compares. Paths are relative to this file.
version = 1

# The question: exact, train (same outputs, same training), inference (same outputs) or interface (same inputs and
# outputs). Without it: train, or inference where a side is a file for inference only.
# profile = "train"

# From which severity on the gate stays closed: error, warning, info or never. What could not be decided counts as
# error.
# fail-on = "error"

# Whether the numbers of all weights are read and compared, and how far off elements may be, in proportion to the
# largest of the weight.
# weights = true
# rtol = 1e-5

# Pairs that are compared at the same time, each in a process of its own.
# jobs = 2

# Differences that were there when this file was written pass, new ones do not: parity check --write-baseline writes it.
# baseline = "parity.baseline.json"

# Both models are evaluated before they are called equivalent: off, auto (where it takes some seconds) or full.
# verify = "auto"

# Compare what both models make of the same inputs, with the weights that they store.
# outputs = true
# output-rtol = 1e-4

# Rules that count (without this line: all), rules that do not, and other severities. See: parity rule
# select = []
# ignore = []
# [severity]
# dropout-placement = "warning"

[[pair]]
name = {name}
left = {left}
right = {right}
# profile = "inference"
# fail-on = "error"
# weights = true
# outputs = true
# data = "inputs.npz"      # drawn without it
# match-outputs = {{ "logits" = "output_0" }}    # outputs whose names do not tell
# only-outputs = ["logits"]    # the others are left out
# map = {{ "conv1" = "layer1.0" }}    # or the path of a file with such lines
# [pair.inputs]
# image = [1, 3, 224, 224]
# tokens = {{ shape = [1, 10], dtype = "int64" }}

# A difference that somebody has looked at and accepted. The reason is required; the rest narrows it down.
# [[suppress]]
# rule = "frozen-layer"
# reason = "the head is frozen in the Keras model only, on purpose"
# pair = {name}
# layer = "head/**"        # on either side; * within a name, ** across names
# delta = -64              # how many elements they add up to, no more and no less
# until = 2027-03-31       # the last day
"""
