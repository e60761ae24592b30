"""Thermal printers: what arrives, and what is known when something goes wrong.

USB is tried against a device made of software; no thermal printer is on the desk.
"""

from __future__ import annotations

import array
import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import usb.core
from usb.backend import IBackend

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.numero import Kind, build
from agencia_app.services.papers import ticket_prueba, ticket_recibo
from agencia_app.services.printers import thermal
from agencia_app.services.printers.base import JobState, Paper
from agencia_app.services.printers.thermal import ThermalPrinter, parse_address
from agencia_app.services.printers.thermal_links import SerialLink
from agencia_app.settings import Termica
from tests.printing.thermal_listener import EscPos, ThermalListener
from tests.unit.papers_factory import NOMBRE, RECIBO
from tests.unit.test_tickets import SIGNED, recibo_content

NOWHERE = "/dev/no-hay-tal-puerto:9600"


def paper_of(numero: str = RECIBO, kind: PaperKind = PaperKind.RECIBO) -> Paper:
    content = recibo_content(numero=numero, qr=SIGNED)
    return Paper(
        kind=kind,
        number=numero,
        render=lambda: b"%PDF",
        ticket=lambda ancho_mm: ticket_recibo.render(content, ancho_mm),
    )


def printer_at(direccion: str, conexion: str = "red", ancho_mm: int = 80) -> ThermalPrinter:
    return ThermalPrinter(Termica("Caja", conexion, direccion, ancho_mm))


def print_on(printer: ThermalPrinter, paper: Paper, copies: int = 1) -> None:
    answer = printer.send(printer.open(paper, copies), paper, copies)
    assert answer.state is JobState.DONE


def refusal(action: Callable[[], object]) -> tuple[str, str]:
    """Return the code and the words that an action is refused with."""
    with pytest.raises(KnownError) as caught:
        action()
    assert set(caught.value.data) == {"printer", "message"}
    assert caught.value.data["printer"] == "Caja"
    return caught.value.code, str(caught.value.data["message"])


