"""Benchmarks: each file states its claim, races its controls in the same rounds, and compares their answers.

``./run bench [NAME…] [--quick]`` runs them in an environment of their own. A wrong answer voids the speed: exit 1.
A new one is a file with ``run(size) -> Result`` whose name stands in ``__main__.NAMES``; how the product is asked is
known to ``product`` and ``served`` alone.
"""
