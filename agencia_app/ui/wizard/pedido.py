"""What the wizard asks a second person for: of the trámite, to lift a candado, or about the clock.

Everything here runs off the UI thread, and knows no widget.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agencia_app.models.domain.autorizacion import Asunto, Autorizacion, EstadoAutorizacion
from agencia_app.models.domain.fechas import day, local_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agencia_app.models.domain.tramite import Tramite
    from agencia_app.models.domain.usuario import Sesion
    from agencia_app.services.registry import Services


@dataclass(frozen=True, slots=True)
class Punto:
    """One thing to be authorised: in words, the last request about it, and whether it is covered."""

    asunto: Asunto
    texto: str
    cubierto: bool
    pedido: Autorizacion | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody was asked and has not answered."""
        return (
            not self.cubierto and self.pedido is not None and self.pedido.estado is EstadoAutorizacion.PEDIDA
        )

    @property
    def denied(self) -> bool:
        """Whether the last answer was no."""
        return (
            not self.cubierto and self.pedido is not None and self.pedido.estado is EstadoAutorizacion.NEGADA
        )


@dataclass(frozen=True, slots=True)
class Estado:
    """A trámite and how each thing stands that it needs a second person for."""

    tramite: Tramite
    puntos: tuple[Punto, ...]

    @property
    def open(self) -> tuple[Punto, ...]:
        """What nobody has authorised."""
        return tuple(each for each in self.puntos if not each.cubierto)

    @property
    def ids(self) -> tuple[int, ...]:
        """The requests that wait for an answer."""
        return tuple(each.pedido.id for each in self.puntos if each.waits and each.pedido is not None)

    @property
    def waits(self) -> bool:
        """Whether everything that is open was asked, and waits."""
        return bool(self.open) and all(each.waits for each in self.open)


class Pedido(Protocol):
    """What is asked, and what follows once it is all authorised."""

    def state(self) -> Estado:
        """Return how it stands now."""

    def ask(self, razon: str) -> Estado:
        """Ask for what is open and was not asked. Raises KnownError ``autorizacion.*``."""

    def go_on(self) -> Tramite:
        """Return the trámite to go on with, once everything is covered."""


class PedidoDeTramite:
    """What a trámite needs before its solicitud."""

    def __init__(self, services: Services, sesion: Sesion, numero: str) -> None:
        """Take the trámite by its number."""
        self._services = services
        self._sesion = sesion
        self._numero = numero

    def state(self) -> Estado:
        """Return how each exigencia stands."""
        tramite = self._services.tramites.reload(self._numero)
        asked = self._services.autorizaciones.of_tramite(self._numero)
        return Estado(
            tramite,
            tuple(
                Punto(each.asunto, each.texto, each.cubierta, _last(asked, each.asunto, each.texto))
                for each in self._services.tramites.exigencias(tramite)
            ),
        )

    def ask(self, razon: str) -> Estado:
        """Ask for every exigencia that is open."""
        asuntos = [each.asunto for each in self.state().open]
        if asuntos:
            self._services.autorizaciones.request(self._sesion, self._numero, asuntos, razon)
        return self.state()

    def go_on(self) -> Tramite:
        """Complete Requisitos, whose missing papers were authorised."""
        tramites = self._services.tramites
        tramite = tramites.reload(self._numero)
        if tramite.requisitos_en is None and not tramites.judge(tramite, tramite.documentos):
            return tramites.save_requisitos(self._sesion, self._numero, tramite.documentos, done=True)
        return tramite


class PedidoDeLevantar:
    """Lifting the candado of the person of a trámite. Approving it lifts it."""

    def __init__(self, services: Services, sesion: Sesion, numero: str) -> None:
        """Take the trámite by its number."""
        self._services = services
        self._sesion = sesion
        self._numero = numero

    def state(self) -> Estado:
        """Return whether the candado is still there."""
        tramite = self._services.tramites.reload(self._numero)
        if tramite.candado is None:
            return Estado(tramite, ())
        asked = _last(self._services.autorizaciones.of_tramite(self._numero), Asunto.LEVANTAR_CANDADO)
        since = day(local_date(tramite.candado.puesto_en))
        texto = f"Levantar el candado que la persona pidió el {since}."
        return Estado(tramite, (Punto(Asunto.LEVANTAR_CANDADO, texto, cubierto=False, pedido=asked),))

    def ask(self, razon: str) -> Estado:
        """Ask to lift it."""
        self._services.autorizaciones.request(self._sesion, self._numero, [Asunto.LEVANTAR_CANDADO], razon)
        return self.state()

    def go_on(self) -> Tramite:
        """Return the trámite, whose person has no candado any more."""
        return self._services.tramites.reload(self._numero)


class PedidoDeReloj:
    """Accepting the hour of a clock that lags."""

    def __init__(self, services: Services, sesion: Sesion, numero: str, texto: str) -> None:
        """Take the trámite it stopped, and what is wrong with the clock in words."""
        self._services = services
        self._sesion = sesion
        self._numero = numero
        self._texto = texto
        self._id: int | None = None

    def state(self) -> Estado:
        """Return whether the hour was accepted."""
        tramite = self._services.tramites.reload(self._numero)
        asked = self._services.autorizaciones.get([self._id])[0] if self._id is not None else None
        covered = asked is not None and asked.estado is EstadoAutorizacion.APROBADA
        texto = asked.texto if asked is not None else self._texto
        return Estado(tramite, (Punto(Asunto.RELOJ, texto, covered, asked),))

    def ask(self, razon: str) -> Estado:
        """Ask to accept the hour."""
        self._id = self._services.autorizaciones.request_clock(self._sesion, razon).id
        return self.state()

    def go_on(self) -> Tramite:
        """Return the trámite, whose clave can be issued now."""
        return self._services.tramites.reload(self._numero)


def _last(asked: Sequence[Autorizacion], asunto: Asunto, texto: str = "") -> Autorizacion | None:
    """Return the last request about something that nobody withdrew."""
    found = [
        each
        for each in asked
        if each.asunto is asunto
        and (not texto or each.texto == texto)
        and each.estado is not EstadoAutorizacion.RETIRADA
    ]
    return found[-1] if found else None
