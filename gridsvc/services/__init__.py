"""Use cases, one transaction each: load and publish, report, read. Knows nothing of HTTP or the command line."""
