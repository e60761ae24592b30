"""A real CUPS scheduler and real IPP printers, private to the tests: own files, own ports, own buses.

    def test_...(cups: CupsServer) -> None:
        printer = cups.add_printer("Caja")      # a queue, and an ippeveprinter behind it
        ...                                     # CUPS_SERVER names the scheduler
        assert printer.received() == [...]      # what came out, as files named by the job's title

``ippeveprinter`` announces itself through Avahi and will not start without: it gets an Avahi
daemon of its own on a D-Bus of its own that hears the loopback interface alone. Everything ends
with the session, and with the death of the process that started it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from agencia_app.services.printers import _libcups
from agencia_app.services.printers._libcups import Attribute, Group, Operation, Refusal, Tag

_SECONDS = 20.0
_SYSTEM_PATH = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
_PROGRAMS = {
    "cupsd": "cups-daemon",
    "lpadmin": "cups-client",
    "cupsdisable": "cups-client",
    "ippeveprinter": "cups-ipp-utils",
    "avahi-daemon": "avahi-daemon",
    "dbus-daemon": "dbus",
    "unshare": "util-linux",
    "setpriv": "util-linux",
}
_FILES_NEEDED = {
    Path("/usr/lib/cups/filter/pdftopdf"): "cups-filters-core-drivers",
    Path("/usr/share/cups/mime/mime.convs"): "cups-core-drivers",
}
_PPD = Path(__file__).with_name("prueba.ppd")
_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus.sock</listen>
  <auth>EXTERNAL</auth> <auth>ANONYMOUS</auth> <allow_anonymous/>
  <policy context="default">
    <allow user="*"/> <allow own="*"/> <allow send_destination="*"/>
    <allow send_type="signal"/> <allow receive_type="method_call"/> <allow receive_type="signal"/>
    <allow receive_type="method_return"/> <allow receive_type="error"/>
  </policy>
</busconfig>
"""
_AVAHI = """\
[server]
host-name=agencia-pruebas
use-ipv6=no
allow-interfaces=lo
[publish]
disable-publishing=yes
"""
_FILES = """\
ServerRoot {folder}/root
RequestRoot {folder}/spool
TempDir {folder}/spool/tmp
CacheDir {folder}/cache
StateDir {folder}/run
ErrorLog {folder}/error_log
AccessLog {folder}/access_log
PageLog {folder}/page_log
SystemGroup root
"""
# Anybody may do anything: nobody but this process knows where it is. Jobs are kept for ever,
# their files not at all.
_SCHEDULER = """\
Listen {folder}/cups.sock
Listen 127.0.0.1:{port}
LogLevel info
MaxLogSize 0
Browsing No
WebInterface No
DefaultAuthType None
MaxJobs 0
PreserveJobHistory Yes
{more}
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""
_PLAIN = ("PreserveJobFiles No",)
# What a virtual printer does: each copy comes out whole, under the job's title. One that does not
# finish says that it has no paper, and waits for it.
_HELD = """\
echo 'STATE: +media-empty-error' >&2
touch '{folder}/empty'
while [ ! -e '{folder}/paper' ]; do sleep 0.1; done
echo 'STATE: -media-empty-error' >&2
"""
_PAPER_OUT = """\
#!/bin/sh
set -e
{wait}
for copy in $(seq "${{IPP_COPIES:-1}}"); do
    name=$(date +%s%N)-$IPP_JOB_NAME
    cp "$1" '{folder}'/out/".$name"
    mv '{folder}'/out/".$name" '{folder}'/out/"$name.pdf"
done
"""


class VirtualPrinter:
    """A queue of the private scheduler and the ippeveprinter it prints to."""

    def __init__(self, server: CupsServer, name: str, folder: Path, *, finishes: bool, small: bool) -> None:
        self.name = name
        self.folder = folder
        self._server = server
        self._port = free_port()
        script = folder / "paper-out"
        script.write_text(
            _PAPER_OUT.format(folder=folder, wait="" if finishes else _HELD.format(folder=folder))
        )
        script.chmod(0o755)
        sizes = _PPD.read_text().splitlines(keepends=True)
        (folder / "sizes.ppd").write_text("".join(line for line in sizes if small or "A5" not in line))
        (folder / "spool").mkdir()
        (folder / "out").mkdir()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where it listens."""
        return f"ipp://localhost:{self._port}/ipp/print"

    def received(self) -> list[Path]:
        """Return what came out, in order, a file a copy; each name ends with the job's title."""
        return sorted((self.folder / "out").glob("*.pdf"))

    def pause(self, reason: str = "") -> None:
        """Stop the queue, as an administrator does (cupsdisable)."""
        self._server.run("cupsdisable", *(("-r", reason) if reason else ()), self.name)

    def resume(self) -> None:
        """Start the queue again."""
        self._server.run("cupsenable", self.name)

    def reject(self, reason: str = "") -> None:
        """Let the queue accept no more jobs."""
        self._server.run("cupsreject", *(("-r", reason) if reason else ()), self.name)

    def is_empty(self) -> bool:
        """Tell whether it holds a whole document and waits for paper.

        One whose scheduler was killed between announcing a job and sending its document waits for
        that document for ever and takes no other: whoever means to cancel a job must wait for this.
        """
        return (self.folder / "empty").exists()

    def refill(self) -> None:
        """Put paper in a printer that does not finish."""
        (self.folder / "paper").touch()

    def start(self) -> None:
        """Switch the printer on."""
        self._process = self._server.spawn(
            "ippeveprinter", "-r", "off", "-p", str(self._port), "-P", str(self.folder / "sizes.ppd"),
            "-c", str(self.folder / "paper-out"), "-d", str(self.folder / "spool"), self.name,
        )  # fmt: skip
        wait_for(lambda: listens(self._port), f"ippeveprinter {self.name}")

    def stop(self) -> None:
        """Pull the printer's plug: nobody listens there any more."""
        if self._process is not None:
            end(self._process)
            self._process = None


