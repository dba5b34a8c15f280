"""The command line beside the window: look things up, draw maps, make the demo, check records.

Every failure that can be expected is one sentence on stderr and exit code 1; wrong usage is 2.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from myomap import __version__
from myomap.errors import MyomapError

Command = Callable[[argparse.Namespace], int]


def default_home() -> Path:
    """Return the folder of settings, study progress and practice files."""
    given = os.environ.get("MYOMAP_HOME")
    if given:
        return Path(given)
    base = os.environ.get("XDG_DATA_HOME")
    if sys.platform == "win32":
        base = os.environ.get("APPDATA")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    return (Path(base) if base else Path.home() / ".local" / "share") / "myomap"


def _window(options: argparse.Namespace) -> int:
    from myomap.bootstrap import run_window

    return run_window(options.home, database=options.database, look_around=options.demo)


def _command(module: str, name: str) -> Command:
    """Return a command that is imported when it is called, so that the window starts fast."""

    def run(options: argparse.Namespace) -> int:
        from importlib import import_module

        called: Command = getattr(import_module(module), name)
        return called(options)

    return run


def parser() -> argparse.ArgumentParser:
    """Return the parser of everything that ``myomap`` understands."""
    top = argparse.ArgumentParser(
        prog="myomap",
        description="An offline atlas of myofascial trigger points. Without a command, the window opens.",
    )
    top.add_argument("--version", action="version", version=f"myomap {__version__}")
    top.add_argument("--home", type=Path, default=default_home(), help="folder where everything is kept")
    top.add_argument(
        "--database", default="", help="a practice on a PostgreSQL server (postgresql+psycopg://…)"
    )
    top.add_argument(
        "--demo", action="store_true", help="look around with invented patients; nothing of it is kept"
    )
    top.set_defaults(run=_window)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, says: str, run: Command) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=says, description=says)
        made.set_defaults(run=run)
        return made

    atlas = add(
        "atlas",
        "What the atlas holds: counts, sources, what is not covered.",
        _command("myomap.atlas_commands", "atlas"),
    )
    atlas.add_argument("--json", action="store_true", help="as JSON")

    show = add(
        "show",
        "Draw a muscle, structure or trigger point as PNG, SVG or PDF.",
        _command("myomap.atlas_commands", "show"),
    )
    show.add_argument("id", help="e.g. trapezius-descending-1, gluteus-minimus, femur")
    show.add_argument("--side", choices=("right", "left"), default="right")
    show.add_argument("--view", help="e.g. male.anterior; the best view is chosen without it")
    show.add_argument("--layer", choices=("skin", "superficial", "intermediate", "deep", "skeleton"))
    show.add_argument("--out", type=Path, required=True, help="a .png, .svg or .pdf file")
    show.add_argument("--paper", choices=("a4", "letter"), default="a4")

    look = add(
        "lookup",
        "Published patterns that overlap named regions or a drawing.",
        _command("myomap.atlas_commands", "lookup"),
    )
    look.add_argument(
        "--region", action="append", default=[], metavar="ID", help="see “myomap regions”; may be repeated"
    )
    look.add_argument("--side", choices=("right", "left"), help="side of the regions")
    look.add_argument("--drawing", type=Path, metavar="FILE", help="JSON: polygons in a view's millimetres")
    look.add_argument("--limit", type=int, default=15, help="rows at the most (0 for all)")
    look.add_argument("--json", action="store_true", help="as JSON")

    often = add(
        "frequency",
        "A map of how many of several drawings cover each place.",
        _command("myomap.atlas_commands", "frequency"),
    )
    often.add_argument(
        "drawings", nargs="+", type=Path, metavar="FILE", help="drawings as for lookup --drawing"
    )
    often.add_argument("--view", default="male.anterior", help="the view to draw")
    often.add_argument("--out", type=Path, required=True, help="a .png, .svg or .pdf file")
    often.add_argument("--paper", choices=("a4", "letter"), default="a4")

    regions = add(
        "regions",
        "Every region of the skin and the published sets.",
        _command("myomap.atlas_commands", "regions"),
    )
    regions.add_argument("--json", action="store_true", help="as JSON")

    demo = add(
        "demo",
        "A demo patient, pictures of the window, and a sample annotated PDF.",
        _command("myomap.demo", "demo"),
    )
    demo.add_argument("--out", type=Path, required=True, help="folder to write to")
    demo.add_argument("--paper", choices=("a4", "letter"), default="a4")

    records = add(
        "records",
        "Check, back up, restore and export a practice; set up a server.",
        _command("myomap.store.commands", "records"),
    )
    records.add_argument(
        "action",
        choices=(
            "create",
            "info",
            "verify",
            "backup",
            "restore",
            "export-patient",
            "new-recovery-key",
            "server-setup",
        ),
    )
    records.add_argument("--file", type=Path, help="the practice file (default: in --home)")
    records.add_argument("--patient", help="id of the patient to export")
    records.add_argument("--out", type=Path, help="file or folder to write")
    records.add_argument(
        "--prefix", default="myomap", help="server-setup: what the names of the groups begin with"
    )
    records.add_argument(
        "--apply", action="store_true", help="server-setup: do it in --database instead of printing it"
    )
    records.add_argument("--from", dest="source", type=Path, help="backup to restore")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    options = parser().parse_args(arguments)
    run: Any = options.run
    try:
        return int(run(options))
    except MyomapError as error:
        print(f"myomap: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"myomap: {error.strerror or error}{where}. Nothing else was changed.", file=sys.stderr)  # noqa: T201
        return 1
