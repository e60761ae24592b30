"""Work off the UI thread, and its results back on it. The only file that knows threads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal, Slot
from shiboken6 import isValid

from agencia_app.models.domain.errors import KnownError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor
    from threading import Thread

THREADS = 2

T = TypeVar("T")


@dataclass(slots=True)
class _Job:
    call: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None] | None
    owner: QObject | None
    key: str | None


class Feed(QObject):
    """Runs one call that goes on and on, on a thread of its own, and tells on the UI thread what it says.

    ``told`` carries each thing, and the exception that it ends with, if it does.
    """

    told = Signal(object)

    def __init__(self, follow: Callable[[Callable[[object], None]], None]) -> None:
        """Take the call; it is given what it says things to."""
        super().__init__()
        self._follow = follow
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        from threading import Thread  # noqa: PLC0415 - after the first paint

        self._thread = Thread(target=self._work, name="enlace", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for its end, which is somebody else's to bring about."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        try:
            self._follow(self._say)
        except Exception as error:  # noqa: BLE001 - whatever it is, the UI thread must hear of it
            self._say(error)

    def _say(self, said: object) -> None:
        if isValid(self):
            self.told.emit(said)


class Tasks(QObject):
    """Runs calls on worker threads, and delivers what they return on the UI thread.

    The threads are Python's own and live as long as this object: a thread of QThreadPool
    forgets ``threading.local`` between two calls, and with it the database's connection.
    """

    failed = Signal(object)  # an Exception that no caller took: the window shows it
    idle = Signal()  # nothing runs any more, and every result was delivered
    _finished = Signal(int, object, object)

    def __init__(self, threads: int = THREADS) -> None:
        super().__init__()
        self._threads = threads
        self._numbers = count()
        self._jobs: dict[int, _Job] = {}
        self._newest: dict[str, int] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False
        self._finished.connect(self._deliver)

    @property
    def busy(self) -> bool:
        """Whether something runs, or a result waits to be delivered."""
        return bool(self._jobs)

    def run(
        self,
        call: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        owner: QObject | None = None,
    ) -> None:
        """Run ``call`` on a worker and ``done`` with its result on the UI thread.

        ``failed`` takes the exception instead; one it does not know it raises again, and then,
        as without a ``failed``, the signal of that name tells the window. Nothing is delivered
        to an ``owner`` that was destroyed; the object of a bound method is its owner unsaid.
        """
        self._start(call, done, failed, owner, None)

    def latest(
        self,
        key: str,
        call: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run ``call`` as ``run`` does; an earlier one of the same key is left out or not delivered."""
        self._start(call, done, failed, None, key)

    def close(self) -> None:
        """Finish what was begun, deliver it, and take nothing more."""
        self._closed = True  # what is delivered below must begin nothing
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None
            QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
        self._jobs.clear()

    def _start(
        self,
        call: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None,
        owner: QObject | None,
        key: str | None,
    ) -> None:
        if self._closed:
            return
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - after the first paint

            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="tarea")
        if owner is None:
            bound = getattr(done, "__self__", None)
            owner = bound if isinstance(bound, QObject) else None
        number = next(self._numbers)
        if key is not None:
            self._newest[key] = number
        self._jobs[number] = _Job(call, done, failed, owner, key)
        self._pool.submit(partial(self._work, number))

    def _work(self, number: int) -> None:
        # The job stays with the UI thread: a widget that a call refers to must not be freed here.
        job = self._jobs.get(number)
        result: object = None
        error: Exception | None = None
        if job is not None and self._is_newest(number, job):
            try:
                result = job.call()
            except Exception as raised:  # noqa: BLE001 - whatever it is, the UI thread must hear of it
                error = raised
        del job
        if isValid(self):
            self._finished.emit(number, result, error)

    @Slot(int, object, object)
    def _deliver(self, number: int, result: object, error: Exception | None) -> None:
        job = self._jobs.get(number)
        if job is None:
            return
        try:
            if self._is_newest(number, job) and (job.owner is None or isValid(job.owner)):
                self._call_back(job, result, error)
            elif error is not None and not isinstance(error, KnownError):
                # Nobody waits for the result any more, but a bug is a bug.
                self.failed.emit(error)
        except Exception as raised:  # noqa: BLE001 - a callback's error is shown like any other
            self.failed.emit(raised)
        finally:
            self._jobs.pop(number, None)
            if not self._jobs:
                self.idle.emit()

    def _call_back(self, job: _Job, result: object, error: Exception | None) -> None:
        if error is None:
            job.done(result)
        elif job.failed is not None:
            job.failed(error)
        else:
            self.failed.emit(error)

    def _is_newest(self, number: int, job: _Job) -> bool:
        return job.key is None or self._newest.get(job.key) == number
