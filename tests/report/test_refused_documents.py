"""A document that cannot be typeset: people read what to do, the log says why, and neither says a patient's word."""

import logging
from datetime import UTC, datetime

import pytest

from myomap.report import typeset as setting
from myomap.report.typeset import TypesetError, typeset

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = b'#let v = json("values.json")\n'


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (b"#panic(v.name)", "panicked with"),
        (b'#panic("before " + v.name + " after")', "before … … … after"),
        (b"#image(v.name)", "file not found"),
        (b"#v.nothing", "nothing"),
    ],
)
def test_typsts_own_words_go_to_the_log_without_those_of_the_patient(
    template: bytes, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(setting, "_template", lambda name: HEAD + template if name == "x.typ" else b"")
    values = {"name": "Zyxomancer Plumbago Жук", "notes": ["Quirkendale"]}
    with caplog.at_level(logging.INFO), pytest.raises(TypesetError) as caught:
        typeset("x", values, {}, made_at=NOW)
    said = str(caught.value)
    assert "myomap.log" in said
    assert "panicked" not in said
    assert why in caplog.text
    for word in ("Zyxomancer", "Plumbago", "Жук", "Quirkendale", "u{416}"):
        assert word.lower() not in (said + caplog.text).lower()
