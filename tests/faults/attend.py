"""A window process: attends people through the real services until it is told to stop, or is killed.

It is forked from a process that has everything loaded. On an order ``(seed, where it dies, cedulas)`` it
attends those people one after another and answers how often it read each refusal; where it dies is
``before_commit:N``, ``after_commit:N`` or nothing. Whatever the database, the disk or the clock do
meanwhile, it does what a clerk does: reads the sentence, waits, and begins again from the person's cédula.
Where the server did not answer an issuance it finds out what became of it, as the screen does.

``notes`` is the paper beside the clerk: a line for each thing that the services said was done. ``clock`` is
a file with the seconds by which the clock of this agency is off.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from sqlalchemy import event
from sqlalchemy.orm import Session

from agencia_app import app, settings
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import DOUBTFUL, EstadoImpresion, PaperKind
from agencia_app.models.domain.numero import shown
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import claves
from agencia_app.services.claves import Issued
from agencia_app.services.flow import Step
from agencia_app.services.registry import Services
from tests.factories import IDENTIDAD, authorised, full_papers, signed_in

_T = TypeVar("_T")

PATIENCE = 90.0  # seconds that a clerk tries one thing again: no fault lasts that long
_STEPS = 30  # of one attention: six, and some slips
_AGAIN = 0.2  # seconds before trying again
_ROUND = 0.05  # seconds between two looks at the print jobs
# What says that nothing was done for want of something that comes back by itself, or is put right.
_PASSING = ("base.", "printer.", "llave.folder", "clave.in_doubt")
# Two windows at one trámite: the other one goes on with it.
_TAKEN = ("tramite.", "clave.", "autorizacion.", "requisitos.", "impresion.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a window works: its data folder, the paper beside it, the clock, and where its errors go.

    ``base`` is the address of the database, empty for that of the data folder.
    """

    data: Path
    notes: Path
    clock: Path
    errors: Path
    base: str = ""


class _TakenError(Exception):
    """Another window has this person's trámite, or ended it."""


