"""Errors that are for people: what happened, what is safe, what to do next."""


class MyomapError(Exception):
    """An expected failure with words for the user. Never shown with a traceback."""

    def __init__(self, what: str, *, safe: str = "", todo: str = "") -> None:
        """Keep what happened, what is safe and what to do next, each a sentence or empty."""
        super().__init__(what)
        self.what = what
        self.safe = safe
        self.todo = todo

    def __str__(self) -> str:
        """Return the sentences in order."""
        return " ".join(part for part in (self.what, self.safe, self.todo) if part)


class AtlasError(MyomapError):
    """The atlas file is missing, damaged or from another version."""


class UnknownIdError(MyomapError):
    """Something was asked for by an id that the atlas does not have."""
