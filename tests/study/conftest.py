"""One question maker for all tests: measuring the views takes seconds."""

from typing import Any

import pytest

from myomap.study.makers import QuestionMaker


@pytest.fixture(scope="session")
def maker(atlas: Any) -> QuestionMaker:
    made = QuestionMaker(atlas)
    made.prepare()
    return made
