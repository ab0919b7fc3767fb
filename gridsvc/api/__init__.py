"""The HTTP door: parses, calls one service, shapes the answer. Plain ``def`` routes, since the driver blocks."""
