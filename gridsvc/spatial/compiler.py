"""The compiled kernel, if there is a compiler. Importing it takes a moment, so it is only done when needed."""

from functools import cache
from importlib.util import find_spec
from typing import Any


@cache
def compiled_kernel() -> Any | None:
    """Give the compiled way to ask an overlay, None where numba is not installed."""
    if find_spec("numba") is None:
        return None
    from gridsvc.spatial import kernel_one

    return kernel_one


@cache
def compiled_builder() -> Any | None:
    """Give the compiled way to build an overlay, None where numba is not installed."""
    if find_spec("numba") is None:
        return None
    from gridsvc.spatial import kernel_builder

    return kernel_builder


@cache
def compiled_columns() -> Any | None:
    """Give the compiled way to read, look up and write columns, None where numba is not installed."""
    if find_spec("numba") is None:
        return None
    from gridsvc.spatial import kernel_batch

    return kernel_batch
