"""An installed extension could not be loaded; both models were read without it.

What it detects:
    A package that adds kinds, rules, formats, passes or reports through the entry-point group ``parity.extensions``,
    all or a part of which cannot be used. The finding names the package and what is wrong; everything else works.

Why it happens:
    The package cannot be imported, one of its files defines none of the constants, or a name it defines is taken: no
    extension can replace what parity has itself.

How to fix:
    Correct the package, or uninstall it. It never fails a check: without an extension parity supports less and claims
    less, so a layer that it would have recognised is opaque.

Example:
    ``cannot load acme_parity.snake of the extension 'acme' (acme-parity 1.0): it raises ModuleNotFoundError``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Any extension."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say what is wrong with it."""
    unknown = differences[0].unknown
    reason, remedy = (unknown.reason, unknown.remedy) if unknown is not None else ("", "")
    return Explanation(reason, remedy, remark=True)


RULE = Rule("extension-not-loaded", Effect.UNKNOWN, frozenset({Topic.EXTENSION}), claims, explain)
