"""The version of the package: the build reads it here, and so does all that tells it."""

__version__ = "0.1.0"
