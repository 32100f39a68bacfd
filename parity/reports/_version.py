"""Which parity it is that reports."""

from importlib.metadata import PackageNotFoundError, version


def version_of_parity() -> str:
    """The version that is installed; 0.0.0 where none is."""
    try:
        return version("parity-checker")
    except PackageNotFoundError:
        return "0.0.0"
