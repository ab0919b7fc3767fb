"""The offline bundle: all that decides about a point, in one signed file that phones and other programs read."""
