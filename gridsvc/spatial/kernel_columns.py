"""Compiled steps for columns of texts and numbers: reading the arrays of a JSON object, writing columns as JSON.

What does not fit their narrow path is left to the plain one, which gives the same answers.
"""

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils as _untyped
from numba.extending import intrinsic

from gridsvc.spatial.kernel_steps import compiled, inlined

cgutils: Any = _untyped
# Texts are copied in pieces of this many bytes; buffers are that much longer than what they hold.
PIECE = 16
# An entry is where a text begins, and in its last bits how long it is.
LENGTH_BITS = 16
_LENGTH = (1 << LENGTH_BITS) - 1
# Powers of ten that a double holds exactly, and those of five that a whole number does.
_TENS = np.array([10.0**k for k in range(23)])
_FIVES = np.array([5**k for k in range(23)], np.uint64)
_EXACT = 1 << 53
_MOST_DIGITS = 19
_QUOTE, _COMMA, _OPEN, _CLOSE, _BRACE, _END, _COLON = (ord(c) for c in '",[]{}:')
_MINUS, _ZERO, _NINE, _POINT, _ESCAPE = (ord(c) for c in "-09.\\")
_X, _Y = ord("x"), ord("y")


def _piece(_context: Any, out: Any, at: Any, texts: Any, start: Any) -> Any:
    """Copy one piece, wherever it lies."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        there = context.make_array(signature.args[0])(context, builder, given[0])
        here = context.make_array(signature.args[2])(context, builder, given[2])
        target = cgutils.pointer_add(builder, there.data, given[1])
        source = cgutils.pointer_add(builder, here.data, given[3])
        cgutils.raw_memcpy(builder, target, source, context.get_constant(types.intp, PIECE), 1)
        return context.get_dummy_value()

    return types.void(out, types.int64, texts, types.int64), build


_copy_piece: Any = intrinsic(_piece)


@inlined
def _put(out: np.ndarray, at: int, texts: np.ndarray, entry: int) -> int:
    """Copy one text and give where the next one goes."""
    start, length = entry >> LENGTH_BITS, entry & _LENGTH
    _copy_piece(out, at, texts, start)
    for k in range(PIECE, length, PIECE):
        _copy_piece(out, at + k, texts, start + k)
    return at + length


@compiled
def write_json(
    out: np.ndarray, texts: np.ndarray, entries: np.ndarray, heads: np.ndarray, first: np.ndarray,
    layer: np.ndarray, place: np.ndarray, position: np.ndarray, how: np.ndarray, others: np.ndarray,
) -> int:  # fmt: skip
    """Write columns as members of a JSON object and give their length.

    A column's words are the entries from ``first`` on, the first of them for no word, each with a comma behind it.
    ``layer`` is whose areas a column has; ``~layer`` how they were found; ``len(position)`` and above a row of others.
    """
    at, n_layers = 0, len(position)
    for c in range(len(heads)):
        at = _put(out, at, texts, heads[c])
        of, base = layer[c], first[c]
        if of < 0:
            for i in range(len(place)):
                at = _put(out, at, texts, entries[base + how[~of, place[i]] + 1])
        elif of < n_layers:
            for i in range(len(place)):
                at = _put(out, at, texts, entries[base + position[of, place[i]] + 1])
        else:
            for i in range(len(place)):
                at = _put(out, at, texts, entries[base + others[of - n_layers, i] + 1])
        if len(place) > 0:
            at -= 1
        out[at] = _CLOSE
        at += 1
    return at


@inlined
def _skip(body: np.ndarray, at: int) -> int:
    """Where the next byte is that is no white space; bodies end with a zero, which is none."""
    while body[at] == 32 or 9 <= body[at] <= 10 or body[at] == 13:
        at += 1
    return at


@compiled
def quotient(digits: np.uint64, places: int) -> float:
    """Give digits * 10**-places as the nearest double, of two the even one; ``places`` is at most 22."""
    if digits <= _EXACT:
        return float(float(digits) / _TENS[places])
    by = _FIVES[places]
    whole, rest, shifted = digits // by, digits % by, 0
    while whole >> np.uint64(54) == 0:
        # The rest is below 5**22 < 2**52, so that nothing is lost above.
        rest = rest << np.uint64(9)
        whole = (whole << np.uint64(9)) | (rest // by)
        rest = rest % by
        shifted += 9
    extra = 0
    while whole >> np.uint64(53 + extra) != 0:
        extra += 1
    half = np.uint64(1) << np.uint64(extra - 1)
    kept, beyond = whole >> np.uint64(extra), whole & ((half << np.uint64(1)) - np.uint64(1))
    if beyond > half or (beyond == half and (rest != 0 or kept & np.uint64(1) != 0)):
        kept += np.uint64(1)
    return float(np.ldexp(float(kept), extra - shifted - places))


@inlined
def _digits(body: np.ndarray, at: int, digits: np.uint64) -> tuple[int, np.uint64]:
    while _ZERO <= body[at] <= _NINE:
        digits = digits * np.uint64(10) + np.uint64(body[at] - _ZERO)
        at += 1
    return at, digits


@inlined
def _read_numbers(body: np.ndarray, at: int, out: np.ndarray) -> tuple[int, int]:
    """Read numbers and nulls behind an opening bracket: where their end is, and how many; -1 for other things."""
    n, at = 0, _skip(body, at)
    if body[at] == _CLOSE:
        return at + 1, 0
    while True:
        if body[at] == 110 and body[at + 1] == 117 and body[at + 2] == 108 and body[at + 3] == 108:
            out[n], at = np.nan, at + 4
        else:
            is_negative = body[at] == _MINUS
            at += is_negative
            began, places, digits = at, 0, np.uint64(0)
            at, digits = _digits(body, at, digits)
            length = at - began
            if length == 0 or (length > 1 and body[began] == _ZERO):
                return -1, 0
            if body[at] == _POINT:
                before = at + 1
                at, digits = _digits(body, before, digits)
                places = at - before
                if places == 0:
                    return -1, 0
            if length + places > _MOST_DIGITS:
                return -1, 0
            value = quotient(digits, places)
            out[n] = -value if is_negative else value
        n, at = n + 1, _skip(body, at)
        if body[at] == _CLOSE:
            return at + 1, n
        if body[at] != _COMMA:
            return -1, 0
        at = _skip(body, at + 1)


@inlined
def slot_of(keys: np.ndarray, key: int) -> int:
    """Where a key stands in a table of a power of two of slots, or would stand; empty ones have -1."""
    last = len(keys) - 1
    slot = (np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
    at = int(slot) & last
    while keys[at] != key and keys[at] != -1:
        at = (at + 1) & last
    return at


@inlined
def _text(body: np.ndarray, at: int) -> tuple[int, int]:
    """Read a text of plain characters behind its first quote: where it ends, and its bytes as a number.

    -1 is where other characters are; a text longer than seven bytes has the number of no text.
    """
    began, number = at, 0
    while body[at] != _QUOTE:
        if body[at] < 32 or body[at] >= 127 or body[at] == _ESCAPE:
            return -1, 0
        number = (number << 8) | body[at] if at - began < 7 else 0
        at += 1
    length = at - began
    return at + 1, (length << 56 | number) if length < 8 else 0


@inlined
def _read_texts(
    body: np.ndarray, at: int, keys: np.ndarray, values: np.ndarray, none: int, unknown: int, out: np.ndarray
) -> tuple[int, int]:
    """Read texts and nulls behind an opening bracket: where their end is, and how many; -1 for other things."""
    n, at = 0, _skip(body, at)
    if body[at] == _CLOSE:
        return at + 1, 0
    while True:
        if body[at] == 110 and body[at + 1] == 117 and body[at + 2] == 108 and body[at + 3] == 108:
            out[n], at = none, at + 4
        else:
            if body[at] != _QUOTE:
                return -1, 0
            at, number = _text(body, at + 1)
            if at < 0:
                return -1, 0
            slot = slot_of(keys, number)
            out[n] = values[slot] if keys[slot] == number else unknown
        n, at = n + 1, _skip(body, at)
        if body[at] == _CLOSE:
            return at + 1, n
        if body[at] != _COMMA:
            return -1, 0
        at = _skip(body, at + 1)


@compiled
def read_columns(
    body: np.ndarray, keys: np.ndarray, values: np.ndarray, none: int, unknown: int, x: np.ndarray, y: np.ndarray,
    category: np.ndarray, rest: np.ndarray, told: np.ndarray,
) -> bool:  # fmt: skip
    """Read the arrays ``x``, ``y`` and ``category`` of a JSON object; False leaves it all to the plain way.

    ``body`` ends with four zeros. ``told`` gets how many each has, -1 for no array, and the length of ``rest``: the
    object with empty arrays in their places.
    """
    told[:3], n_rest = -1, 0
    at, kept = _skip(body, 0), 0
    if body[at] != _BRACE:
        return False
    at = _skip(body, at + 1)
    while True:
        if body[at] != _QUOTE:
            return False
        at, name = _text(body, at + 1)
        if at < 0:
            return False
        at = _skip(body, at)
        if body[at] != _COLON:
            return False
        at = _skip(body, at + 1)
        if body[at] == _OPEN:
            for k in range(kept, at):
                if n_rest == len(rest) - 2:
                    return False
                rest[n_rest], n_rest = body[k], n_rest + 1
            rest[n_rest], rest[n_rest + 1], n_rest = _OPEN, _CLOSE, n_rest + 2
            if name == (1 << 56 | _X) and told[0] < 0:
                at, told[0] = _read_numbers(body, at + 1, x)
            elif name == (1 << 56 | _Y) and told[1] < 0:
                at, told[1] = _read_numbers(body, at + 1, y)
            elif name == 0 and told[2] < 0:
                # Only a longer name has this number; whether it is the right one is asked of the rest.
                at, told[2] = _read_texts(body, at + 1, keys, values, none, unknown, category)
            else:
                return False
            if at < 0:
                return False
            kept = at
        elif body[at] == _QUOTE:
            at, _ = _text(body, at + 1)
            if at < 0:
                return False
        else:
            while 43 <= body[at] <= 122 and body[at] != _COMMA and body[at] != _OPEN and body[at] != _CLOSE:
                at += 1
        at = _skip(body, at)
        if body[at] == _END:
            break
        if body[at] != _COMMA:
            return False
        at = _skip(body, at + 1)
    at = _skip(body, at + 1)
    if at != len(body) - 4:
        return False
    for k in range(kept, at):
        if n_rest == len(rest):
            return False
        rest[n_rest], n_rest = body[k], n_rest + 1
    told[3] = n_rest
    return True
