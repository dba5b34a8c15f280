"""How well the schedule meets the student's aim, and fitting it to the log: offered, compared, undone."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from myomap.errors import MyomapError
from myomap.gui.context import Context
from myomap.gui.flow import Flow
from myomap.gui.messages import message_for
from myomap.gui.parts import Card, clear, heading, label
from myomap.gui.study.words import count_words

if TYPE_CHECKING:
    from myomap.study.fitting import Fit
    from myomap.study.session import Study


class FitCard(Card):
    """Says what was remembered lately; compares a fitted schedule before it is taken."""

    changed = Signal()
    """Another schedule is in use: cards come due on other days."""

    def __init__(self, context: Context, study: "Study") -> None:
        super().__init__()
        self._context, self._study = context, study
        self.body.addWidget(heading("How well it fits you"))
        self._lines: QVBoxLayout = QVBoxLayout()
        self._lines.setSpacing(8)
        self.body.addLayout(self._lines)
        self.fit = QPushButton("Fit it to my answers …")
        self.show_now()

    # -- what is said ------------------------------------------------------------------------------
    def _say(self, *texts: str) -> None:
        for text in texts:
            self._lines.addWidget(label(text, selectable=True))

    def _offer(self, *buttons: QPushButton) -> None:
        flow = Flow(8)
        for each in buttons:
            flow.addWidget(each)
        self._lines.addLayout(flow)

    def show_now(self) -> None:
        """Show how it stands."""
        from myomap.study.fitting import LEAST

        clear(self._lines)
        study = self._study
        aim = round(100 * study.settings.retention)
        count, share = study.remembered
        if count:
            self._say(
                f"Of the latest {count_words(count, 'answer')} on a later day you remembered {round(100 * share)} %; "
                f"you aim at {aim} %. The schedule is moved a little every day until the two meet."
            )
        else:
            self._say(f"You aim to remember {aim} %. From tomorrow on your answers show how near that is.")
        asked = study.slept_over
        self.fit = QPushButton("Fit it to my answers …")
        self.fit.setEnabled(asked >= LEAST)
        self.fit.clicked.connect(self._compare)
        buttons = [self.fit]
        if study.settings.parameters:
            self._say("The schedule in use was fitted to your own answers.")
            undo = QPushButton("Back to the average schedule")
            undo.clicked.connect(lambda: self._take(()))
            buttons.append(undo)
        if asked < LEAST:
            words = (
                f"{LEAST} answers on a later day are needed to fit it to your own memory; there are {asked}."
            )
            self._lines.addWidget(label(words, "small"))
        self._offer(*buttons)

    def _compare(self) -> None:
        """Fit off the window's thread, then show the comparison."""
        from myomap.study.fitting import fitted

        study = self._study
        clear(self._lines)
        self._say("Fitting to your answers …")
        self._context.pool.run(
            lambda: fitted(study.progress.reviews(), study.settings),
            self._show_fit,
            self._on_failed,
            owner=self,
        )

    def _on_failed(self, error: Exception) -> None:
        self._context.prompts.tell(message_for(error))
        self.show_now()

    def _show_fit(self, fit: "Fit | None") -> None:
        clear(self._lines)
        if fit is None:
            self.show_now()
            return
        self._say(
            f"Compared on your latest {count_words(fit.held_out, 'answer')}, which the fit has not seen. "
            f"You remembered {100 * fit.remembered:.1f} % of them.",
            f"Foretold now: {100 * fit.foretold_before:.1f} % (log loss {fit.before:.4f} an answer). "
            f"Foretold by the fit: {100 * fit.foretold_after:.1f} % (log loss {fit.after:.4f}; smaller is nearer).",
            _verdict(fit),
        )
        leave = QPushButton("Leave it as it is")
        leave.clicked.connect(self.show_now)
        buttons = [leave]
        if fit.is_better:
            use = QPushButton("Use the fitted schedule")
            use.setProperty("kind", "primary")
            use.clicked.connect(lambda: self._take(fit.parameters))
            buttons.insert(0, use)
        self._offer(*buttons)

    # -- what is done ------------------------------------------------------------------------------
    def _take(self, parameters: tuple[float, ...]) -> None:
        """Reckon all cards anew from the log, off the window's thread, and keep them."""
        from myomap.study.fitting import replayed

        study = self._study
        settings = study.with_parameters(parameters)
        clear(self._lines)
        self._say("Reckoning your cards anew from the log …")

        def done(states: object) -> None:
            assert isinstance(states, list)
            words = "The schedule was fitted." if parameters else "The schedule is the average one again."
            try:
                study.take_schedule(settings, states, words, datetime.now(UTC))
            except MyomapError as error:
                self._on_failed(error)
                return
            self.show_now()
            self.changed.emit()

        held = dict(study.states)
        self._context.pool.run(
            lambda: replayed(held, study.progress.reviews(), settings), done, self._on_failed, owner=self
        )


def _verdict(fit: "Fit") -> str:
    if not fit.is_better:
        return "The fit is no nearer than the schedule in use: leave it."
    if not fit.is_clear:
        return "The fit is nearer, but by no more than chance gives. It can be undone."
    return "The fit is nearer. Your cards come on other days then; no answer is lost, and it can be undone."
