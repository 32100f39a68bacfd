"""A report of one line."""

from parity.extending import Renderer, Screen


def run(found, _: Screen) -> str:
    """How many pairs passed."""
    return f"acme: {sum(each.state == 'passed' for each in found.outcomes)} of {len(found.outcomes)} passed\n"


RENDERER = Renderer("acme-tally", "one line for Acme", run)
