"""System queues of Linux and macOS: papers handed to the CUPS scheduler, and asked about until they came out.

The scheduler is spoken to in its own protocol (IPP, RFC 8011) through its own library; no
program is run and no file is written. The hoja de clave leaves memory for the scheduler's spool
and no other place. The scheduler is asked not to keep it, which CUPS 2 does not listen to: an agency
sets ``PreserveJobFiles No``, and ``forget`` purges a finished job where it did not.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import DOUBTFUL, PaperKind
from agencia_app.services.printers import _libcups
from agencia_app.services.printers._libcups import (
    Attribute,
    Attributes,
    Connection,
    Group,
    NoScheduler,
    Operation,
    Refusal,
    Silence,
    Tag,
    Value,
)
from agencia_app.services.printers.base import Answer, JobState, Paper

_LOG = logging.getLogger(__name__)
# Seconds for the scheduler, which answers in milliseconds, to answer one request.
_PATIENCE = 5.0
# The names of paper sizes, PWG 5101.1.
_A5 = "iso_a5_148x210mm"
_A4 = "iso_a4_210x297mm"
# RFC 8011 appendix B.
_NOT_FOUND = 0x0406
_NOT_POSSIBLE = 0x0404
_NOT_ACCEPTING = 0x0506
_PRINTER_STOPPED = 5  # printer-state, RFC 8011 5.4.11
# job-state, RFC 8011 5.3.7.
_COMPLETED = 9
# In the words for a job that gives no reason.
_ENDED = {7: "cancelado", 8: "abandonado por el servicio de impresión"}
# What CUPS and printers say when there is nothing to say.
_BLAND = frozenset({"Paused", "Rejecting Jobs", "Idle", "Idle.", "Printing.", "Ready to print."})

# What the keywords of printer-state-reasons and job-state-reasons mean at a counter (RFC 8011
# 5.4.12 and 5.3.8, and those of CUPS). Severity is left off. What is not here is not worth a word.
_WORDS = {
    "media-empty": "sin papel",
    "media-needed": "sin papel",
    "media-jam": "papel atascado",
    "door-open": "tapa abierta",
    "cover-open": "tapa abierta",
    "interlock-open": "tapa abierta",
    "input-tray-missing": "falta la bandeja de papel",
    "output-area-full": "bandeja de salida llena",
    "toner-empty": "sin tóner",
    "marker-supply-empty": "sin tinta",
    "marker-waste-full": "depósito de residuos lleno",
    "offline": "apagada o desconectada",
    "shutdown": "apagada o desconectada",
    "timed-out": "no responde",
    "connecting-to-device": "conectando con la impresora",
    "paused": "en pausa",
    "moving-to-paused": "en pausa",
    "printer-stopped": "la impresora está detenida",
    "stopped-partly": "la impresora está detenida",
    "spool-area-full": "disco lleno",
    "cups-missing-filter": "falta el controlador",
    "cups-insecure-filter": "falta el controlador",
    "job-hold-until-specified": "retenido",
    "job-canceled-by-operator": "cancelado por un operador de impresión",
    "job-canceled-at-device": "cancelado en la impresora",
    "document-format-error": "la impresora no entiende el documento",
    "unsupported-document-format": "la impresora no entiende el documento",
}
_SEVERITIES = ("-report", "-warning", "-error")


def queues() -> tuple[str, ...]:
    """Return the names of all queues in order; none where there is no spooler or it is silent."""
    try:
        with _libcups.connected(_PATIENCE) as connection:
            answer = connection.request(
                Operation.CUPS_GET_PRINTERS, "/", (_user(connection), _requested("printer-name"))
            )
    except (NoScheduler, Silence, Refusal):
        return ()
    return tuple(sorted(str(name) for name in answer.get("printer-name", ())))


@dataclass(frozen=True, slots=True)
class CupsPrinter:
    """One queue. Each call makes a connection of its own; any thread may call.

    A handle is the job's number and its UUID: a scheduler set up anew numbers from 1 again.
    """

    queue: str

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.queue

    @property
    def tells(self) -> bool:
        """The scheduler says when a job completed."""
        return True

    def takes(self, kind: PaperKind) -> bool:
        """Take every paper: they are PDF."""
        _ = kind
        return True

    def check(self) -> None:
        """Raise KnownError when the queue is not there, is stopped, or accepts nothing."""
        with self._connected() as connection:
            state = self._state(connection)
        if state.get("printer-is-accepting-jobs") == [False]:
            raise self._error("printer.closed", _printer_says(state))
        if state.get("printer-state") == [_PRINTER_STOPPED]:
            raise self._error("printer.stopped", _printer_says(state))

    def open(self, paper: Paper, copies: int) -> str:
        """Announce a job under the paper's file name. The scheduler holds it until it is sent."""
        with self._connected() as connection:
            created = connection.request(
                Operation.CREATE_JOB,
                self._path,
                (
                    self._uri,
                    _user(connection),
                    Attribute(Group.OPERATION, Tag.NAME, "job-name", (paper.stem,)),
                    Attribute(Group.JOB, Tag.INTEGER, "copies", (copies,)),
                    _keyword("sides", "one-sided"),
                    # Not to be kept after printing, PWG 5100.7: for schedulers that know it.
                    *([_keyword("job-retain-until", "none")] if paper.kind is PaperKind.HOJA_CLAVE else ()),
                    *self._media(connection, paper.kind),
                ),
            )
            number = created["job-id"][0]
            return f"{number}/{_uuid(self._job(connection, int(number)))}"

    def send(self, handle: str, paper: Paper, copies: int) -> Answer:
        """Hand the paper over. The scheduler takes a document whole or not at all.

        Raises KnownError ``printer.doubtful`` when it went out whole, no answer came, and
        afterwards nobody could be asked.
        """
        _ = copies  # said when it was announced
        number = _number(handle)
        document = paper.pdf
        connection = None
        try:
            with self._connected(gone="printer.failed") as connection:
                connection.request(
                    Operation.SEND_DOCUMENT,
                    self._path,
                    (
                        _job_uri(number),
                        _user(connection),
                        Attribute(Group.OPERATION, Tag.MIME, "document-format", ("application/pdf",)),
                        Attribute(Group.OPERATION, Tag.BOOLEAN, "last-document", (True,)),
                    ),
                    document,
                )
        except KnownError as broken:
            if connection is None or not connection.document_left or isinstance(broken.__cause__, Refusal):
                raise
            return self._settle(handle, broken)
        _LOG.info("paper sent", extra={"paper": paper.kind.value, "printer": self.queue})
        return Answer(JobState.WAITING)

    def ask(self, handle: str) -> Answer:
        """Return what the scheduler knows of a job, and its printer's words while it waits."""
        with self._connected() as connection:
            job = self._job(connection, _number(handle))
            if _uuid(job) != handle.partition("/")[2]:
                return Answer(JobState.UNKNOWN)
            state = int(job["job-state"][0])
            if state == _COMPLETED:
                return Answer(JobState.DONE)
            # The size stays with the job after its files are gone, unlike the number of documents.
            if job.get("job-k-octets") == [0]:
                return Answer(JobState.EMPTY)
            if state in _ENDED:
                own = job.get("job-printer-state-message", ())
                return Answer(JobState.FAILED, _said(_in_words(job) or _ENDED[state], own))
            return Answer(JobState.WAITING, _in_words(job) or _printer_says(self._state(connection)))

    def call_back(self, handle: str) -> bool:
        """Cancel the job so that it may go elsewhere; return whether it had completed already.

        The scheduler refuses to cancel what completed, so nothing falls between asking and
        cancelling.
        """
        number = _number(handle)
        with self._connected() as connection:
            if _uuid(self._job(connection, number)) != handle.partition("/")[2]:
                return False
            try:
                self._cancel(connection, number, purge=False)
            except _Gone:
                if self.ask(handle).state is JobState.DONE:
                    return True
        self.forget(handle)
        return False

    def forget(self, handle: str) -> None:
        """Cancel the job if it has not finished, and purge its files, finished or not."""
        number = _number(handle)
        with self._connected() as connection:
            if _uuid(self._job(connection, number)) != handle.partition("/")[2]:
                return
            with contextlib.suppress(_Gone):
                self._cancel(connection, number, purge=True)

    def _settle(self, handle: str, broken: KnownError) -> Answer:
        """Find out whether a document whose receipt was never confirmed was taken."""
        try:
            found = self.ask(handle)
            if found.state is JobState.EMPTY:
                # It may still be on its way in; a purged job takes nothing (a cancelled one does).
                self.forget(handle)
        except KnownError as unknown:
            raise self._error(DOUBTFUL) from unknown
        if found.state is JobState.EMPTY:
            raise broken
        return found

    @property
    def _path(self) -> str:
        return f"/printers/{quote(self.queue, safe='')}"

    @property
    def _uri(self) -> Attribute:
        return Attribute(Group.OPERATION, Tag.URI, "printer-uri", (f"ipp://localhost{self._path}",))

    def _state(self, connection: Connection, *more: str) -> Attributes:
        return connection.request(
            Operation.GET_PRINTER_ATTRIBUTES,
            self._path,
            (
                self._uri,
                _user(connection),
                _requested(
                    "printer-state",
                    "printer-state-reasons",
                    "printer-state-message",
                    "printer-is-accepting-jobs",
                    *more,
                ),
            ),
        )

    def _media(self, connection: Connection, kind: PaperKind) -> tuple[Attribute, ...]:
        """Ask for the paper's own size where the queue has it, otherwise for what it fits on."""
        supported = self._state(connection, "media-supported").get("media-supported", ())
        # A queue that names no sizes passes on what it is asked.
        if kind.small and (_A5 in supported or not supported):
            return (_keyword("media", _A5),)
        if not kind.small and (_A4 in supported or not supported):
            return (_keyword("media", _A4),)
        sheet = (_keyword("media", _A4),) if _A4 in supported else ()
        return (*sheet, _keyword("print-scaling", "fit"))

    def _job(self, connection: Connection, number: int) -> Attributes:
        """Return a job's attributes, none when the scheduler no longer knows it."""
        try:
            return connection.request(
                Operation.GET_JOB_ATTRIBUTES,
                "/",
                (
                    _job_uri(number),
                    _user(connection),
                    _requested(
                        "job-uuid",
                        "job-state",
                        "job-state-reasons",
                        "job-printer-state-message",
                        "job-k-octets",
                    ),
                ),
            )
        except Refusal as refusal:
            if refusal.status == _NOT_FOUND:
                return {}
            raise

    def _cancel(self, connection: Connection, number: int, *, purge: bool) -> None:
        try:
            connection.request(
                Operation.CANCEL_JOB,
                "/jobs/",
                (
                    _job_uri(number),
                    _user(connection),
                    # Of CUPS: purges files and history, and works on a finished job too.
                    Attribute(Group.OPERATION, Tag.BOOLEAN, "purge-job", (purge,)),
                ),
            )
        except Refusal as refusal:
            if refusal.status in {_NOT_FOUND, _NOT_POSSIBLE}:
                raise _Gone from refusal
            raise

    @contextlib.contextmanager
    def _connected(self, gone: str = "printer.unknown") -> Iterator[Connection]:
        try:
            with _libcups.connected(_PATIENCE) as connection:
                yield connection
        except NoScheduler as error:
            raise self._error("printer.no_spooler") from error
        except Silence as error:
            raise self._error("printer.silent") from error
        except Refusal as error:
            if error.status == _NOT_FOUND:
                raise self._error(gone) from error
            code = "printer.closed" if error.status == _NOT_ACCEPTING else "printer.failed"
            raise self._error(code, error.message) from error

    def _error(self, code: str, message: str = "") -> KnownError:
        return KnownError(code, printer=self.queue, message=message)


