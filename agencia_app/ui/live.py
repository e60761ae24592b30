"""What happens at other windows and at the server, told to this one's screens as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agencia_app.services.enlace import Suceso
from agencia_app.ui.tasks import Feed

if TYPE_CHECKING:
    from agencia_app.services.enlace import Enlace


class Live(QObject):
    """The server's word, while a window has one. Without it screens ask by themselves, now and then."""

    noticed = Signal()  # something was recorded, or may have been while nothing was heard
    lost = Signal()  # the server does not answer
    back = Signal()
    hour = Signal()  # the machine's own clock is off now, or no longer: see ``enlace.desfase``
    taken = Signal()  # another machine is at this one's ventanilla now
    failed = Signal(object)  # a bug

    def __init__(self, enlace: Enlace) -> None:
        super().__init__()
        self._enlace = enlace
        self._signals = {
            Suceso.AVISO: self.noticed,
            Suceso.PERDIDA: self.lost,
            Suceso.RECUPERADA: self.back,
            Suceso.HORA: self.hour,
            Suceso.OCUPADA: self.taken,
        }
        self._feed = Feed(enlace.follow)
        self._feed.told.connect(self._tell)

    def start(self) -> None:
        """Listen from now on."""
        self._feed.start()

    def close(self) -> None:
        """Listen no more."""
        self._enlace.close()
        self._feed.join()

    def _tell(self, said: object) -> None:
        if isinstance(said, Suceso):
            self._signals[said].emit()
        else:
            self.failed.emit(said)