@pytest.fixture
def listener() -> Iterator[ThermalListener]:
    with ThermalListener() as made:
        yield made
    assert made.errors == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A printer that says nothing is given up at once."""
    monkeypatch.setattr(thermal, "STATUS_SECONDS", 0.05)
    monkeypatch.setattr(thermal, "FINISH_SECONDS", 0.2)


@pytest.mark.parametrize("ancho_mm", [80, 58])
def test_each_copy_comes_out_whole_and_cut(ancho_mm: int) -> None:
    with ThermalListener(ancho_mm) as listener:
        print_on(printer_at(listener.address, ancho_mm=ancho_mm), paper_of(), copies=3)
    assert listener.errors == []
    assert len(listener.papers) == 3
    assert listener.torn == 0
    for each in listener.papers:
        assert each.cut
        assert each.codepage == "cp850"
        assert each.barcodes == [RECIBO]
        assert each.qrs == [SIGNED]
        assert NOMBRE in each.text


def test_five_hundred_receipts_are_five_hundred_papers(listener: ThermalListener) -> None:
    numbers = [build(Kind.RECIBO, "017", 2026, sequence) for sequence in range(1, 501)]
    printer = printer_at(listener.address)
    for numero in numbers:
        print_on(printer, paper_of(numero))
    assert [each.barcodes for each in listener.papers] == [[numero] for numero in numbers]
    for each, numero in list(zip(listener.papers, numbers, strict=True))[::50]:
        assert each.scanned() == [numero, SIGNED]


def test_digits_that_read_as_a_real_time_command_print_and_end_nothing(listener: ThermalListener) -> None:
    """The pairs 16 04 01 in a barcode are DLE EOT 1: a printer answers in the middle of the paper."""
    numero = build(Kind.RECIBO, "017", 2026, 160401)
    assert bytes([16, 4, 1]) in paper_of(numero).ticket(80)  # type: ignore[misc]
    print_on(printer_at(listener.address), paper_of(numero))
    assert [each.barcodes for each in listener.papers] == [[numero]]


@pytest.mark.usefixtures("impatient")
def test_such_an_answer_is_not_taken_for_the_end(listener: ThermalListener) -> None:
    listener.endless = True
    paper = paper_of(build(Kind.RECIBO, "017", 2026, 160401))
    assert refusal(lambda: print_on(printer_at(listener.address), paper))[0] == "printer.doubtful"


def test_a_printer_that_is_gone_refuses_and_serves_once_it_is_back(listener: ThermalListener) -> None:
    printer = printer_at(listener.address)
    listener.stop()
    for action in (printer.check, lambda: print_on(printer, paper_of())):
        assert refusal(action) == ("printer.refused", "rechazó la conexión")
    listener.start()
    printer.check()
    print_on(printer, paper_of())
    assert len(listener.papers) == 1


@pytest.mark.parametrize("host", ["no-existe.invalid", "caja..agencia"])
def test_a_host_that_does_not_exist_is_refused(host: str) -> None:
    printer = printer_at(f"{host}:9100")
    assert refusal(printer.check) == ("printer.refused", "no se encontró ese equipo en la red")


def test_a_connection_cut_before_the_paper_is_a_refusal(listener: ThermalListener) -> None:
    listener.drop_after = 0
    assert refusal(lambda: print_on(printer_at(listener.address), paper_of())) == (
        "printer.refused",
        "cortó la conexión",
    )
    print_on(printer_at(listener.address), paper_of())
    assert len(listener.papers) == 1


def test_a_connection_cut_in_mid_job_is_doubtful_and_leaves_a_torn_paper(listener: ThermalListener) -> None:
    listener.drop_after = 700
    printer = printer_at(listener.address)
    assert refusal(lambda: print_on(printer, paper_of())) == ("printer.doubtful", "se cortó la conexión")
    listener.stop()
    assert (listener.papers, listener.torn) == ([], 1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["deaf", "endless"])
def test_a_printer_that_never_says_that_it_finished_is_doubtful(
    listener: ThermalListener, fault: str
) -> None:
    setattr(listener, fault, True)
    printer = printer_at(listener.address)
    printer.check()  # silence about its status is no trouble
    assert refusal(lambda: print_on(printer, paper_of())) == (
        "printer.doubtful",
        "no confirmó que terminó",
    )


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("cover_open", ("printer.offline", "la tapa está abierta")),
        ("no_paper", ("printer.no_paper", "se acabó el papel")),
    ],
)
def test_a_printer_in_trouble_gets_nothing(
    listener: ThermalListener, fault: str, expected: tuple[str, str]
) -> None:
    setattr(listener, fault, True)
    printer = printer_at(listener.address)
    for action in (printer.check, lambda: print_on(printer, paper_of())):
        assert refusal(action) == expected
    setattr(listener, fault, False)
    print_on(printer, paper_of())
    listener.stop()
    assert (len(listener.papers), listener.torn) == (1, 0)


@pytest.mark.usefixtures("impatient")
def test_paper_that_ends_in_mid_job_is_doubtful_and_says_why(listener: ThermalListener) -> None:
    listener.runs_out_after = 700
    printer = printer_at(listener.address)
    assert refusal(lambda: print_on(printer, paper_of())) == ("printer.doubtful", "se acabó el papel")
    listener.stop()
    assert (listener.papers, listener.torn) == ([], 1)


def test_only_papers_with_a_layout_are_taken(listener: ThermalListener) -> None:
    printer = printer_at(listener.address)
    taken = {kind for kind in PaperKind if printer.takes(kind)}
    assert taken == {PaperKind.RECIBO, PaperKind.PENDIENTES, PaperKind.CORRECCION, PaperKind.PRUEBA}
    for kind in (PaperKind.HOJA_CLAVE, PaperKind.SOLICITUD):
        without = Paper(kind, RECIBO, render=lambda: b"%PDF")
        assert refusal(lambda paper=without: printer.open(paper, 1)) == ("printer.wrong_paper", "")  # type: ignore[misc]
    assert listener.connections == 0


def test_nobody_knows_of_a_job_whose_process_died(listener: ThermalListener) -> None:
    printer = printer_at(listener.address)
    handle = printer.open(paper_of(), 1)
    printer.forget(handle)
    assert printer.ask(handle).state is JobState.UNKNOWN
    assert printer.tells
    assert listener.connections == 0


@pytest.mark.parametrize(
    ("conexion", "direccion", "expected"),
    [
        ("red", "192.168.1.50:9100", ("192.168.1.50", 9100)),
        ("red", " caja-4.agencia.local ", ("caja-4.agencia.local", 9100)),
        ("red", "[fe80::1]:9101", ("fe80::1", 9101)),
        ("usb", "04b8:0E15", (0x04B8, 0x0E15)),
        ("usb", "0x0416:0x5011", (0x0416, 0x5011)),
        ("serie", "/dev/ttyUSB0:19200", ("/dev/ttyUSB0", 19200)),
        ("serie", "COM3", ("COM3", 9600)),
    ],
)
def test_addresses_are_read(conexion: str, direccion: str, expected: tuple[object, object]) -> None:
    assert parse_address(conexion, direccion) == expected


@pytest.mark.parametrize(
    ("conexion", "direccion"),
    [
        ("red", ""),
        ("red", "caja:0"),
        ("red", "caja:70000"),
        ("red", "caja 4"),
        ("red", "fe80::1"),
        ("usb", "04b8"),
        ("usb", "impresora"),
        ("serie", "COM3:rápido"),
        ("paloma", "x"),
    ],
)
def test_an_address_that_is_none_says_what_is_expected(conexion: str, direccion: str) -> None:
    with pytest.raises(KnownError) as caught:
        parse_address(conexion, direccion)
    assert caught.value.code == "printer.address"
    code, message = refusal(printer_at(direccion, conexion).check)
    assert code == "printer.address"
    assert message == caught.value.data["message"]
    assert "se espera" in message


@contextmanager
def serial_printer(ancho_mm: int = 80) -> Iterator[tuple[str, EscPos]]:
    """A thermal printer at the other end of a pseudo terminal: its address and its mind."""
    pty = pytest.importorskip("pty", reason="pseudo terminals are missing on this system")
    tty = pytest.importorskip("tty", reason="pseudo terminals are missing on this system")
    here, there = pty.openpty()
    tty.setraw(there)
    machine = EscPos(lambda answer: void(os.write(here, answer)), ancho_mm)
    stop, stopped = socket.socketpair()

    def serve() -> None:
        while stopped not in select.select([here, stopped], [], [])[0]:
            machine.feed(os.read(here, 4096))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"{os.ttyname(there)}:9600", machine
    finally:
        stop.send(b"\0")
        thread.join()
        for end in (here, there):
            os.close(end)
        stop.close()
        stopped.close()


def void(_: object) -> None:
    """Take a value and return none."""


def test_a_paper_goes_through_a_serial_line() -> None:
    with serial_printer(58) as (direccion, machine):
        printer = printer_at(direccion, "serie", 58)
        printer.check()
        print_on(printer, paper_of(), copies=2)
    assert [each.barcodes for each in machine.papers] == [[RECIBO], [RECIBO]]
    assert NOMBRE in machine.papers[0].text


def test_a_serial_printer_without_paper_gets_nothing() -> None:
    with serial_printer() as (direccion, machine):
        machine.no_paper = machine.halted = True
        expected = ("printer.no_paper", "se acabó el papel")
        assert refusal(lambda: print_on(printer_at(direccion, "serie"), paper_of())) == expected
    assert machine.papers == []


def test_a_serial_line_is_for_one_program_at_a_time() -> None:
    with serial_printer() as (direccion, machine):
        device = parse_address("serie", direccion)
        other = SerialLink(str(device[0]), 9600)
        try:
            assert refusal(printer_at(direccion, "serie").check) == (
                "printer.refused",
                "la está usando otro programa",
            )
        finally:
            other.close()
        print_on(printer_at(direccion, "serie"), paper_of())
    assert len(machine.papers) == 1


@pytest.mark.parametrize(("conexion", "direccion"), [("serie", NOWHERE), ("usb", "ffff:fffe")])
def test_a_device_that_is_not_there_is_refused(conexion: str, direccion: str) -> None:
    expected = ("printer.refused", "no está conectada")
    assert refusal(lambda: print_on(printer_at(direccion, conexion), paper_of())) == expected


class _Descriptor:
    """What a USB backend tells of a device, a configuration, an interface or an endpoint."""

    def __init__(self, **facts: object) -> None:
        self.__dict__.update(facts)
        self.extra_descriptors: list[int] = []


class SoftwareUsb(IBackend):  # type: ignore[misc]  # pyusb has no types
    """A printer on a USB bus, its endpoints numbered unlike the library's own guess."""

    OUT, IN = 0x03, 0x84

    def __init__(self) -> None:
        self.answers = bytearray()
        self.machine = EscPos(self.answers.extend)
        self.written: set[int] = set()

    def enumerate_devices(self) -> list[int]:
        return [1]

    def get_device_descriptor(self, _dev: object) -> _Descriptor:
        return _Descriptor(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=0x0416, idProduct=0x5011, bcdDevice=0x100, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=1, bus=1, port_number=1, port_numbers=(1,), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, _dev: object, _config: int) -> _Descriptor:
        return _Descriptor(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1,
            iConfiguration=0, bmAttributes=0xC0, bMaxPower=50,
        )  # fmt: skip

    def get_interface_descriptor(self, _dev: object, intf: int, alt: int, _config: int) -> _Descriptor:
        if intf or alt:
            raise IndexError
        return _Descriptor(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2,
            bInterfaceClass=7, bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0,
        )  # fmt: skip

    def get_endpoint_descriptor(
        self, _dev: object, ep: int, _intf: int, _alt: int, _config: int
    ) -> _Descriptor:
        return _Descriptor(
            bLength=7, bDescriptorType=5, bEndpointAddress=(self.IN, self.OUT)[ep], bmAttributes=2,
            wMaxPacketSize=64, bInterval=0, bRefresh=0, bSynchAddress=0,
        )  # fmt: skip

    def open_device(self, dev: object) -> object:
        return dev

    def close_device(self, _handle: object) -> None: ...

    def set_configuration(self, _handle: object, _value: int) -> None: ...

    def get_configuration(self, _handle: object) -> int:
        return 1

    def claim_interface(self, _handle: object, _intf: int) -> None: ...

    def release_interface(self, _handle: object, _intf: int) -> None: ...

    def reset_device(self, _handle: object) -> None: ...

    def bulk_write(self, _handle: object, ep: int, _intf: int, data: array.array[int], _timeout: int) -> int:
        self.written.add(ep)
        self.machine.feed(data.tobytes())
        return len(data)

    def bulk_read(self, _handle: object, ep: int, _intf: int, buff: array.array[int], _timeout: int) -> int:
        assert ep == self.IN
        if not self.answers:
            raise usb.core.USBTimeoutError("Operation timed out", errno=110)
        taken = bytes(self.answers[: len(buff)])
        del self.answers[: len(taken)]
        buff[: len(taken)] = array.array("B", taken)
        return len(taken)


def test_a_paper_goes_to_the_endpoints_that_a_usb_printer_names(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = SoftwareUsb()
    find = usb.core.find
    monkeypatch.setattr(usb.core, "find", lambda **wanted: find(backend=bus, **wanted))
    printer = printer_at("0416:5011", "usb")
    printer.check()
    print_on(printer, paper_of())
    assert [each.barcodes for each in bus.machine.papers] == [[RECIBO]]
    assert bus.written == {bus.OUT}
    bus.machine.cover_open = bus.machine.halted = True
    assert refusal(printer.check) == ("printer.offline", "la tapa está abierta")


def test_the_test_page_prints(listener: ThermalListener) -> None:
    paper = Paper(
        PaperKind.PRUEBA, "prueba", render=lambda: b"%PDF", ticket=lambda mm: ticket_prueba.render("Caja", mm)
    )
    print_on(printer_at(listener.address), paper)
    assert "Página de prueba" in listener.papers[0].text
