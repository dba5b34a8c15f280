"""Meshes that are missing, cut short, not numbers or unknown stop the build with one sentence."""

import os
from pathlib import Path

import numpy as np
import pytest

from mapmaker import __main__ as command
from mapmaker.meshes import load_meshes
from mapmaker.raster import render
from myomap.anatomy.laterality import Laterality
from myomap.anatomy.structures import StructureKey
from myomap.anatomy.views import Frame
from myomap.errors import MyomapError

ROOT = Path(__file__).resolve().parents[2]
CORNERS = np.array([[0, 0, 0], [0.01, 0, 0], [0, 0.01, 0], [0, 0, 0.01]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.uint16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for stem, mesh in (("muscles", "M1"), ("bones", "B1"), ("connective", "C1")):
        save(tmp_path, stem, mesh, CORNERS)
        (tmp_path / f"{stem}_index.csv").write_text(f"id,name,side\n{mesh},left {mesh},L\n")
    (tmp_path / "structures.csv").write_text(
        "id,kind,muscle,part,sided,meshes\nm,muscle,m,,1,M1\nb,bone,,,1,B1\nc,connective,,,1,C1\n"
    )
    return tmp_path


def save(folder: Path, stem: str, mesh: str, vertices: np.ndarray) -> None:
    np.savez(
        folder / f"{stem}.npz",
        ids=np.array([mesh]),
        V=vertices,
        F=FACES,
        voff=np.array([0, len(vertices)]),
        foff=np.array([0, len(FACES)]),
    )


def load(folder: Path):
    return load_meshes(folder, folder / "structures.csv")


def test_meshes_are_read_in_millimetres_with_the_key_of_their_structure(folder: Path) -> None:
    meshes = load(folder)
    assert [m.id for m in meshes] == ["M1", "B1", "C1"]
    assert meshes.by_id["M1"].vertices.max() == pytest.approx(10)
    assert meshes.by_id["M1"].key == StructureKey("m", Laterality.LEFT)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "bones.npz").unlink()
    with pytest.raises(MyomapError, match=r"bones\.npz is missing"):
        load(folder)


def test_a_file_that_is_cut_short_is_named(folder: Path) -> None:
    path = folder / "muscles.npz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(MyomapError, match=r"muscles\.npz is damaged or cut short"):
        load(folder)


def test_vertices_that_are_not_numbers_are_named(folder: Path) -> None:
    broken = CORNERS.copy()
    broken[2, 1] = np.nan
    save(folder, "muscles", "M1", broken)
    with pytest.raises(MyomapError, match=r"“M1” of muscles\.npz has vertices that are not numbers"):
        load(folder)


def test_a_mesh_that_no_structure_knows_is_named(folder: Path) -> None:
    (folder / "structures.csv").write_text(
        "id,kind,muscle,part,sided,meshes\nb,bone,,,1,B1\nc,connective,,,1,C1\n"
    )
    with pytest.raises(MyomapError, match=r"“M1” of muscles\.npz is in no row of structures\.csv"):
        load(folder)


def test_a_structure_whose_mesh_is_lost_is_named(folder: Path) -> None:
    with (folder / "structures.csv").open("a") as file:
        file.write("lost,bone,,,1,B2\n")
    with pytest.raises(MyomapError, match="“B2”"):
        load(folder)


def test_a_failed_build_leaves_the_old_maps_and_says_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "assets" / "bodymaps" / "male" / "anterior" / "skin.svg"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    code = command.main(["--anatomy", str(tmp_path / "nowhere"), "--out", str(tmp_path)])
    said = capsys.readouterr().err
    assert code == 1
    assert "nowhere is missing" in said
    assert "Traceback" not in said
    assert old.read_text() == "old"
    assert not list((tmp_path / "build").glob("fresh*"))


@pytest.mark.meshes
@pytest.mark.parametrize("broken", ["missing", "cut short"])
def test_a_damaged_anatomy_folder_stops_the_build_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    real = Path(os.environ.get("MYOMAP_ANATOMY", ROOT.parent / "shared" / "anatomy"))
    if not (real / "bones.npz").is_file():
        pytest.skip("the anatomy meshes are not here")
    anatomy = tmp_path / "anatomy"
    anatomy.mkdir()
    for path in real.iterdir():
        if path.name != "bones.npz":
            (anatomy / path.name).symlink_to(path)
    if broken == "cut short":
        (anatomy / "bones.npz").write_bytes((real / "bones.npz").read_bytes()[:100_000])
    out = tmp_path / "checkout"
    old = out / "assets" / "bodymaps" / "male" / "anterior" / "skin.svg"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    (out / "data").symlink_to(ROOT / "data")
    code = command.main(["--anatomy", str(anatomy), "--out", str(out), "--stage", "plates"])
    said = capsys.readouterr().err
    assert code == 1
    assert "bones.npz" in said
    assert len(said.strip().splitlines()) == 1
    assert [p for p in (out / "assets").rglob("*") if p.is_file()] == [old]
    assert old.read_text() == "old"


FRONT = Frame((1, 0, 0), (0, 1, 0), (0, 0, 1), left_edge=-5, top_edge=15, width=20, height=20)


def test_the_nearest_mesh_wins_and_depth_is_millimetres_toward_the_viewer(folder: Path) -> None:
    mesh = load(folder).by_id["M1"]
    near = type(mesh)("near", "near", mesh.kind, mesh.key, mesh.vertices + np.float32([0, 0, 20]), mesh.faces)
    drawn = render(FRONT, 2.0, [mesh, near])
    row, column = ((15 - 1) * 2), ((1 + 5) * 2)
    assert drawn.label[row, column] == 1
    assert 20 < drawn.depth[row, column] <= 30
    assert drawn.label[0, 0] == -1


def test_the_picture_has_up_above_and_the_frames_right_at_the_right(folder: Path) -> None:
    mesh = load(folder).by_id["M1"]
    rows, columns = np.nonzero(render(FRONT, 2.0, [mesh]).label >= 0)
    assert (columns.min() / 2 - 5, 15 - (rows.max() + 1) / 2) == (0, 0)
    assert columns.max() / 2 - 5 < 10
