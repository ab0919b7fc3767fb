"""Benchmarks: each file states its claim, races its controls in the same rounds, and compares their answers.

``./run bench [NAME…] [--quick]`` runs them in an environment of their own. A wrong answer voids the speed: exit 1.
"""
