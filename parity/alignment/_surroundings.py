"""What stands within a few steps of a layer, which tells branches apart where something far away is another."""

from collections.abc import Iterator

from parity.alignment._network import Node, mix

HOPS = 3
"""How far to look: beyond the longest branch end that designs repeat (activation, convolution, batch norm)."""


class Surroundings:
    """Signatures of neighbourhoods, each computed when it is first asked for and then kept."""

    def __init__(self, nodes: list[Node]) -> None:
        """Know the nodes of one side."""
        self.nodes = nodes
        self.known: list[list[int | None]] = [[None] * len(nodes) for _ in range(HOPS)]

    def within(self, at: int, hops: int) -> int:
        """A signature of a node and all that is so many steps away, as rounds of colour refinement give it."""
        if not hops:
            return self.nodes[at].own
        found = self.known[hops - 1][at]
        if found is None:
            node = self.nodes[at]
            before = [self.within(self._shown(each), hops - 1) for each in node.before]
            after = sorted(self._after(at, hops - 1))
            found = mix(self.within(at, hops - 1), len(before))
            for each in (*(before if node.ordered else sorted(before)), *after):
                found = mix(found, each)
            self.known[hops - 1][at] = found
        return found

    def _shown(self, at: int) -> int:
        while self.nodes[at].passing:
            at = self.nodes[at].before[0]
        return at

    def _after(self, at: int, hops: int) -> Iterator[int]:
        """What uses a node, and as which of its inputs where their order matters."""
        ends = [at]
        while ends:
            node = self.nodes[ends.pop()]
            for user, place in zip(node.after, node.places, strict=True):
                if self.nodes[user].passing:
                    ends.append(user)
                else:
                    found = self.within(user, hops)
                    yield mix(found, place) if place and self.nodes[user].ordered else found


def unlike(left: tuple[Surroundings, int], right: tuple[Surroundings, int]) -> int:
    """How near to two layers the first thing is that tells them apart: 0 is beyond ``HOPS``, more is nearer."""
    (one, a), (other, b) = left, right
    for hops in range(1, HOPS + 1):
        if one.within(a, hops) != other.within(b, hops):
            return HOPS + 1 - hops
    return 0
