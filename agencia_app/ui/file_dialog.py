"""The dialogs that choose a file or a folder. Not the system's: ours speaks Spanish and follows the zoom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QToolButton

from agencia_app.ui.widgets import look

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def open_file_dialog(parent: QWidget, title: str, filters: Sequence[str]) -> QFileDialog:
    """Open the dialog and return it; ``fileSelected`` carries the one existing file chosen."""
    dialog = QFileDialog(parent, title)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(filters)
    return _opened(dialog)


def open_folder_dialog(parent: QWidget, title: str, folder: str) -> QFileDialog:
    """Open the dialog at a folder and return it; ``fileSelected`` carries the folder chosen."""
    dialog = QFileDialog(parent, title, folder)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return _opened(dialog)


def _opened(dialog: QFileDialog) -> QFileDialog:
    _speak(dialog)
    dialog.resize(look.px(860), look.px(540))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def _speak(dialog: QFileDialog) -> None:
    """Say in Spanish what Qt's translation leaves in English, and leave out what nobody needs here."""
    label = QFileDialog.DialogLabel
    for which, text in (
        (label.LookIn, "Carpeta"),
        (label.FileName, "Archivo"),
        (label.FileType, "Mostrar"),
        (label.Accept, "Elegir"),
        (label.Reject, "Cancelar"),
    ):
        dialog.setLabelText(which, text)
    dialog.setViewMode(QFileDialog.ViewMode.List)
    for button in dialog.findChildren(QToolButton):
        if button.objectName() == "toParentButton":
            button.setIcon(QIcon())
            button.setText("Subir")
            button.setMinimumWidth(look.px(84))
            button.setToolTip("Ir a la carpeta que contiene esta")
        else:
            button.hide()
