"""What is needed of libcups, the scheduler's own client library, bound with ctypes (docs/adr/0007).

Pointers stay opaque: no layout of a structure is known here. Numbers are those of RFC 8010 and
RFC 8011. Every connection is made, used and closed by one thread.
"""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Iterator, Mapping, Sequence
from ctypes import CDLL, CFUNCTYPE, POINTER, c_byte, c_char_p, c_double, c_int, c_size_t, c_void_p
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from time import monotonic

_NAME = "libcups.2.dylib" if sys.platform == "darwin" else "libcups.so.2"
_CONTINUE = 100  # HTTP: the scheduler takes the rest
_LAST_SUCCESS = 0x00FF
_CLIENT_ERRORS = range(0x0400, 0x0500)  # an HTTP refusal has no answer, only one of these
_FIRST_OF_CUPS = 0x1000  # statuses that libcups itself makes: a password asked, an expired certificate
_TIMEOUTS = frozenset({errno.ETIMEDOUT, errno.EAGAIN, errno.EWOULDBLOCK})
# const char *callback(const char *prompt, http_t *http, const char *method, const char *resource, void *data)
_PasswordCallback = CFUNCTYPE(c_void_p, c_char_p, c_void_p, c_char_p, c_char_p, c_void_p)


class Operation(IntEnum):
    """Requests, RFC 8011 5.4.15."""

    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_PRINTER_ATTRIBUTES = 0x000B
    CUPS_GET_PRINTERS = 0x4002


class Group(IntEnum):
    """Where an attribute goes, RFC 8010 3.5.1."""

    OPERATION = 0x01
    JOB = 0x02


class Tag(IntEnum):
    """What an attribute holds, RFC 8010 3.5.2."""

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49


_NUMBERS = frozenset({Tag.INTEGER, Tag.ENUM})
_WORDS = frozenset({Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE, *range(Tag.TEXT, Tag.MIME + 1)})

