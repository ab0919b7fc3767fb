"""Database addresses as users write them."""

import pytest

from gridsvc.errors import BadInput
from gridsvc.store.database_url import normalise_url


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_every_usual_scheme_gets_the_driver_written_out(scheme: str) -> None:
    assert normalise_url(f" {scheme}://u:p%40ss@db:5433/city?sslmode=require\n") == (
        "postgresql+psycopg2://u:p%40ss@db:5433/city?sslmode=require"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "cannot be read"),
        ("city", "cannot be read"),
        ("postgresql://db:port/city", "cannot be read"),
        ("postgresql://db", "names no database"),
        ("mysql://u:secret@db/city", "must begin with postgresql://"),
        ("postgresql+asyncpg://u:secret@db/city", "must begin with postgresql://"),
    ],
)
def test_other_addresses_are_refused_without_repeating_the_password(text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence) as refusal:
        normalise_url(text)
    assert "secret" not in refusal.value.text("en")
