"""Kept libraries, imported without what they have to say about how progress could look in a notebook."""

import warnings
from contextlib import suppress
from importlib import import_module

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "IProgress not found")
    import esda
    from esda.smoothing import Empirical_Bayes

__all__ = ["Empirical_Bayes", "esda"]

# What numba may keep of esda between processes; compiling these takes most of half a minute in each.
_SLOW = (("esda.crand", "vec_permutations"), ("esda.significance", "_permutation_significance"))


def _compiled_once() -> None:
    """Let numba keep what it compiles, as far as it is there, has these functions and finds a place to write to."""
    for module, name in _SLOW:
        with suppress(ImportError, AttributeError, RuntimeError):
            getattr(import_module(module), name).enable_caching()


_compiled_once()