Value = str | int | bool
Attributes = Mapping[str, Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a request."""

    group: Group
    tag: Tag
    name: str
    values: tuple[Value, ...]


class NoScheduler(Exception):  # noqa: N818 - what is the case, in the words of those who catch it
    """There is no library, nobody answers at the scheduler's address, or it hung up."""


class Silence(Exception):  # noqa: N818 - as above
    """The scheduler took the connection and did not answer in time."""


class Refusal(Exception):  # noqa: N818 - as above
    """The scheduler said no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class _Library:
    calls: CDLL
    # Held here: libcups keeps a pointer to it.
    no_password: object


class Connection:
    """A connection to the scheduler. Not to be shared between threads."""

    def __init__(self, calls: CDLL, http: int, seconds: float) -> None:
        self._calls = calls
        self._http = http
        self._seconds = seconds
        # Whether the whole document of the last request went out: only then can it have been taken.
        self.document_left = False

    @property
    def user(self) -> str:
        """Who the scheduler is told is asking."""
        return _text(self._calls.cupsUser())

    def request(
        self, operation: Operation, path: str, attributes: Sequence[Attribute], document: bytes | None = None
    ) -> Attributes:
        """Send a request and return what was answered, each attribute with all its values.

        Raises Refusal, Silence, or NoScheduler when the connection broke.
        """
        calls = self._calls
        message = calls.ippNew()
        calls.ippSetOperation(message, operation)
        calls.ippSetRequestId(message, 1)
        for each in (
            # The first two of any request, in this order: RFC 8011 4.1.4.1.
            Attribute(Group.OPERATION, Tag.CHARSET, "attributes-charset", ("utf-8",)),
            Attribute(Group.OPERATION, Tag.LANGUAGE, "attributes-natural-language", ("es",)),
            *attributes,
        ):
            self._add(message, each)
        started = monotonic()
        if document is None:
            answer = calls.cupsDoRequest(self._http, message, path.encode())  # and frees the message
        else:
            try:
                answer = self._send(message, path, document)
            finally:
                calls.ippDelete(message)
        if not answer:
            raise self._failure(started)
        try:
            status = calls.ippGetStatusCode(answer)
            if status > _LAST_SUCCESS:
                raise Refusal(status, _text(calls.cupsLastErrorString()))
            return self._read(answer)
        finally:
            calls.ippDelete(answer)

    def _send(self, message: int, path: str, document: bytes) -> int | None:
        calls = self._calls
        self.document_left = False
        # The length is said beforehand: the scheduler then drops a document cut short.
        length = calls.ippLength(message) + len(document)
        if calls.cupsSendRequest(self._http, message, path.encode(), length) != _CONTINUE:
            return None
        if calls.cupsWriteRequestData(self._http, document, len(document)) != _CONTINUE:
            return None
        self.document_left = True
        answer: int | None = calls.cupsGetResponse(self._http, path.encode())
        return answer

    def _failure(self, started: float) -> Exception:
        calls = self._calls
        status, message = calls.cupsLastError(), _text(calls.cupsLastErrorString())
        if status in _CLIENT_ERRORS or status >= _FIRST_OF_CUPS:
            return Refusal(status, message)
        if calls.httpError(self._http) in _TIMEOUTS or monotonic() - started >= self._seconds:
            return Silence(message)
        return NoScheduler(message)

    def _add(self, message: int, attribute: Attribute) -> None:
        calls, name = self._calls, attribute.name.encode()
        group, tag, values = attribute.group, attribute.tag, attribute.values
        if tag is Tag.BOOLEAN:
            calls.ippAddBoolean(message, group, name, int(values[0]))
        elif tag in _NUMBERS:
            calls.ippAddInteger(message, group, tag, name, int(values[0]))
        else:
            words = (c_char_p * len(values))(*(str(value).encode() for value in values))
            calls.ippAddStrings(message, group, tag, name, len(values), None, words)

    def _read(self, answer: int) -> Attributes:
        calls = self._calls
        found: dict[str, list[Value]] = {}
        attribute = calls.ippFirstAttribute(answer)
        while attribute:
            # Separators between groups have no name; what is neither word nor number is not needed.
            if name := calls.ippGetName(attribute):
                tag = calls.ippGetValueTag(attribute)
                values = found.setdefault(_text(name), [])
                for index in range(calls.ippGetCount(attribute)):
                    if tag in _NUMBERS:
                        values.append(int(calls.ippGetInteger(attribute, index)))
                    elif tag == Tag.BOOLEAN:
                        values.append(bool(calls.ippGetBoolean(attribute, index)))
                    elif tag in _WORDS:
                        values.append(_text(calls.ippGetString(attribute, index, None)))
            attribute = calls.ippNextAttribute(answer)
        return found


@contextlib.contextmanager
def connected(seconds: float) -> Iterator[Connection]:
    """Connect to the scheduler that CUPS_SERVER or client.conf name, the local one otherwise.

    ``seconds`` is how long it may take to connect, and then to answer each time. Raises
    NoScheduler and Silence.
    """
    library = _library()
    calls = library.calls
    # Per thread, like everything libcups remembers. Without a server it reads the environment anew;
    # without a password callback it would stop and ask at the terminal.
    calls.cupsSetServer(None)
    calls.cupsSetPasswordCB2(library.no_password, None)
    started = monotonic()
    http = calls.httpConnect2(
        calls.cupsServer(), calls.ippPort(), None, 0, calls.cupsEncryption(), 1, int(seconds * 1000), None
    )
    if not http:
        reason = _text(calls.cupsLastErrorString())
        raise Silence(reason) if monotonic() - started >= seconds else NoScheduler(reason)
    try:
        calls.httpSetTimeout(http, seconds, None, None)
        yield Connection(calls, http, seconds)
    finally:
        calls.httpClose(http)


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")


@cache
def _library() -> _Library:
    """Load the library and declare what is called of it. Raises NoScheduler where there is none."""
    try:
        calls = CDLL(_NAME)
    except OSError as error:
        raise NoScheduler(str(error)) from error
    for name, result, arguments in _SIGNATURES:
        function = getattr(calls, name)
        function.restype = result
        function.argtypes = arguments
    return _Library(calls, _PasswordCallback(lambda *_: None))


_SIGNATURES: tuple[tuple[str, object, tuple[object, ...]], ...] = (
    ("cupsServer", c_char_p, ()),
    ("cupsSetServer", None, (c_char_p,)),
    ("cupsUser", c_char_p, ()),
    ("cupsEncryption", c_int, ()),
    ("cupsSetPasswordCB2", None, (_PasswordCallback, c_void_p)),
    ("cupsLastError", c_int, ()),
    ("cupsLastErrorString", c_char_p, ()),
    ("cupsDoRequest", c_void_p, (c_void_p, c_void_p, c_char_p)),
    ("cupsSendRequest", c_int, (c_void_p, c_void_p, c_char_p, c_size_t)),
    ("cupsWriteRequestData", c_int, (c_void_p, c_char_p, c_size_t)),
    ("cupsGetResponse", c_void_p, (c_void_p, c_char_p)),
    ("httpClose", None, (c_void_p,)),
    (
        "httpConnect2",
        c_void_p,
        (c_char_p, c_int, c_void_p, c_int, c_int, c_int, c_int, POINTER(c_int)),
    ),
    ("httpError", c_int, (c_void_p,)),
    ("httpSetTimeout", None, (c_void_p, c_double, c_void_p, c_void_p)),
    ("ippAddBoolean", c_void_p, (c_void_p, c_int, c_char_p, c_byte)),
    ("ippAddInteger", c_void_p, (c_void_p, c_int, c_int, c_char_p, c_int)),
    ("ippAddStrings", c_void_p, (c_void_p, c_int, c_int, c_char_p, c_int, c_char_p, POINTER(c_char_p))),
    ("ippDelete", None, (c_void_p,)),
    ("ippFirstAttribute", c_void_p, (c_void_p,)),
    ("ippGetBoolean", c_int, (c_void_p, c_int)),
    ("ippGetCount", c_int, (c_void_p,)),
    ("ippGetInteger", c_int, (c_void_p, c_int)),
    ("ippGetName", c_char_p, (c_void_p,)),
    ("ippGetStatusCode", c_int, (c_void_p,)),
    ("ippGetString", c_char_p, (c_void_p, c_int, POINTER(c_char_p))),
    ("ippGetValueTag", c_int, (c_void_p,)),
    ("ippLength", c_size_t, (c_void_p,)),
    ("ippNew", c_void_p, ()),
    ("ippNextAttribute", c_void_p, (c_void_p,)),
    ("ippPort", c_int, ()),
    ("ippSetOperation", c_int, (c_void_p, c_int)),
    ("ippSetRequestId", c_int, (c_void_p, c_int)),
)
