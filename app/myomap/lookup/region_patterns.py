"""Which patterns reach a named region: how much of each essential zone lies in it. No index needed."""

import numpy as np

from myomap.anatomy.laterality import Laterality
from myomap.anatomy.regions import Region
from myomap.surface.atlas_source import AtlasSource


def patterns_reaching(
    atlas: AtlasSource, region: Region, least: float = 0.02
) -> list[tuple[str, Laterality, float]]:
    """Return trigger point, side and share of its essential zone in the region; largest share first.

    Equal shares (to a hundredth) keep the published order.
    """
    skin = atlas.skin
    inside = skin.region == region.number
    found: list[tuple[str, Laterality, float]] = []
    for point in atlas.trigger_points.values():
        sides = (Laterality.RIGHT, Laterality.LEFT) if point.sided else (Laterality.MIDLINE,)
        for side in sides:
            if point.only is not None and side is not point.only:
                continue
            zone = atlas.zone(point.id, side).essential
            if not zone:
                continue
            area = skin.area_mm2[zone.ids].astype(np.float64) * zone.weights
            share = float(area[inside[zone.ids]].sum() / area.sum())
            if share >= least:
                found.append((point.id, side, share))
    return sorted(found, key=lambda row: -round(row[2], 2))
