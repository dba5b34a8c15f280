"""Where the packaged files are: inside the installed package, else in the checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


def _folder(packaged: str, checkout: str) -> Path:
    inside = _PACKAGE / packaged
    return inside if inside.is_dir() else _CHECKOUT / checkout


def bodymaps() -> Path:
    """Return the folder of the maps (SVG and tone images)."""
    return _folder("_assets/bodymaps", "assets/bodymaps")


def atlas_path() -> Path:
    """Return the compiled atlas."""
    return _folder("_data", "data") / "atlas.sqlite"


def fonts() -> Path:
    """Return the folder of the fonts that the program ships."""
    return _PACKAGE / "fonts"
