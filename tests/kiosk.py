"""The kiosk's way to an agency of a test's, on either engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from agencia_app import settings
from agencia_app.models.db import accounts, confined
from agencia_app.models.db.session import Database
from agencia_app.services.kiosco import Kiosco
from agencia_app.services.kiosco_puerta import Puerta, PuertaPropia, PuertaServidor
from agencia_app.services.registry import Services
from agencia_app.services.rules import load_shipped
from tests.raw import admins


def now() -> datetime:
    return datetime.now(UTC)


def kiosk_address(services: Services) -> str:
    """Return the address of the kiosks' account, which is made."""
    with accounts.preparing_kiosk(admins(services.settings.base)) as (_, address):
        return address


@contextmanager
def kiosk_of(services: Services, clock: Callable[[], datetime] = now) -> Iterator[tuple[Kiosco, Puerta, str]]:
    """Yield a kiosk that lets no time pass, its way to the database, and its account's address."""
    address, config = "", services.settings
    puerta: Puerta
    if services.database.is_postgres:
        address = kiosk_address(services)
        puerta = PuertaServidor(Database(address), config)
    else:
        puerta = PuertaPropia(confined.open_confined(services.database.path), config, clock)
    kiosco = Kiosco(puerta, load_shipped(settings.RESOURCES), lambda _: None)
    yield kiosco, puerta, address
    kiosco.close()
