"""No hand-written file grows without limit."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 500


def test_no_source_file_is_longer_than_the_limit() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("app", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert not long


def test_nothing_committed_names_a_registry_host() -> None:
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "deb.debian" + ".org")
    named = [
        str(path.relative_to(ROOT))
        for pattern in ("app/**/*.py", ".ci/*", "*.toml", "*.lock", "Makefile", "*.md")
        for path in ROOT.glob(pattern)
        if path.is_file() and any(host in path.read_text("utf-8") for host in hosts)
    ]
    assert not named
