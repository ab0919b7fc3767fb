"""Sine and cosine made of sums and products alone, so that every machine and every phone gets the same double.

The mathematical libraries of processors, systems and browsers differ in the last bit. Here each step is one rounding
that IEEE 754 prescribes, on numbers as on arrays of them.
"""

from typing import Any

PI = 3.141592653589793
# The series of the sine up to x ** 21: what is left out is less than a tenth of the last bit for |x| <= pi / 2.
_3, _5, _7, _9 = -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0, 1.0 / 362880.0
_11, _13, _15 = -1.0 / 39916800.0, 1.0 / 6227020800.0, -1.0 / 1307674368000.0
_17, _19, _21 = 1.0 / 355687428096000.0, -1.0 / 121645100408832000.0, 1.0 / 51090942171709440000.0


def sine(x: Any) -> Any:
    """Sine of radians between -pi / 2 and pi / 2; beyond them it is none."""
    s = x * x
    last = _13 + s * (_15 + s * (_17 + s * (_19 + s * _21)))
    return x + x * (s * (_3 + s * (_5 + s * (_7 + s * (_9 + s * (_11 + s * last))))))


def cosine(x: Any) -> Any:
    """Cosine of radians between -pi and pi."""
    half = sine(0.5 * x)
    return 1.0 - 2.0 * half * half
