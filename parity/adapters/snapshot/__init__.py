"""parity's own format: a model's source graph as it was read, so that it can be compared where the model is not.

It holds the framework's own words, not the common form: a later parity translates it anew.
"""

from parity.adapters.snapshot._digests import UNREAD, digests
from parity.adapters.snapshot._writing import encode

__all__ = ["UNREAD", "digests", "encode"]
