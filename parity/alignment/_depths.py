"""How deep a counterpart may be: behind those of all that comes before a layer, before those of all that follows."""

from collections.abc import Mapping, Sequence

from parity.alignment._network import Node


def between(nodes: Sequence[Node], others: Sequence[Node], taken: Mapping[int, int]) -> list[range]:
    """For each layer of a side the depths on the other side that cross no pair, in time linear in its edges.

    Args:
        nodes: of the side, producers before consumers.
        others: of the other side.
        taken: the counterparts of those that have one.
    """
    deepest = max((node.depth for node in others), default=0) + 1
    first, last = [0] * len(nodes), [deepest] * len(nodes)
    for at, node in enumerate(nodes):
        for maker in node.before:
            behind = others[taken[maker]].depth + 1 if maker in taken else 0
            first[at] = max(first[at], first[maker], behind)
    for at in range(len(nodes) - 1, -1, -1):
        for user in nodes[at].after:
            ahead = others[taken[user]].depth if user in taken else deepest
            last[at] = min(last[at], last[user], ahead)
    return [range(*each) for each in zip(first, last, strict=True)]