class _Gone(Exception):  # noqa: N818 - what is the case
    """The job was purged in the meantime."""


def _user(connection: Connection) -> Attribute:
    return Attribute(Group.OPERATION, Tag.NAME, "requesting-user-name", (connection.user,))


def _requested(*names: str) -> Attribute:
    return Attribute(Group.OPERATION, Tag.KEYWORD, "requested-attributes", names)


def _keyword(name: str, value: Value) -> Attribute:
    return Attribute(Group.JOB, Tag.KEYWORD, name, (value,))


def _job_uri(number: int) -> Attribute:
    return Attribute(Group.OPERATION, Tag.URI, "job-uri", (f"ipp://localhost/jobs/{number}",))


def _number(handle: str) -> int:
    return int(handle.partition("/")[0])


def _uuid(job: Attributes) -> str:
    return str(job["job-uuid"][0]).removeprefix("urn:uuid:") if job else ""


def _in_words(attributes: Attributes) -> str:
    """Put the reasons that have words into them, each once."""
    reasons = (
        *attributes.get("printer-state-reasons", ()),
        *attributes.get("job-state-reasons", ()),
    )
    words: list[str] = []
    for reason in map(str, reasons):
        for severity in _SEVERITIES:
            reason = reason.removesuffix(severity)  # noqa: PLW2901 - the keyword without its severity
        if (word := _WORDS.get(reason)) and word not in words:
            words.append(word)
    return ", ".join(words)


def _printer_says(state: Attributes) -> str:
    """Return a queue's reasons in Spanish, and what its printer or administrator says."""
    return _said(_in_words(state), state.get("printer-state-message", ()))


def _said(words: str, own: Sequence[Value]) -> str:
    return ": ".join(filter(None, (words, *(str(each) for each in own if each not in _BLAND))))
