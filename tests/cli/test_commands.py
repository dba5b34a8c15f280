"""The command line as a script sees it: JSON on stdout, a sentence on stderr, an exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "app"), "QT_QPA_PLATFORM": "offscreen"}
    if home is not None:
        environment["MYOMAP_HOME"] = str(home)
    return subprocess.run(
        [sys.executable, "-m", "myomap", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=110,
        check=False,
    )


def as_json(*arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_atlas_counts_what_it_holds_and_what_is_recalled() -> None:
    made = as_json("atlas")
    assert made["counts"]["trigger_points"] >= 230
    assert made["counts"]["muscles"] >= 190
    assert sum(made["by_body_part"].values()) == made["counts"]["trigger_points"]
    assert made["without_source"] == []
    assert made["recalled"]["safety advice"] > made["recalled"]["exercises"] == 0, "all exercises were read"
    assert all(row for row in made["not_covered"])


def test_lookup_of_a_region_names_side_reasons_source_and_order() -> None:
    made = as_json("lookup", "--region", "temporal", "--side", "right")
    first = made["matches"][0]
    assert {"side", "muscle", "reasons", "source", "confidence", "published_order", "essential_drawn"} <= set(
        first
    )
    assert first["side"] in ("right", "midline")
    assert "not a probability" in made["sort_order"]
    assert any(m["trigger_point"].startswith("trapezius-descending") for m in made["matches"])


def test_lookup_of_a_drawing(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text(
        json.dumps({"view": "male.anterior", "polygons": [[[380, 500], [440, 500], [440, 560], [380, 560]]]}),
        "utf-8",
    )
    made = as_json("lookup", "--drawing", str(path))
    assert made["area_cm2"] > 5
    assert made["matches"]


def test_a_frequency_map_counts_drawings(tmp_path: Path) -> None:
    files = []
    for number, size in enumerate((40, 60, 80)):
        path = tmp_path / f"{number}.json"
        ring = [[380, 500], [380 + size, 500], [380 + size, 500 + size], [380, 500 + size]]
        path.write_text(json.dumps({"view": "male.anterior", "polygons": [ring]}), "utf-8")
        files.append(str(path))
    out = tmp_path / "often.svg"
    done = run("frequency", *files, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "3 drawings; the place drawn most often is in 3 of them" in done.stdout
    svg = out.read_text("utf-8")
    for words in ("1 of 3 drawings (33 %)", "2 of 3 drawings (67 %)", "3 of 3 drawings (100 %)"):
        assert words in svg
    assert svg.count('class="drawing"') == 6, "three rings, and three swatches of the legend"


def test_regions_have_dictionaries_of_the_published_sets() -> None:
    made = as_json("regions")
    assert len(made["sets"]["wpi"]["areas"]) == 19
    assert len(made["sets"]["choir74"]["areas"]) == 74
    assert all(a["area_cm2"] > 0 for s in made["sets"].values() for a in s["areas"])


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_show_draws_a_trigger_point(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"x.{ending}"
    done = run("show", "trapezius-descending-1", "--out", str(out))
    assert done.returncode == 0, done.stderr
    starts = {"png": b"\x89PNG", "svg": b"<svg", "pdf": b"%PDF"}[ending]
    assert out.read_bytes().startswith(starts)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "trapezius-descendin", "--out", "x.png"), "Close to it: "),
        (("show", "trapezius", "--view", "male.nowhere", "--out", "x.png"), "no view"),
        (("show", "trapezius", "--out", "x.tiff"), "Use .png, .svg or .pdf"),
        (("show", "trapezius", "--out", "/proc/nowhere/x.png"), "could not be written"),
        (("lookup",), "Say either"),
        (("lookup", "--region", "temporal"), "has two sides"),
        (("lookup", "--region", "nowhere", "--side", "right"), "no region"),
        (("lookup", "--region", "temporal.right", "--side", "left"), "is on the right"),
        (("lookup", "--drawing", "/nowhere/d.json"), "No such file"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_1(
    arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_every_command_has_help() -> None:
    top = run("--help").stdout
    for command in ("atlas", "show", "lookup", "frequency", "regions", "demo", "records"):
        assert command in top
        assert run(command, "--help").returncode == 0


@pytest.mark.parametrize("damage", ["missing", "truncated", "text", "other_format"])
def test_a_damaged_atlas_is_a_sentence(tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    from myomap import atlas_commands, cli
    from myomap.resources import atlas_path

    path = tmp_path / "atlas.sqlite"
    if damage == "truncated":
        path.write_bytes(atlas_path().read_bytes()[:300_000])
    elif damage == "text":
        path.write_text("not an atlas", "utf-8")
    elif damage == "other_format":
        path.write_bytes(atlas_path().read_bytes())
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 999")
        database.close()
    before = path.read_bytes() if path.exists() else None
    monkeypatch.setattr(atlas_commands, "atlas_path", lambda: path)
    assert cli.main(["atlas", "--json"]) == 1
    assert (path.read_bytes() if path.exists() else None) == before


def test_demo_opens_the_window_among_invented_patients(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from myomap import bootstrap
    from myomap.cli import main

    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(
        bootstrap, "run_window", lambda home, **given: asked.append({"home": home, **given}) or 0
    )
    assert main(["--home", str(tmp_path), "--demo"]) == 0
    assert asked == [{"home": tmp_path, "database": "", "look_around": True}]
    assert main(["--home", str(tmp_path)]) == 0
    assert asked[1]["look_around"] is False
