"""The command line: results on stdout, errors and progress on stderr, exit codes 0 done, 1 findings, 2 bad input,
3 service or database not available."""
