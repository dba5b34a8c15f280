"""The compiled atlas, read only, loaded piece by piece. Imports no SQLAlchemy: it opens first."""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
import numpy as np

from myomap.anatomy.knowledge import EvidenceCard, Exercise, Lesson, Safety, ScreeningItem
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.regions import Region, RegionSet
from myomap.anatomy.sources import Source
from myomap.anatomy.structures import Layer, Muscle, Structure, StructureKey
from myomap.anatomy.trigger_points import Place, TriggerPoint
from myomap.anatomy.views import Figure, View
from myomap.errors import AtlasError, UnknownIdError
from myomap.store.atlas_schema import APPLICATION_ID, FORMAT, unpack_array, unpack_shapes
from myomap.surface.atlas_source import ToneReader
from myomap.surface.cells import Cells
from myomap.surface.outlines import Outline, Zone
from myomap.surface.skin import Skin
from myomap.surface.view_map import ViewMap

_T = TypeVar("_T")
_REINSTALL = "Install Myomap again, or run “make maps” in a checkout."
#: How many of the large things stay in memory, the last used ones: the view maps of one figure (about 3 MB
#: each), the outlines of 64 layers (about 0.4 MB each). What else is kept is small and bounded by the atlas.
KEPT_AT_MOST = {"view_map": 24, "outlines": 64}


