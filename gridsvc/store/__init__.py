"""The PostGIS floor: starting a private server, its tables, and every query. It decides nothing."""
