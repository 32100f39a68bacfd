"""What ``parity check --against`` names: a snapshot, or a git revision that left sides are taken from."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from parity.adapters import is_remote, plain
from parity.config import Pair, Settings
from parity.errors import UsageError
from parity.revisions import PREFIX, Revision

SHOWN = 3
"""Models that a refusal names."""


def by_hand(models: tuple[str, ...], against: str | None) -> Pair:
    """The pair of models that the command line names.

    Raises:
        UsageError: they are not two.
    """
    wanted = (*models, *models) if of_revision(against) and len(models) == 1 else (*filter(None, [against]), *models)
    if len(wanted) != 2:  # a pair
        names = ", ".join(map(repr, wanted[:SHOWN])) + (", ..." if len(wanted) > SHOWN else "")
        remedy = "name two models, or one with --against; a baseline is --baseline FILE"
        raise UsageError("cannot check that", f"{len(wanted)} models are not a pair", found=names, remedy=remedy)
    name = (
        Path(plain(wanted[1])).name
        if wanted[0] == wanted[1] and against
        else " ~ ".join(Path(plain(each)).name for each in wanted)
    )
    return Pair(name, *wanted)


def of_revision(against: str | None) -> bool:
    """Whether left sides are to be as git has them."""
    return against is not None and against.startswith(PREFIX)


@contextmanager
def as_it_was(settings: Settings, against: str | None) -> Iterator[Settings]:
    """The settings with each left side as it was in a revision, in a folder that goes afterwards.

    Raises:
        UsageError: there is no such revision, or it has no such model.
    """
    if against is None or not of_revision(against):
        yield settings
        return
    with TemporaryDirectory(prefix="parity-") as folder:
        revision = Revision(against.removeprefix(PREFIX), Path(folder))
        yield replace(settings, pairs=tuple(_earlier(pair, revision) for pair in settings.pairs))


def _earlier(pair: Pair, revision: Revision) -> Pair:
    if is_remote(pair.left):
        raise UsageError(f"cannot read {pair.left!r} at {revision.name}", "it is not a file in a git repository")
    return replace(pair, left=revision.model(pair.left), left_name=f"{os.path.normpath(pair.left)}@{revision.name}")
