"""The style sheet, made from the theme's tokens. Widgets are told apart by object names and `kind`."""

from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myomap.gui.theme import Chrome

_SHEET = Template("""
* { outline: none; }
QWidget { color: $text; }
QMainWindow, #page { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 8px; }
QLabel { background: transparent; }
QLabel[kind="title"] { font-size: ${t22}px; font-weight: bold; }
QLabel[kind="heading"] { font-size: ${t12}px; font-weight: bold; color: $muted; }
QLabel[kind="subtitle"] { font-size: ${t15}px; color: $muted; }
QLabel[kind="latin"] { font-size: ${t14}px; font-style: italic; color: $muted; }
QLabel[kind="muted"] { color: $muted; font-size: ${t13}px; }
QLabel[kind="small"] { color: $muted; font-size: ${t12}px; }
QLabel[kind="strong"] { font-weight: bold; }
QLabel[kind="question"] { font-size: ${t18}px; font-weight: bold; }
QLabel[kind="mark_good"] { color: $good; font-weight: bold; font-size: ${t13}px; }
QLabel[kind="mark_bad"] { color: $danger; font-weight: bold; font-size: ${t13}px; }
QLabel[kind="verdict_good"], QLabel[kind="verdict_bad"] { font-size: ${t18}px; font-weight: bold; padding: 6px 12px;
    border-radius: 8px; color: $good; background: $good_soft; border: 1px solid $good; }
QLabel[kind="verdict_bad"] { color: $danger; background: $danger_soft; border: 1px solid $danger; }
QLabel[kind="side"] { background: $accent; color: $on_accent; border-radius: 4px; padding: 2px 8px;
    font-weight: bold; font-size: ${t12}px; }
QLabel[kind="chip"] { background: $raised; color: $muted; border: 1px solid $border; border-radius: 9px;
    padding: 1px 8px; font-size: ${t12}px; }
QLabel[kind="recalled"] { background: $caution_soft; color: $caution; border: 1px dashed $caution;
    border-radius: 9px; padding: 1px 8px; font-size: ${t12}px; }
QLabel[kind="danger"] { background: $danger_soft; color: $danger; border: 1px solid $danger;
    border-radius: 9px; padding: 1px 8px; font-size: ${t12}px; font-weight: bold; }
QLabel[kind="caution"] { background: $caution_soft; color: $caution; border: 1px solid $caution;
    border-radius: 9px; padding: 1px 8px; font-size: ${t12}px; font-weight: bold; }
QLabel[kind="danger"][wordWrap="true"], QLabel[kind="caution"][wordWrap="true"] { padding: 5px 10px; }

#rail { background: $rail; }
#rail QToolButton { color: $rail_text; background: transparent; border: none; border-radius: 8px;
    padding: 8px 2px 6px 2px; font-size: ${t12}px; }
#rail[low="true"] QToolButton { padding: 2px; }
#rail QToolButton:hover { background: rgba(255, 255, 255, 24); color: $rail_on; }
#rail QToolButton:checked { background: rgba(255, 255, 255, 38); color: $rail_on; font-weight: bold; }
#rail QToolButton:focus { border: 2px solid $focus; padding: 6px 0px 4px 0px; }
#rail[low="true"] QToolButton:focus { padding: 0px; }
#bar { background: $panel; border-bottom: 1px solid $border; }
#side { background: $panel; }
#side[over="true"] { border-right: 1px solid $strong_border; }
#inspector, #inspector > QWidget, #inspector_body { background: $panel; border: none; }
#map_panel { background: $panel; border: 1px solid $border; border-radius: 12px; }
#map_panel[active="true"] { border: 1px solid $focus; }
#map_header { background: transparent; }
#map_view { border: none; border-radius: 8px; background: transparent; }
#map_letter { color: $text; font-size: ${t22}px; font-weight: bold; background: $panel;
    border-radius: 6px; }
#map_word { color: $muted; font-size: ${t12}px; background: $panel; border-radius: 6px; }
#map_caption { background: $panel; color: $text; border: 1px solid $border; border-radius: 6px;
    padding: 4px 10px; font-size: ${t13}px; }

QFrame[kind="card"] { background: $raised; border: 1px solid $border; border-radius: 10px; }
QFrame[kind="card"]:focus, QFrame[kind="card"]:hover { border: 1px solid $strong_border; }
QFrame[kind="card"][lit="true"] { border: 2px solid $accent; background: $accent_soft; }
QFrame[kind="pictures"] { background: $raised; border: 2px solid $border; border-radius: 10px; }
QFrame[kind="pictures"]:hover, QFrame[kind="pictures"]:focus { border-color: $strong_border; }
QFrame[kind="pictures"][lit="true"] { border-color: $accent; }
QFrame[kind="row"] { background: $raised; border: 1px solid $border; border-radius: 8px; }
QFrame[kind="row"]:hover, QFrame[kind="row"]:focus, QFrame[kind="row"][lit="true"] { background: $accent_soft;
    border-color: $accent; }
QLabel[kind="flag"] { color: $text; font-size: ${t13}px; }
QLabel[kind="small_strong"] { color: $text; font-size: ${t12}px; font-weight: bold; }
QPushButton[kind="filter"] { padding: 1px 9px; min-height: 18px; border-radius: 11px; font-size: ${t12}px; }
QFrame[kind="danger_card"] { background: $danger_soft; border: 1px solid $danger; border-radius: 10px; }
QFrame[kind="caution_card"] { background: $caution_soft; border: 1px solid $caution; border-radius: 10px; }
QFrame[kind="rule"] { background: $border; max-height: 1px; min-height: 1px; border: none; }

QPushButton { background: $panel; color: $text; border: 1px solid $strong_border; border-radius: 8px;
    padding: 6px 14px; min-height: 20px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:focus { border: 2px solid $focus; padding: 5px 13px; }
QPushButton:checked { background: $accent_soft; border-color: $accent; color: $accent; font-weight: bold; }
QPushButton[kind="filter"]:checked { border: 2px solid $accent; padding: 0px 8px; font-weight: normal; }
QPushButton[kind="filter"]:focus { border: 2px solid $focus; padding: 0px 8px; }
QPushButton:disabled { color: $disabled; border: 1px dashed $border; background: transparent; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent;
    font-weight: bold; }
QPushButton[kind="primary"]:hover { background: $accent; }
QPushButton[kind="primary"]:focus { border: 2px solid $focus; }
QPushButton[kind="primary"]:disabled { background: $raised; color: $disabled; border: 1px dashed $border; }
QPushButton[kind="danger"] { color: $danger; border-color: $danger; }
QPushButton[kind="link"], QToolButton[kind="link"] { background: transparent; border: none; color: $accent;
    padding: 2px 4px; text-align: left; border-radius: 4px; }
QPushButton[kind="link"][small="true"] { font-size: ${t12}px; padding: 2px 4px; }
QPushButton[kind="link"][small="true"]:focus { padding: 0px 2px; }
QPushButton[kind="link"]:hover, QToolButton[kind="link"]:hover { background: $accent_soft; }
QPushButton[kind="link"]:focus { border: 2px solid $focus; padding: 0px 2px; }
QPushButton[kind="row"] { background: transparent; border: 1px solid transparent; border-radius: 8px;
    padding: 8px; text-align: left; }
QPushButton[kind="offer"] { text-align: left; padding: 6px 10px; color: $accent; font-weight: bold; }
QPushButton[kind="row"]:hover { background: $hover; }
QPushButton[kind="row"]:focus { border: 2px solid $focus; padding: 7px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 5px; }
QToolButton:hover { background: $hover; }
QToolButton:checked { background: $accent_soft; border-color: $accent; }
QToolButton:focus { border: 2px solid $focus; padding: 4px; }
QToolButton::menu-indicator { image: none; width: 0px; }
QToolButton[kind="chooser"] { font-size: ${t14}px; font-weight: bold; padding: 5px 10px; }
QToolButton[kind="floating"] { background: $panel; border: 1px solid $border; border-radius: 8px; }
QToolButton[kind="floating"]:hover { background: $hover; }
QToolButton[kind="floating"]:focus { border: 2px solid $focus; }

#segments { background: $raised; border: 1px solid $border; border-radius: 9px; }
#segments QPushButton { background: transparent; border: 1px solid transparent; border-radius: 7px;
    padding: 4px 12px; color: $muted; min-height: 20px; }
#segments QPushButton:hover { color: $text; }
#segments QPushButton:checked { background: $panel; color: $accent; border: 1px solid $strong_border;
    font-weight: normal; }
#segments QPushButton:focus { border: 2px solid $focus; padding: 3px 11px; }

#choice QPushButton { padding: 4px 8px; min-height: 18px; color: $text; font-weight: normal; }
#choice QPushButton:focus { padding: 3px 7px; }
#choice QPushButton:checked { background: $accent; border-color: $accent; color: $on_accent;
    font-weight: normal; }
#choice QPushButton:disabled { color: $disabled; }
#choice QPushButton:checked:disabled { background: $raised; border: 1px solid $muted; color: $text; }
#choice QPushButton[kind="number"] { padding: 4px 0px; min-width: 24px; }
#choice QPushButton[kind="number"]:focus { padding: 3px 0px; min-width: 22px; }
QLabel[kind="problem"] { color: $danger; font-size: ${t13}px; }
QLabel[kind="good"] { background: $good_soft; color: $good; border: 1px solid $good; border-radius: 9px;
    padding: 1px 8px; font-size: ${t12}px; font-weight: bold; }
QLabel[kind="number"] { font-size: ${t22}px; font-weight: bold; }
QToolButton[kind="fold"] { color: $muted; font-weight: bold; padding: 5px 2px; text-align: left; }
QToolButton[kind="fold"]:checked { background: transparent; border-color: transparent; color: $text; }
QFrame[kind="step"] { background: transparent; border: none; border-bottom: 1px solid $border; }
QFrame[kind="step"][open="true"] { background: $raised; border-bottom: 1px solid $strong_border; }
QFrame[kind="step_head"] { background: transparent; border: 2px solid transparent; border-radius: 8px; }
QFrame[kind="step_head"]:hover { background: $hover; }
QFrame[kind="step_head"]:focus { border: 2px solid $focus; }
QLabel[kind="step_number"] { background: $raised; border: 1px solid $strong_border; color: $muted;
    border-radius: 12px; font-size: ${t12}px; font-weight: bold; }
QLabel[kind="step_number"][done="true"] { background: $accent; color: $on_accent; border-color: $accent; }
#top_name { font-size: ${t18}px; font-weight: bold; padding: 3px 0px; text-align: left; background: transparent;
    border: none; border-radius: 4px; }
#top_name:hover { color: $accent; }
#top_name:focus { border: 2px solid $focus; padding: 1px 0px; }
#paper { background: $panel; border: 1px solid $border; border-radius: 12px; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateEdit {
    background: $panel; color: $text; border: 1px solid $strong_border; border-radius: 8px; padding: 6px 10px;
    min-height: 20px; selection-background-color: $accent; selection-color: $on_accent;
    placeholder-text-color: $muted; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus,
QDateEdit:focus { border: 2px solid $focus; padding: 5px 9px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QDateEdit:disabled {
    background: transparent; border: 1px dashed $strong_border; }
QLineEdit#search { background: $raised; border-radius: 16px; padding-left: 10px; }
QLineEdit#palette_text { font-size: ${t18}px; padding: 10px 14px; border-radius: 10px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $border;
    selection-background-color: $accent_soft; selection-color: $text; }

QTreeView, QListView, QTableView { background: $panel; border: none; alternate-background-color: $raised;
    selection-background-color: $accent_soft; selection-color: $text; }
QTreeView { selection-background-color: transparent; show-decoration-selected: 0; }
QTreeView::branch:selected:!has-children { background: $panel; }
QTreeView::item, QListView::item { padding: 4px 4px; border-radius: 6px; border: 1px solid transparent; }
QTableView::item { padding: 4px 6px; border: none; }
QTreeView::item:hover, QListView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected { background: $accent_soft; color: $text; }
QTreeView::item:selected:active:focus, QListView::item:selected:active:focus { border: 1px solid $focus; }
QHeaderView::section { background: $raised; color: $muted; border: none; border-bottom: 1px solid $border;
    padding: 6px 8px; font-weight: bold; }
#toast { background: $text; color: $panel; border-radius: 10px; padding: 10px 18px; }
#results { border: 1px solid $border; border-radius: 10px; background: $panel; }
#palette { background: $panel; border: 1px solid $strong_border; border-radius: 14px; }

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: $strong_border; border-radius: 4px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
QMenu { background: $panel; color: $text; border: 1px solid $border; border-radius: 8px; padding: 6px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 6px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: 6px 4px; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; padding: 2px; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $strong_border; border-radius: 4px;
    background: $panel; }
QCheckBox::indicator:hover { border-color: $accent; }
QCheckBox::indicator:focus { border: 2px solid $focus; }
QCheckBox::indicator:checked { background: $accent; border: 1px solid $accent; image: url("$tick"); }
QCheckBox::indicator:disabled { background: $border; }
QCheckBox:focus, QRadioButton:focus { text-decoration: underline; }
QStatusBar { background: $panel; border-top: 1px solid $border; color: $muted; }
QStatusBar::item { border: none; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 12px;
    border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; font-weight: bold; }
QTabWidget::pane { border: none; }
QSlider:horizontal { min-height: 24px; }
QSlider::groove:horizontal { height: 4px; background: $strong_border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 16px; height: 16px; margin: -6px 0; border-radius: 8px;
    background: $panel; border: 2px solid $accent; }
QSlider::handle:horizontal:focus { border: 2px solid $focus; background: $accent_soft; }
QPushButton[kind="ink"] { padding: 4px 8px; }
QPushButton[kind="ink"]:checked { border: 2px solid $accent; padding: 3px 7px; font-weight: normal; }
QPushButton[kind="ink"]:focus { border: 2px solid $focus; padding: 3px 7px; }
QProgressBar { border: 1px solid $border; border-radius: 4px; background: $raised; max-height: 8px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
""")


def stylesheet(chrome: "Chrome", px: Callable[[float], int]) -> str:
    """Return the style sheet of a theme; ``px`` scales type to the chosen text size."""
    colours = {name: getattr(chrome, name) for name in chrome.__slots__}
    sizes = {f"t{size}": str(px(size)) for size in (12, 13, 14, 15, 18, 22)}
    # the tick is the only picture of the sheet; Qt reads it from a file
    tick = Path(__file__).with_name("tick-light.svg" if chrome.on_accent == "#ffffff" else "tick-dark.svg")
    return _SHEET.substitute(colours | sizes | {"tick": tick.as_posix()})
