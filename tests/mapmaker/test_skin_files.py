"""Damaged or missing meshes stop the build with one sentence that names the file."""

from pathlib import Path

import numpy as np
import pytest
from tests.mapmaker.ball import ball_source

from mapmaker.data_faults import DataError
from mapmaker.problems import MapmakerError
from mapmaker.skin import read_skin
from mapmaker.skin_regions import read_regions
from myomap.anatomy.views import Figure


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An anatomy folder with a ball in place of the skin."""
    ball = ball_source()
    for figure in Figure:
        points = (ball.xyz[figure] / 1000).astype(np.float32)
        np.savez(tmp_path / f"skin_{figure}.npz", V=points, F=ball.faces, mirror_index=ball.mirror)
    np.save(tmp_path / "face_region.npy", ball.face_region)
    return tmp_path


def rewrite(path: Path, **changes: object) -> None:
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays.update(changes)  # type: ignore[arg-type]
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})  # type: ignore[arg-type]


def test_a_whole_skin_is_read_in_millimetres(folder: Path) -> None:
    skin = read_skin(folder)
    assert np.abs(skin.xyz[Figure.MALE]).max() == pytest.approx(40, abs=0.1)


def test_a_missing_skin_is_named(folder: Path) -> None:
    (folder / "skin_female.npz").unlink()
    with pytest.raises(MapmakerError, match=r"skin_female\.npz is missing"):
        read_skin(folder)


def test_a_truncated_skin_is_named(folder: Path) -> None:
    path = folder / "skin_male.npz"
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(MapmakerError, match=r"skin_male\.npz cannot be read"):
        read_skin(folder)


def test_vertices_that_are_no_numbers_are_refused(folder: Path) -> None:
    with np.load(folder / "skin_male.npz") as archive:
        points = archive["V"].copy()
    points[17, 1] = np.nan
    rewrite(folder / "skin_male.npz", V=points)
    with pytest.raises(MapmakerError, match=r"skin_male\.npz has vertices that are no numbers"):
        read_skin(folder)


def test_an_array_that_is_not_there_is_named(folder: Path) -> None:
    rewrite(folder / "skin_male.npz", mirror_index=None)
    with pytest.raises(MapmakerError, match="lacks the array 'mirror_index"):
        read_skin(folder)


def test_a_skin_that_is_not_symmetric_is_refused(folder: Path) -> None:
    with np.load(folder / "skin_male.npz") as archive:
        points = archive["V"].copy()
    points[40, 0] += 0.002
    rewrite(folder / "skin_male.npz", V=points)
    with pytest.raises(MapmakerError, match="not mirror-symmetric"):
        read_skin(folder)


def test_figures_with_different_triangles_are_refused(folder: Path) -> None:
    with np.load(folder / "skin_female.npz") as archive:
        faces = archive["F"].copy()
    rewrite(folder / "skin_female.npz", F=faces[::-1])
    with pytest.raises(MapmakerError, match="other triangles"):
        read_skin(folder)


def test_regions_that_do_not_fit_the_skin_are_refused(folder: Path) -> None:
    np.save(folder / "face_region.npy", np.zeros(5, np.int16))
    with pytest.raises(MapmakerError, match=r"face_region\.npy does not have one region a triangle"):
        read_skin(folder)


HEAD = "region,id,ta_latin,name_en,name_plain,side,body_part,part_of,source_region\n"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("0,frontal,a,b,c,X,head,,frontal\n", "regions.csv:2: “side” is “X”, it should be R, L or M"),
        ("1,frontal,a,b,c,M,head,,frontal\n", "regions.csv:2: “region” should be 0, regions count from 0"),
        ("0,temporal,a,b,c,R,head,,temporal\n", "regions.csv:2: the id “temporal” should end with “_R”"),
    ],
)
def test_a_wrong_region_is_told_with_its_line(tmp_path: Path, rows: str, words: str) -> None:
    path = tmp_path / "regions.csv"
    path.write_text(HEAD + rows, "utf-8")
    with pytest.raises(DataError) as caught:
        read_regions(path)
    assert words in str(caught.value)
