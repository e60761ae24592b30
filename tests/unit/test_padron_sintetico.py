"""Synthetic people are repeatable, valid and nobody's."""

from __future__ import annotations

from itertools import islice

import pytest

from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.models.domain.persona import JUBILADOS
from agencia_app.services.padron_sintetico import AS_OF, generate


def test_the_same_people_for_a_seed_each_with_a_number_of_their_own() -> None:
    people = list(generate(30_000))
    assert list(islice(generate(30_000), 500)) == people[:500]
    assert next(generate(1, seed=18)) != people[0]
    numbers = {each.cedula for each in people}
    assert len(numbers) == len(people)
    assert all(cedula_rules.is_valid(number) for number in numbers)
    assert {number[:4] for number in numbers if number[:3] != "245"} == {"2465", "3005"}
    assert not any(number.startswith("245999") for number in numbers)


def test_a_padron_like_the_real_one() -> None:
    people = list(generate(5_000))
    share = sum(each.tipo_prestacion in JUBILADOS for each in people) / len(people)
    assert 0.7 < share < 0.9
    assert all(18 <= each.age(AS_OF) <= 95 for each in people)
    assert any("Ñ" in each.apellidos for each in people)
    assert any(each.fecha_defuncion for each in people)
    assert all(
        each.fecha_defuncion is None or each.fecha_defuncion > each.fecha_nacimiento for each in people
    )


def test_more_than_the_free_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="999000"):
        next(generate(1_000_000))
