"""parity in other people's tests: an assertion, models kept as snapshots, and what a session keeps of both."""

from parity.testing._assertion import Mismatch, assert_parity
from parity.testing._fixture import Checker
from parity.testing._session import Kept
from parity.testing._snapshots import Snapshot

__all__ = ["Checker", "Kept", "Mismatch", "Snapshot", "assert_parity"]
