"""What is taken for a correo and a celular."""

from __future__ import annotations

import pytest

from agencia_app.models.domain.contacto import check_celular, check_correo
from agencia_app.models.domain.errors import KnownError


@pytest.mark.parametrize("right", ["", "maria@ejemplo.ec", "m.f+x@correo.ejemplo.com"])
def test_a_correo(right: str) -> None:
    check_correo(right)


@pytest.mark.parametrize(
    "wrong",
    [
        "maria",
        "maria@ejemplo",
        "m a@ejemplo.ec",
        "maria@ejemplo.ec\n",
        "a\u200b@ejemplo.ec",
        "a" * 120 + "@e.ec",
    ],
)
def test_no_correo(wrong: str) -> None:
    with pytest.raises(KnownError, match=r"contacto\.correo"):
        check_correo(wrong)


@pytest.mark.parametrize("wrong", ["022345678", "099999999", "09999999990", "０９99999999", "0999999999\n"])
def test_no_celular(wrong: str) -> None:
    check_celular("")
    check_celular("0999999999")
    with pytest.raises(KnownError, match=r"contacto\.celular"):
        check_celular(wrong)