class CupsServer:
    """The private scheduler, and what its printers need to start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spool = folder / "spool"
        self.port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._scheduler: subprocess.Popen[bytes] | None = None
        self._more: tuple[str, ...] = ()
        self._printers: dict[str, VirtualPrinter] = {}
        self._classes: list[str] = []
        self._environment = {
            **os.environ,
            "PATH": _SYSTEM_PATH,
            "LC_ALL": "C",
            "CUPS_SERVER": self.address,
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus.sock",
        }

    @property
    def address(self) -> str:
        """What CUPS_SERVER must say; ``127.0.0.1:port`` reaches it too."""
        return str(self.folder / "cups.sock")

    def start(self, *more: str) -> None:
        """Start the scheduler with further lines of cupsd.conf, ``PreserveJobFiles No`` unless told."""
        self._more = more or _PLAIN
        (self.folder / "cupsd.conf").write_text(
            _SCHEDULER.format(folder=self.folder, port=self.port, more="\n".join(self._more))
        )
        (self.folder / "cups-files.conf").write_text(_FILES.format(folder=self.folder))
        # The scheduler gives them the owners and modes it wants.
        for name in ("root", "spool/tmp", "cache", "run"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._scheduler = self.spawn(
            "cupsd", "-f", "-c", str(self.folder / "cupsd.conf"), "-s", str(self.folder / "cups-files.conf")
        )
        wait_for(lambda: listens(self.port), "cupsd")

    def stop(self) -> None:
        """Stop the scheduler. Its queues and jobs stay on its disk."""
        if self._scheduler is not None:
            end(self._scheduler)
            self._scheduler = None

    def add_printer(
        self, name: str, *, finishes: bool = True, waits: bool = True, driver: bool = True, small: bool = True
    ) -> VirtualPrinter:
        """Add a queue and the printer behind it.

        A printer that does not finish takes a job, has no paper, and prints after ``refill``.
        Without ``waits`` the scheduler calls a job completed once the printer took it, which saves
        it the second it sleeps between questions. Without ``driver`` the queue is raw and knows no
        sizes; with it, papers go through the filters and sizes are A4 and, if ``small``, A5.
        """
        folder = self.folder / "printers" / name
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        printer = VirtualPrinter(self, name, folder, finishes=finishes, small=small)
        self._printers[name] = printer
        printer.start()
        self.run("lpadmin", "-p", name, "-E", "-v", printer.uri, *(("-m", "everywhere") if driver else ()))
        # The scheduler asks the printer for its description on a thread of its own.
        wait_for(lambda: self._ready(name, driver=driver), f"queue {name}")
        if not waits:
            self.run("lpadmin", "-p", name, "-v", f"{printer.uri}?waitjob=false")
        return printer

    def add_class(self, name: str, printers: Iterable[VirtualPrinter]) -> None:
        """Add a queue that hands each job to whichever of these printers is free.

        A printer takes about a second a job, which the scheduler sleeps between questions; many
        printers behind one name print many papers a second.
        """
        for printer in printers:
            self.run("lpadmin", "-p", printer.name, "-c", name)
        self.run("cupsaccept", name)
        self.run("cupsenable", name)
        self._classes.append(name)

    def restore(self) -> None:
        """Have the scheduler run as at the first start, without queues or printers."""
        if self._scheduler is None or self._more != _PLAIN:
            self.stop()
            self.start()
        for name in (*self._classes, *self._printers):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.run("lpadmin", "-x", name)
        self._classes.clear()
        for printer in self._printers.values():
            printer.stop()
            shutil.rmtree(printer.folder)
        self._printers.clear()

    def run(self, program: str, *arguments: str) -> str:
        """Run a program of CUPS against this scheduler."""
        return subprocess.run(
            [located(program), *arguments],
            env=self._environment, check=True, capture_output=True, text=True, timeout=_SECONDS,
        ).stdout  # fmt: skip

    def spooled(self) -> list[Path]:
        """Return the document files that the scheduler keeps."""
        return sorted(self.spool.glob("d*"))

    def spawn(self, program: str, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        """Start a program that ends with this process, in a process group of its own."""
        with (self.folder / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                [located("setpriv"), "--pdeathsig", "TERM", *prefix, located(program), *arguments],
                env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._processes.append(process)
        return process

    def open_buses(self) -> None:
        """Start D-Bus and Avahi, which keeps its process number at a fixed place: it gets its own view."""
        (self.folder / "bus.conf").write_text(_BUS.format(folder=self.folder))
        (self.folder / "avahi.conf").write_text(_AVAHI)
        bus = self.spawn("dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork", "--nopidfile")
        wait_for((self.folder / "bus.sock").exists, "dbus-daemon")
        avahi = self.spawn(
            "avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title",
            "-f", str(self.folder / "avahi.conf"), prefix=_own_run_folder(),
        )  # fmt: skip
        log = self.folder / "avahi-daemon.log"
        wait_for(
            lambda: b"startup complete" in log.read_bytes() or avahi.poll() is not None,
            "avahi-daemon",
        )
        if avahi.poll() is not None or bus.poll() is not None:
            raise RuntimeError(f"no private Avahi: {log.read_text().strip().splitlines()[-1:]}")

    def close(self) -> None:
        """End everything that was started here."""
        self.stop()
        for process in reversed(self._processes):
            end(process)

    def _ready(self, name: str, *, driver: bool) -> bool:
        path = f"/printers/{name}"
        with _libcups.connected(_SECONDS) as connection, contextlib.suppress(Refusal):
            known = connection.request(
                Operation.GET_PRINTER_ATTRIBUTES,
                path,
                (Attribute(Group.OPERATION, Tag.URI, "printer-uri", (f"ipp://localhost{path}",)),),
            )
            return not driver or "iso_a4_210x297mm" in known.get("media-supported", ())
        return False


def _own_run_folder() -> tuple[str, ...]:
    """Return what to start Avahi under: its folder in /run must be there, and its own user's.

    Where the machine lets us it gets a /run that nobody else sees, so that several sessions and a
    system's own Avahi go side by side; an ordinary user pretends to be Avahi's user in there.
    """
    folder = "install -d -o avahi -g avahi /run/avahi-daemon"
    private: tuple[str, ...] = (located("unshare"), "--mount")
    try:
        if os.geteuid() != 0:
            user = pwd.getpwnam("avahi")
            private += ("--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}", "--keep-caps")
    except KeyError as error:
        raise RuntimeError("no user avahi") from error
    if subprocess.run([*private, "true"], check=False, capture_output=True).returncode:
        return ("sh", "-c", f'{folder} && exec "$@"', "sh")
    return (*private, "sh", "-c", f'mount -t tmpfs -o mode=0755 none /run && {folder} && exec "$@"', "sh")


def located(program: str) -> str:
    """Return where a program is, the places of an administrator's programs included."""
    return shutil.which(program, path=_SYSTEM_PATH) or program


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Tell whether somebody listens at a port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_for(happened: Callable[[], object], what: str, seconds: float = _SECONDS) -> None:
    """Ask again until something outside this process happened; it sends no signal when it does."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: nothing after {seconds:g} s")
        time.sleep(0.02)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return


def missing() -> Mapping[str, str]:
    """Return what is not here, and the Debian packages that have it."""
    programs = {name: package for name, package in _PROGRAMS.items() if not Path(located(name)).is_file()}
    return programs | {path.name: package for path, package in _FILES_NEEDED.items() if not path.exists()}


@pytest.fixture(scope="session")
def cups_server() -> Iterator[CupsServer]:
    """The scheduler of a whole test session, started at its first use."""
    if absent := missing():
        pytest.skip(f"missing {', '.join(absent)} (Debian: {' '.join(sorted(set(absent.values())))})")
    # Not under pytest's folders: the scheduler's filters are another user and must reach the spool.
    with tempfile.TemporaryDirectory(prefix="agencia-cups-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = CupsServer(folder)
        try:
            try:
                server.open_buses()
            except RuntimeError as error:
                pytest.skip(str(error))
            server.start()
            yield server
        finally:
            server.close()


@pytest.fixture
def cups(cups_server: CupsServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[CupsServer]:
    """The scheduler, running and without queues, and where libcups finds it."""
    monkeypatch.setenv("CUPS_SERVER", cups_server.address)
    yield cups_server
    cups_server.restore()
