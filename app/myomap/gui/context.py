"""What every place of the window shares. Made once in bootstrap and passed on; there is no global."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from myomap.gui.prompts import Prompts
from myomap.gui.settings import WindowSettings
from myomap.gui.shown import Shown
from myomap.gui.theme import Look
from myomap.gui.workers import Pool

if TYPE_CHECKING:
    from myomap.gui.map.plate import Tones
    from myomap.gui.map.sheet import SheetShelf
    from myomap.surface.atlas_source import AtlasSource


@dataclass(slots=True)
class Context:
    """The window's collaborators. `atlas`, `shelf` and `tones` come once the atlas is open."""

    home: Path
    settings: WindowSettings
    look: Look
    pool: Pool
    shown: Shown = field(default_factory=Shown)
    prompts: Prompts = field(default_factory=Prompts)
    atlas: "AtlasSource | None" = None
    shelf: "SheetShelf | None" = None
    tones: "Tones | None" = None
    look_around: bool = False
    """The start asked for invented patients (``--demo``)."""

    def open_atlas(self) -> "AtlasSource":
        """Return the atlas; only what is built after it was opened may ask."""
        if self.atlas is None:
            raise RuntimeError("the atlas is not open yet")
        return self.atlas
