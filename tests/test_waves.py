"""Sine and cosine of sums and products: right to the last bits, and the same for one number, many, and compiled."""

import numpy as np
import pytest

from gridsvc.values import metres_per_degree
from gridsvc.waves import PI, cosine, sine


def test_they_are_what_the_library_says_to_the_last_bits():
    x = np.linspace(-PI / 2, PI / 2, 100_001)
    assert np.abs(sine(x) - np.sin(x)).max() <= 2**-51
    x = np.linspace(-PI, PI, 100_001)
    assert np.abs(cosine(x) - np.cos(x)).max() <= 2**-50


@pytest.mark.parametrize("x", [0.0, -0.0, 1e-300, 0.3, -1.2, PI / 2])
def test_one_number_and_an_array_of_it_are_the_same(x: float):
    assert (sine(x), cosine(x)) == (sine(np.array([x]))[0], cosine(np.array([x]))[0])


def test_a_degree_has_the_same_metres_everywhere():
    """A phone computes these too: to the last bit."""
    assert [v.hex() for v in metres_per_degree(30.3)] == ["0x1.77c2b71bf2deep+16", "0x1.b10986cf116b8p+16"]
    lat = np.random.default_rng(3).uniform(-90.0, 90.0, 1000)
    east_m, north_m = metres_per_degree(lat)
    assert list(zip(east_m.tolist(), north_m.tolist(), strict=True)) == [metres_per_degree(v) for v in lat.tolist()]
