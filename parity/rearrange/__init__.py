"""The algebra of rearrangements: axes that are permuted, split and merged."""

from parity.rearrange.axes_algebra import Factor, Form, permuted, reshaped
from parity.rearrange.chains import chain_to, form_of, rearranges
from parity.rearrange.relaid import relaid

__all__ = ["Factor", "Form", "chain_to", "form_of", "permuted", "rearranges", "relaid", "reshaped"]
