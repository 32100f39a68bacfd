"""Files that a model names: they must lie in its own folder."""

from pathlib import Path, PurePosixPath, PureWindowsPath

from parity.adapters._location import Location


def beside(folder: Location, name: str) -> "Location | None":
    """The file of a name that stands in a stranger's model, or None where that is outside the model's folder."""
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    if not name or windows.drive or windows.root or posix.is_absolute() or ".." in windows.parts or "\0" in name:
        return None
    if not isinstance(folder, Path):
        return folder / name  # which means every character as it stands
    try:
        target, root = (folder / name).resolve(), folder.resolve()
    except (OSError, RuntimeError):  # a loop of links
        return None
    return folder / name if any(target.is_relative_to(each) for each in (root, *_blobs(root))) else None


def _blobs(folder: Path) -> tuple[Path, ...]:
    """Where a hub cache keeps what the links in ``snapshots/<revision>`` point to."""
    snapshots = [each for each in folder.parents if each.name == "snapshots"]
    return tuple(each.parent / "blobs" for each in snapshots[:1])
