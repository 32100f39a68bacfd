"""Passes of installed packages, in the phases that they name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from parity.errors import ExtensionError
from parity.passes._phases import Pass, Phase


def fits(phases: Sequence[Phase], own: Mapping[str, str], added: Pass) -> None:
    """Check that there is a place for a pass.

    Args:
        phases: those that there are.
        own: the phase of each of parity's own passes, by the pass's name.
        added: the pass.

    Raises:
        ExtensionError: there is no such phase, or parity has a pass of that name.
    """
    names = [phase.name for phase in phases]
    if added.phase not in names:
        cause = f"there is no phase named {added.phase!r} for the pass {added.name}"
        raise ExtensionError("cannot add a pass", cause, remedy=f"name one of {', '.join(names)}")
    if added.name in own:
        raise ExtensionError("cannot add a pass", f"{added.name!r} is already a pass of the phase {own[added.name]}")


def with_added(phases: Sequence[Phase], added: Sequence[Pass]) -> tuple[Phase, ...]:
    """The phases, each with the passes that are for it at its end."""
    return tuple(
        replace(phase, passes=(*phase.passes, *(each.run for each in added if each.phase == phase.name)))
        for phase in phases
    )