class AtlasFile:
    """An open atlas; implements surface.atlas_source.AtlasSource.

    Raises AtlasError for a file that is missing, damaged or of another format, UnknownIdError for
    an id that is not in it. Safe to use from several threads.
    """

    def __init__(self, path: Path, bodymaps: Path, tone_reader: ToneReader | None = None) -> None:
        """Open and check the file; nothing large is read yet.

        Without a ``tone_reader`` documents hold whole grey pictures: right, but several times larger.
        """
        self._bodymaps = bodymaps
        self.tone_reader = tone_reader
        self._lock = threading.RLock()
        self._kept: dict[str, OrderedDict[tuple[str, ...], Any]] = {}
        if not path.is_file():
            raise AtlasError(f"The atlas {path} is missing.", todo=_REINSTALL)
        try:
            self._db = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            application = self._db.execute("PRAGMA application_id").fetchone()[0]
            written = self._db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise self._damaged(path, str(error)) from error
        if application != APPLICATION_ID:
            raise AtlasError(f"{path} is not a Myomap atlas.", todo=_REINSTALL)
        if written != FORMAT:
            raise AtlasError(
                f"The atlas has format {written}, this program reads format {FORMAT}.", todo=_REINSTALL
            )
        self._path = path

    @staticmethod
    def _damaged(path: Path, why: str) -> AtlasError:
        return AtlasError(f"The atlas {path} is damaged ({why}).", todo=_REINSTALL)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._damaged(self._path, str(error)) from error

    def _documents(self, kind: str, made: type[_T]) -> Mapping[str, _T]:
        rows = self._rows("SELECT id, body FROM document WHERE kind = ? ORDER BY place", kind)
        decoder = msgspec.json.Decoder(made)
        try:
            return MappingProxyType({key: decoder.decode(body) for key, body in rows})
        except (msgspec.DecodeError, TypeError) as error:
            raise self._damaged(self._path, f"{kind}: {error}") from error

    def _array(self, name: str) -> Any:
        return self._unpacked("SELECT body FROM skin WHERE name = ?", name)

    def _unpacked(self, sql: str, *values: object) -> Any:
        rows = self._rows(sql, *values)
        if not rows:
            raise self._damaged(self._path, f"{values[0]} is not in it")
        try:
            return unpack_array(rows[0][0])
        except ValueError as error:
            raise self._damaged(self._path, str(error)) from error

    # -- words ---------------------------------------------------------------------------------

    @cached_property
    def meta(self) -> Mapping[str, str]:
        """What was compiled, from what."""
        return MappingProxyType(dict(self._rows("SELECT key, value FROM meta")))

    @property
    def map_version(self) -> str:
        """The version that drawings are kept with: it changes when cells or views change."""
        return self.meta.get("map_version", "")

    @cached_property
    def structures(self) -> Mapping[str, Structure]:
        """Structures by id."""
        return self._documents("structure", Structure)

    @cached_property
    def muscles(self) -> Mapping[str, Muscle]:
        """Muscles by id."""
        return self._documents("muscle", Muscle)

    @cached_property
    def trigger_points(self) -> Mapping[str, TriggerPoint]:
        """Trigger points by id, in the published order."""
        return self._documents("trigger_point", TriggerPoint)

    @cached_property
    def views(self) -> Mapping[str, View]:
        """Views by id, in the order of the view list."""
        return self._documents("view", View)

    @cached_property
    def regions(self) -> Mapping[str, Region]:
        """Skin regions by id."""
        return self._documents("region", Region)

    @cached_property
    def region_sets(self) -> Mapping[str, RegionSet]:
        """Published divisions of the skin by id."""
        return self._documents("region_set", RegionSet)

    @cached_property
    def safety(self) -> Mapping[str, Safety]:
        """Safety by muscle id."""
        return self._documents("safety", Safety)

    @cached_property
    def exercises(self) -> Mapping[str, Exercise]:
        """Exercises by id."""
        return self._documents("exercise", Exercise)

    @cached_property
    def evidence(self) -> Mapping[str, EvidenceCard]:
        """Evidence cards by id."""
        return self._documents("evidence", EvidenceCard)

    @cached_property
    def lessons(self) -> Mapping[str, Lesson]:
        """Teaching cards by id."""
        return self._documents("lesson", Lesson)

    @cached_property
    def screening(self) -> Mapping[str, ScreeningItem]:
        """Screening questions by id."""
        return self._documents("screening", ScreeningItem)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Works that facts are taken from, by id."""
        return self._documents("source", Source)

    def coverage(self) -> Mapping[str, Any]:
        """What of the manual is not covered and why, by kind of report."""
        rows = self._rows("SELECT id, body FROM document WHERE kind = 'coverage' ORDER BY place")
        return MappingProxyType({key: msgspec.json.decode(body) for key, body in rows})

    # -- geometry ------------------------------------------------------------------------------

    @cached_property
    def skin(self) -> Skin:
        """The cells of the skin."""
        names = [row[0] for row in self._rows("SELECT name FROM skin")]
        return Skin(
            area_mm2=self._array("area_mm2"),
            region=self._array("region"),
            laterality=self._array("laterality"),
            mirror=self._array("mirror"),
            starts=self._array("starts"),
            neighbours=self._array("neighbours"),
            xyz={figure: self._array(f"xyz.{figure}") for figure in Figure if f"xyz.{figure}" in names},
            set_area={n.removeprefix("set."): self._array(n) for n in names if n.startswith("set.")},
        )

    def view_map(self, view: str) -> ViewMap:
        """Return which cell is seen where in a view."""
        return self._keep(("view_map", view), lambda: self._read_view_map(view))

    def _read_view_map(self, view: str) -> ViewMap:
        found = self._view(view)
        rows = self._rows("SELECT px_per_mm FROM cell_raster WHERE view = ?", view)
        raster = self._unpacked("SELECT raster FROM cell_raster WHERE view = ?", view)
        return ViewMap(view=found, raster=raster, px_per_mm=float(rows[0][0]))

    def _view(self, view: str) -> View:
        if view not in self.views:
            raise UnknownIdError(f"There is no view “{view}”.", todo=f"Views: {', '.join(self.views)}.")
        return self.views[view]

    def outlines(self, view: str, layer: Layer) -> Sequence[Outline]:
        """Return what is drawn and clickable in a view and layer: a coverage without overlaps."""
        return self._keep(("outlines", view, layer), lambda: self._read_outlines(view, layer))

    def silhouettes(self, view: str) -> Sequence[Outline]:
        """Return what each structure covers in a view though hidden; these overlap."""
        return self._keep(("outlines", view, "silhouette"), lambda: self._read_outlines(view, "silhouette"))

    def _read_outlines(self, view: str, layer: str) -> Sequence[Outline]:
        self._view(view)
        rows = self._rows("SELECT keys, pack FROM outline_pack WHERE view = ? AND layer = ?", view, layer)
        if not rows:
            return ()
        try:
            shapes = unpack_shapes(rows[0][1])
            keys = [StructureKey.parse(text) for text in rows[0][0].split()]
        except ValueError as error:
            raise self._damaged(self._path, str(error)) from error
        return tuple(Outline(key, shape) for key, shape in zip(keys, shapes, strict=True))

    def zone(self, trigger_point: str, laterality: Laterality) -> Zone:
        """Return the zones of a trigger point on one side; authored right, mirrored left."""
        if trigger_point not in self.trigger_points:
            raise UnknownIdError(f"There is no trigger point “{trigger_point}”.")
        side = laterality if self.trigger_points[trigger_point].sided else Laterality.MIDLINE
        return self._keep(("zone", trigger_point, side), lambda: self._read_zone(trigger_point, side))

    def soft_zone(self, trigger_point: str, laterality: Laterality) -> Zone:
        """Return the zones blurred over the skin by about 15 mm, for comparing drawings with them."""
        if trigger_point not in self.trigger_points:
            raise UnknownIdError(f"There is no trigger point “{trigger_point}”.")
        side = laterality if self.trigger_points[trigger_point].sided else Laterality.MIDLINE
        return self._read_zone(trigger_point, side, suffix="_soft")

    def warning_zone(self, name: str) -> Zone:
        """Return a warning area over ``lung`` or ``kidney``, both sides."""
        return self._keep(("warning", name), lambda: self._read_zone(f"warning:{name}", Laterality.MIDLINE))

    def _read_zone(self, owner: str, laterality: Laterality, suffix: str = "") -> Zone:
        kinds = {
            kind: Cells.of(unpack_array(cells), unpack_array(weights).astype(np.float32) / 255)
            for kind, cells, weights in self._rows(
                "SELECT kind, cells, weights FROM zone WHERE owner = ?", owner
            )
        }
        zone = Zone(
            kinds.get(f"essential{suffix}", Cells.empty()), kinds.get(f"spillover{suffix}", Cells.empty())
        )
        if laterality is Laterality.LEFT:
            mirror = self.skin.mirror
            zone = Zone(zone.essential.mirrored(mirror), zone.spillover.mirrored(mirror))
        return zone

    def places(self, figure: Figure) -> Sequence[Place]:
        """Return where every trigger point lies on a figure, on each of its sides."""
        return self._keep(("places", figure), lambda: self._read_places(figure))

    def _read_places(self, figure: Figure) -> Sequence[Place]:
        return tuple(
            Place(point, Laterality(side), (x, y, z), cell, depth)
            for point, side, x, y, z, cell, depth in self._rows(
                "SELECT trigger_point, laterality, x, y, z, cell, depth FROM place WHERE figure = ?",
                figure,
            )
        )

    def tone(self, view: str, layer: Layer) -> Path:
        """Return the path of the grey tone image of a view and layer."""
        found = self._view(view)
        return self._bodymaps / found.figure / found.name / f"{layer}.jpg"

    def _keep(self, key: tuple[str, ...], make: Callable[[], _T]) -> _T:
        with self._lock:
            shelf = self._kept.setdefault(key[0], OrderedDict())
            if key not in shelf:
                shelf[key] = make()
                if len(shelf) > KEPT_AT_MOST.get(key[0], len(shelf)):
                    shelf.popitem(last=False)
            shelf.move_to_end(key)
            kept: _T = shelf[key]
            return kept