class _Cheap(PasswordHasher):
    """A hash at its real price takes a tenth of a second, and is no part of what is tried here."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.last = ""

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.last = super().hash(password, salt=salt)
        return self.last


class Window:
    """One window: its services, its clerk and its printing thread."""

    def __init__(self, place: Place, ventanilla: int) -> None:
        self._config = settings.load(place.data)
        self._notes = os.open(place.notes, os.O_WRONLY | os.O_APPEND)
        self._clock = place.clock
        self._chance = random.Random()  # noqa: S311 - to be repeatable
        self.told: Counter[str] = Counter()
        self._die = ("", 0)
        self._hasher = cheap = _Cheap()
        claves.hasher = lambda: cheap  # type: ignore[attr-defined,assignment]
        self._services = self._patiently(lambda: app.open_services(self._config, self.now))
        self._sesion: Sesion = self._patiently(lambda: signed_in(self._services, "a.ejemplo", ventanilla))
        self._listen()
        threading.Thread(target=self._print, daemon=True).start()
        if self._services.enlace is not None:  # which breaks off what a silent server keeps waiting
            threading.Thread(target=self._services.enlace.follow, args=(lambda _: None,), daemon=True).start()

    def now(self) -> datetime:
        """Return the agency's hour, which may be off."""
        return datetime.now(UTC) + timedelta(seconds=float(self._clock.read_text("ascii")))

    def attend(self, seed: int, die: str, cedulas: list[str]) -> dict[str, int]:
        """Attend people; return how often each refusal was read."""
        self._chance.seed(seed)
        where, _, count = die.partition(":")
        self._die = (where, int(count or 0))
        self.told.clear()
        for cedula in cedulas:
            with suppress(_TakenError):
                self._patiently(partial(self._to_the_end, cedula))
        self._die = ("", 0)  # it lived: what it prints while it rests is no part of it
        return dict(self.told)

    # -- one attention -----------------------------------------------------------------

    def _to_the_end(self, cedula: str) -> None:
        services, sesion = self._services, self._sesion
        tramite = services.tramites.attend(sesion, cedula).tramite
        assert tramite is not None
        for _ in range(_STEPS):
            tramite = self._next(services, sesion, tramite)
            if tramite.estado is EstadoTramite.TERMINADO:
                break
        else:
            raise AssertionError(f"an attention without end, at {services.tramites.step(tramite)!r}")
        self._note("terminado", tramite)

    def _next(self, services: Services, sesion: Sesion, tramite: Tramite) -> Tramite:
        step = services.tramites.step(tramite)
        if step is Step.IDENTIDAD:
            return services.tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
        if step is Step.REQUISITOS:
            papers = full_papers(tramite, services)
            services.tramites.save_requisitos(sesion, tramite.numero, papers, done=True)
            return authorised(services, sesion, tramite.numero)
        if step is Step.SOLICITUD:
            services.tramites.accept(sesion, tramite.numero)
            return services.tramites.sign(sesion, tramite.numero)
        if step is Step.RECIBO:
            self._see_recibo(services, tramite)
            return services.tramites.finish(sesion, tramite.numero)
        if tramite.emision is None:
            return self._sure(tramite, lambda: services.claves.issue(sesion, tramite.numero))
        return self._settle_slip(services, sesion, tramite)

    def _sure(self, before: Tramite, make: Callable[[], Issued]) -> Tramite:
        """Issue a clave; where that was not answered, find out, and return the trámite as it is."""
        services, sesion = self._services, self._sesion
        try:
            issued = make()
        except KnownError as error:
            if error.code != "clave.in_doubt":
                raise
            self.told[error.code] += 1
            hashed = self._hasher.last
            found = self._patiently(lambda: services.claves.settle(sesion, before.numero))
            self._write("no quedó" if found is None else "quedó", hash=hashed)
            if found is None:
                return self._patiently(lambda: services.tramites.reload(before.numero))
            issued = found
        self._note("emitido", issued.tramite)
        return issued.tramite

    def _settle_slip(self, services: Services, sesion: Sesion, tramite: Tramite) -> Tramite:
        """Look at the printer: a slip that came out well is handed over, any other gives way to the next."""
        emision = tramite.emision
        assert emision is not None
        slip = services.settings.papers / f"hoja-clave-{shown(emision.recibo)}-{emision.intento}.pdf"
        if slip.exists() and self._chance.random() > 0.15:
            confirmed = services.claves.confirm_slip(sesion, tramite.numero, emision.intento)
            self._note("entregado", confirmed)
            return confirmed
        try:
            return self._sure(
                tramite, lambda: services.claves.replace_slip(sesion, tramite.numero, emision.intento)
            )
        except KnownError as error:
            if error.code == "clave.annulled":
                self._note("anulado", tramite)
            raise

    def _see_recibo(self, services: Services, tramite: Tramite) -> None:
        """Wait for the recibo to come out, and decide what a person decides about one that did not."""
        until = time.monotonic() + PATIENCE
        while True:
            jobs = services.impresiones.of_tramite(tramite.numero)
            (job,) = [each for each in jobs if each.papel is PaperKind.RECIBO]
            if job.estado in {EstadoImpresion.IMPRESO, EstadoImpresion.CONFIRMADO}:
                return
            if job.estado is EstadoImpresion.FALLIDO:
                there = list(services.settings.papers.glob(f"recibo-{shown(job.numero)}*.pdf"))
                if job.error == DOUBTFUL and there:
                    services.impresiones.came_out(self._sesion, job.id)
                else:
                    services.impresiones.retry(self._sesion, job.id)
            assert time.monotonic() < until, job
            time.sleep(_ROUND)

    # -- what a clerk does about a refusal ------------------------------------------------

    def _patiently(self, action: Callable[[], _T]) -> _T:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return action()
            except KnownError as error:
                self.told[error.code] += 1
                if error.code == "reloj.back":
                    self._have_hour_accepted()
                elif error.code.startswith(_PASSING):
                    if time.monotonic() > until:
                        raise
                    time.sleep(_AGAIN)
                elif error.code.startswith(_TAKEN):
                    raise _TakenError from error
                else:
                    raise

    def _have_hour_accepted(self) -> None:
        services, sesion = self._services, self._sesion
        try:
            asked = services.autorizaciones.request_clock(sesion, "La hora es esta")
            services.autorizaciones.approve(signed_in(services, "s.ejemplo"), [asked.id])
        except KnownError as error:  # another window did it, or the fault came in between: see next time
            self.told[error.code] += 1

    def _note(self, what: str, tramite: Tramite) -> None:
        emision = tramite.emision
        assert emision is not None
        self._write(what, tramite=tramite.numero, recibo=emision.recibo, intento=emision.intento)

    def _write(self, what: str, **data: object) -> None:
        os.write(self._notes, (json.dumps({"que": what, **data}) + "\n").encode())

    # -- printing, and dying ---------------------------------------------------------------

    def _print(self) -> None:
        dispatcher, first = self._services.dispatcher, True
        while True:
            try:
                if first:
                    dispatcher.take_up()
                    first = False
                dispatcher.work()
            except KnownError as error:
                self.told[error.code] += 1
            time.sleep(_ROUND)

    def _listen(self) -> None:
        def at(where: str) -> Callable[..., None]:
            def happened(*_: object) -> None:
                wanted, left = self._die
                if wanted == where:
                    self._die = (wanted, left - 1)
                    if left == 1:
                        os.kill(os.getpid(), signal.SIGKILL)

            return happened

        event.listen(self._services.database.engine, "commit", at("before_commit"))
        event.listen(Session, "after_commit", at("after_commit"))


def _end(broken: threading.ExceptHookArgs) -> None:
    """End the window by what broke in a thread of its own: it would go on half alive."""
    traceback.print_exception(broken.exc_type, broken.exc_value, broken.exc_traceback)
    sys.stderr.flush()
    os._exit(1)


def main(orders: Connection, place: Place, ventanilla: int) -> None:
    """Work as a window until the orders end, or it is killed."""
    errors = os.open(place.errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(errors, sys.stderr.fileno())
    threading.excepthook = _end
    if place.base:
        os.environ["AGENCIA_BASE"] = place.base
    window = Window(place, ventanilla)
    orders.send({})
    with suppress(EOFError):
        while True:
            seed, die, cedulas = orders.recv()
            orders.send(window.attend(seed, die, cedulas))
