"""The commented configuration that ``parity init`` writes."""

import json


def template(left: str, right: str, name: str) -> str:
    """A configuration for one pair, with everything else that can be said as comments."""
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in (("l", left), ("r", right), ("n", name))}
    return _TEXT.format(left=quoted["l"], right=quoted["r"], name=quoted["n"])


_TEXT = """\
# What `parity check` compares. Paths are relative to this file.
version = 1

# What the models must agree in: exact, train (same outputs, same training), inference (same outputs) or interface
# (same inputs and outputs). Default: train, or inference if one side is a file for inference only.
# profile = "train"

# The lowest severity that fails the check: error, warning, info or never. Undecided findings count as error.
# fail-on = "error"

# Whether the values of all weights are compared, and the tolerance of an element relative to the largest of its
# weight.
# weights = true
# rtol = 1e-5

# Pairs to compare in parallel, each in a process of its own.
# jobs = 2

# Findings that this file lists are accepted, new ones fail: parity check --write-baseline writes it.
# baseline = "parity.baseline.json"

# Evaluate both models before calling them equivalent: off, auto (if it takes only seconds) or full.
# verify = "auto"

# Compare the outputs of both models on the same inputs, with the weights that they store.
# outputs = true
# output-rtol = 1e-4

# Rules to check (default: all), rules to ignore, and severities of rules. See: parity rule
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
# data = "inputs.npz"      # default: random inputs
# match-outputs = {{ "logits" = "output_0" }}    # outputs to match by hand
# only-outputs = ["logits"]    # compare no others
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
