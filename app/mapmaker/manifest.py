"""assets/bodymaps/MANIFEST.json: what the maps were made from, and a hash of each file.

`verify` needs no meshes: it proves that the committed files are those that one build wrote.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from myomap.errors import MyomapError

NAME = "MANIFEST.json"
_BY_HAND = {NAME, "LICENSE", "ATTRIBUTION.md", "README.md"}
#: Reviewed sources of the maps in a checkout; the meshes are listed beside them when they are there.
_TABLES = ("views.yaml", "layers.csv", "structures.csv", "variants.csv", "palette.yaml")


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def table_hashes(root: Path) -> dict[str, str]:
    """Return the hashes of the reviewed tables, with line ends made alike."""
    return {
        f"data/{name}": hashlib.sha256(
            (root / "data" / name).read_bytes().replace(b"\r\n", b"\n")
        ).hexdigest()
        for name in _TABLES
        if (root / "data" / name).is_file()
    }


def outputs(bodymaps: Path) -> dict[str, str]:
    """Return the hash of every made file under the folder, by its path."""
    files = sorted(path for path in bodymaps.rglob("*") if path.is_file())
    return {
        path.relative_to(bodymaps).as_posix(): hash_of(path)
        for path in files
        if path.relative_to(bodymaps).as_posix() not in _BY_HAND
    }


def write(root: Path, bodymaps: Path, anatomy: Path, extra: Mapping[str, Path]) -> Path:
    """Write the manifest of a finished build; ``extra`` are outputs elsewhere, by name."""
    inputs = table_hashes(root)
    for path in sorted(anatomy.iterdir()):
        if path.suffix in (".npz", ".npy", ".csv") and path.is_file():
            inputs[f"anatomy/{path.name}"] = hash_of(path)
    body = {
        "about": "Made by `python -m mapmaker`; do not edit. Hashes are SHA-256.",
        "inputs": inputs,
        "outputs": outputs(bodymaps),
        "elsewhere": {name: hash_of(path) for name, path in extra.items() if path.is_file()},
    }
    path = bodymaps / NAME
    path.write_text(json.dumps(body, indent=1, sort_keys=True) + "\n", "utf-8")
    return path


def verify(root: Path) -> list[str]:
    """Return a sentence for everything in a checkout that does not belong to the written build."""
    bodymaps = root / "assets" / "bodymaps"
    path = bodymaps / NAME
    try:
        body = json.loads(path.read_text("utf-8"))
        written, inputs, elsewhere = body["outputs"], body["inputs"], body["elsewhere"]
    except (OSError, ValueError, KeyError) as error:
        raise MyomapError(
            f"The manifest {path} cannot be read ({error!r}).", todo="Run “make maps”."
        ) from error
    faults = []
    found = outputs(bodymaps)
    for name in sorted({*written, *found}):
        if name not in found:
            faults.append(f"{name} is missing.")
        elif name not in written:
            faults.append(f"{name} is not in the manifest.")
        elif written[name] != found[name]:
            faults.append(f"{name} was changed after the build.")
    for name, digest in sorted(elsewhere.items()):
        if not (root / name).is_file():
            faults.append(f"{name} is missing.")
        elif hash_of(root / name) != digest:
            faults.append(f"{name} was changed after the build.")
    for name, digest in sorted(table_hashes(root).items()):
        if inputs.get(name) != digest:
            faults.append(f"{name} was changed after the build; run “make maps”.")
    return faults
