"""Extensions that were not loaded: what they would have made of both models is not known."""

from collections.abc import Iterator

from parity._discovery import refused
from parity.comparison._contract import Difference, Facet, Topic
from parity.graph import Unknown


def differences() -> Iterator[Difference]:
    """One for each extension, or part of one."""
    for error in refused():
        reason = f"{error.subject}: {error.cause}" + (f" (found {error.found})" if error.found else "")
        yield Difference(Topic.EXTENSION, Facet.STRUCTURE, name=error.subject, unknown=Unknown(reason, error.remedy))
