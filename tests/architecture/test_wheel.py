"""The wheel carries everything: installed somewhere else, the program finds its atlas, maps and templates."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_installed_program_has_its_atlas_maps_fonts_and_templates(tmp_path: Path) -> None:
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(tmp_path),
            str(ROOT),
        ],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("myomap-*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(installed)
    assert not [n for n in names if n.startswith("mapmaker")]
    assert "myomap/_assets/bodymaps/LICENSE" in names
    environment = {**os.environ, "PYTHONPATH": str(installed), "QT_QPA_PLATFORM": "offscreen"}
    run = [sys.executable, "-P", "-m", "myomap"]
    atlas = subprocess.run(
        [*run, "atlas", "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert atlas.returncode == 0, atlas.stderr
    assert json.loads(atlas.stdout)["counts"]["trigger_points"] >= 230
    out = tmp_path / "plate.pdf"
    shown = subprocess.run(
        [*run, "show", "trapezius-descending-1", "--out", str(out)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert out.read_bytes().startswith(b"%PDF")
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import myomap.resources as r; print(r.atlas_path())"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(installed) in where.stdout
