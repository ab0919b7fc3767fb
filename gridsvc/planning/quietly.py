"""Kept libraries, imported without what they have to say about how progress could look in a notebook."""

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "IProgress not found")
    import esda
    from esda.smoothing import Empirical_Bayes

__all__ = ["Empirical_Bayes", "esda"]
