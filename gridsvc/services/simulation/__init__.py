"""A city's cases as invented people would handle them: whole lives in memory, and a month through the services."""
