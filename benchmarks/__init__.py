"""Benchmarks: each states its claim and its control, is seeded, and checks its answers in the same run."""
