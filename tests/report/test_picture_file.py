"""A file that cannot be written leaves what was there, leaves nothing half done, and is said why."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from myomap.errors import MyomapError
from myomap.report import picture_file
from myomap.report.picture_file import write_whole


def refused(out: Path) -> MyomapError:
    with pytest.raises(MyomapError) as caught:
        write_whole(out, b"new" * 1000)
    return caught.value


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "your-visit.pdf"
    path.write_bytes(b"old")
    return path


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EIO, "the disk does not answer"),
        (errno.EROFS, "cannot be written"),
    ],
)
def test_a_disk_that_fails_while_writing_keeps_the_old_file(
    old: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(picture_file.os, "fsync", fail)
    error = refused(old)
    assert said in error.what
    assert "nothing that is recorded is lost" in error.safe
    assert old.read_bytes() == b"old"
    assert list(old.parent.iterdir()) == [old]


def test_a_file_that_is_open_elsewhere_is_said_to_be(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(self: Path, target: Path) -> Path:
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(Path, "replace", locked)
    error = refused(old)
    assert "another program has it open" in error.what
    assert "Close it there" in error.todo
    assert list(old.parent.iterdir()) == [old]


def test_a_folder_that_may_not_be_written_is_told_from_a_file_that_is_open(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(**_: object) -> None:
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(picture_file.tempfile, "mkstemp", denied)
    assert "this folder may not be written" in refused(old).what


def test_wrong_places_are_said_in_words(old: Path) -> None:
    assert "the folder is not there" in refused(old / "inside-a-file.pdf").what
    (old.parent / "folder.pdf").mkdir()
    assert "there is a folder of this name" in refused(old.parent / "folder.pdf").what
    error = refused(old.parent / ("x" * 400 + ".pdf"))
    assert "the name is too long" in error.what
    assert len(error.what) < 200


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_device_that_is_really_full_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    part = tmp_path / "x.part"
    part.touch()
    monkeypatch.setattr(picture_file.tempfile, "mkstemp", lambda **_: (full, str(part)))
    assert "the disk is full" in refused(tmp_path / "x.pdf").what
    assert not part.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_is_followed_and_stays_a_link(old: Path) -> None:
    link = old.parent / "link.pdf"
    link.symlink_to(old)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert old.read_bytes() == b"new"
    (old.parent / "away.pdf").symlink_to(old.parent / "not" / "there.pdf")
    write_whole(old.parent / "away.pdf", b"new")
    assert (old.parent / "not" / "there.pdf").read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_in_a_circle_are_said_to_be(old: Path) -> None:
    one, two = old.parent / "one.pdf", old.parent / "two.pdf"
    one.symlink_to(two)
    two.symlink_to(one)
    assert "round in a circle" in refused(one).what


def test_a_name_as_long_as_a_name_may_be_is_written_in_any_script(tmp_path: Path) -> None:
    for name in ("x" * 251, "\u75bc" * 83, "\U0001f642" * 62):
        out = tmp_path / f"{name}.pdf"
        write_whole(out, b"new")
        assert out.read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_file_larger_than_may_be_here_keeps_the_old_one(old: Path) -> None:
    code = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from myomap.errors import MyomapError\nfrom myomap.report.picture_file import write_whole\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    write_whole(Path(sys.argv[1]), b'new' * 1000)\nexcept MyomapError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(old)],
        capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert "no file may be so large here" in done.stdout
    assert old.read_bytes() == b"old"
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_or_a_device_is_refused_and_stays(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe.pdf", tmp_path / "link.pdf"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for out in (pipe, link):
        with pytest.raises(MyomapError, match="device"):
            write_whole(out, b"new")
    assert pipe.is_fifo()
    assert sorted(tmp_path.iterdir()) == [link, pipe]
