"""Connections to a thermal printer: a socket, a USB device or a serial line, used alike.

Whatever goes wrong with one is an OSError.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from agencia_app.services.printers import escpos_library

# The library loads with the first printer that needs it, not with the services.
# ruff: noqa: PLC0415

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 60.0  # a long paper at 1,200 baud
_CHUNK = 64
_PRINTER_CLASS = 7  # bInterfaceClass, USB Printer Class 1.1


class Link(Protocol):
    """An open connection. Every method raises OSError when it is lost."""

    def write(self, data: bytes) -> None:
        """Hand all the bytes over."""

    def read(self, seconds: float) -> bytes:
        """Return what arrives within some seconds, at least a byte; nothing when it is silent."""
        ...

    def close(self) -> None:
        """Let go of the printer."""


class NetworkLink:
    """A connection to host and port.

    A plain socket: python-escpos's Network knows IPv4 alone, and leaves the socket of a refused
    connection unclosed.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            self._socket = socket.create_connection((host, port), CONNECT_SECONDS)
        except UnicodeError as error:  # a name that no host can have, such as a..b
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from error

    def write(self, data: bytes) -> None:
        """Hand all the bytes over."""
        self._socket.settimeout(WRITE_SECONDS)
        self._socket.sendall(data)

    def read(self, seconds: float) -> bytes:
        """Return what arrives within some seconds."""
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(_CHUNK)
        except TimeoutError:
            return b""
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        return data

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):  # the printer may have closed it first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class SerialLink:
    """A serial line at some baud rate, 8N1, for this process alone."""

    def __init__(self, device: str, baud: int) -> None:
        # Kept, for the library closes the port once its connector is collected.
        self._connector = escpos_library.load().Serial(devfile=device, baudrate=baud)
        with _translated():
            self._connector.open()
        self._port: Any = self._connector.device
        try:
            self._port.exclusive = True
        except OSError:
            self.close()
            raise
        self._port.write_timeout = WRITE_SECONDS

    def write(self, data: bytes) -> None:
        """Hand all the bytes over."""
        self._port.write(data)

    def read(self, seconds: float) -> bytes:
        """Return the next byte, if one arrives within some seconds."""
        self._port.timeout = seconds
        return bytes(self._port.read(1))

    def close(self) -> None:
        """Close the port, and unlike python-escpos do not wait for a printer that takes nothing."""
        self._port.close()


class UsbLink:
    """A USB device, by its vendor and product numbers."""

    def __init__(self, vendor: int, product: int) -> None:
        self._connector = escpos_library.load().Usb(vendor, product)
        with _translated():
            self._connector.open()
        self._device: Any = self._connector.device
        self._out, self._in = self._endpoints()

    def _endpoints(self) -> tuple[int, int | None]:
        """Return where the printer listens and where it answers, which each model numbers its way."""
        from usb import util

        interfaces = list(self._device.get_active_configuration())
        interfaces.sort(key=lambda each: each.bInterfaceClass != _PRINTER_CLASS)
        bulk = [
            end.bEndpointAddress
            for end in interfaces[0]
            if util.endpoint_type(end.bmAttributes) == util.ENDPOINT_TYPE_BULK
        ]
        out = [each for each in bulk if util.endpoint_direction(each) == util.ENDPOINT_OUT]
        back = [each for each in bulk if util.endpoint_direction(each) == util.ENDPOINT_IN]
        if not out:
            self.close()
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return out[0], back[0] if back else None

    def write(self, data: bytes) -> None:
        """Hand all the bytes over."""
        self._device.write(self._out, data, round(WRITE_SECONDS * 1000))

    def read(self, seconds: float) -> bytes:
        """Return what arrives within some seconds."""
        from usb import core

        if self._in is None:
            time.sleep(seconds)  # it has no way to answer: as long as one that stays silent
            return b""
        try:
            return bytes(self._device.read(self._in, _CHUNK, max(1, round(seconds * 1000))))
        except core.USBTimeoutError:
            return b""

    def close(self) -> None:
        """Give the device back."""
        self._connector.close()


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the library raises for an absent device into an OSError that says why."""
    from escpos.exceptions import DeviceNotFoundError
    from usb.core import NoBackendError

    try:
        yield
    except (DeviceNotFoundError, NoBackendError) as error:
        number = getattr(error.__context__, "errno", None) or errno.ENODEV
        raise OSError(number, os.strerror(number)) from error
