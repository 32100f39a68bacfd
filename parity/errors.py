"""Everything that parity raises on purpose: one sentence with what, where, what was found and what would work."""


class ParityError(Exception):
    """A job that could not be done, described in one sentence.

    Attributes:
        subject: what was being done to what, such as ``cannot read 'model.pb'``.
        cause: why it could not be done.
        found: what was found instead of what was needed, or "".
        remedy: what would work, or "".
    """

    def __init__(self, subject: str, cause: str, *, found: str = "", remedy: str = "") -> None:
        """Keep the parts; the sentence is made of them in ``__str__``."""
        super().__init__(subject, cause, found, remedy)
        self.subject = subject
        self.cause = cause
        self.found = found
        self.remedy = remedy

    def __str__(self) -> str:
        """The parts as one line: ``subject: cause (found ...); remedy``."""
        text = f"{self.subject}: {self.cause}"
        if self.found:
            text += f" (found {self.found})"
        if self.remedy:
            text += f"; {self.remedy}"
        return " ".join(text.split())


class UnreadableModel(ParityError):
    """A model that is missing, broken or not of the format that its name says."""

    def __init__(self, where: str, cause: str, *, found: str = "", remedy: str = "") -> None:
        """``where`` is the file or object, as the user named it."""
        super().__init__(f"cannot read {where!r}", cause, found=found, remedy=remedy)
        self.where = where


class UnreadableTensor(ParityError):
    """A tensor whose elements are not there, are damaged, or have changed since the model was read."""

    def __init__(self, name: str, where: str, cause: str, *, found: str = "", remedy: str = "") -> None:
        """``name`` is the source's own for the tensor, ``where`` the model as the user named it."""
        super().__init__(f"cannot read the tensor {name[:200]!r} of {where!r}", cause, found=found, remedy=remedy)
        self.name = name
        self.where = where


class MissingFramework(ParityError):
    """A live model or an optional feature that needs a package which is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        """``extra`` is parity's own extra that would install ``package``."""
        super().__init__(
            f"cannot {purpose}",
            f"the package {package} is not installed",
            remedy=f"pip install 'parity-checker[{extra}]'",
        )
        self.package = package


class UsageError(ParityError):
    """A request that makes no sense as it stands."""


class ExtensionError(ParityError):
    """A file of an extension folder that breaks the folder's contract."""
