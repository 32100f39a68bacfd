"""Every cost of the alignment, with its reason. Costs are small integers, so that equal answers are exactly equal."""

from parity.alignment._network import Node

GAP = 4
"""Skipping one layer. More than any one small difference, so that a neighbour is preferred to a more distant layer that
is a little more alike; less than other weights, so that a skipped activation does not shift the weights after it."""

REACH = 4
"""How many layers in a row may be skipped on one side between two pairs: the longest run of small layers (padding,
activation, dropout, reshape) that one framework writes and another does not."""

FAN = 12
"""Neighbours of a layer that are tried against each other in full; wider fans are matched by equal signatures only,
which keeps the time linear in the number of edges."""

OTHER_WEIGHTS = 5
"""Equal kinds with kernels of other sizes: often the same layer after a change of width, sometimes another one."""

OTHER_DETAIL = 2
"""Equal kinds and weights, but another function, stride, padding or group count."""

OTHER_SHAPE = 1
"""Everything is equal but the size of what comes out: an input of another size ripples through every layer."""

OTHER_ROLES = 1
"""A bias or scale that only one of them has: conversion adds and drops those, so it only breaks ties."""

OTHER_PAST = 1
"""The layers before are not all equal."""

OTHER_FUTURE = 1
"""The layers after are not all equal."""

OTHER_WIRE = GAP
"""What feeds one of a pair alone, where names of one framework tell of a way to have less of it.

Wires are seldom moved, and that one was misleads more than that a layer was added.
"""


def cost(left: Node, right: Node, gaps: int) -> int | None:
    """What it costs to pair two layers after skipping ``gaps`` others; None where they cannot be the same."""
    if left.kind != right.kind:
        return None
    total = GAP * gaps + unlikeness(left, right)
    total += OTHER_PAST * (left.past != right.past)
    total += OTHER_FUTURE * (left.future != right.future)
    return total


def unlikeness(left: Node, right: Node) -> int:
    """What sets two layers of one kind apart, wherever they stand."""
    total = OTHER_WEIGHTS * (left.weights != right.weights)
    total += OTHER_DETAIL * (left.detail != right.detail)
    total += OTHER_SHAPE * (left.shape != right.shape)
    return total + OTHER_ROLES * (left.roles != right.roles)
