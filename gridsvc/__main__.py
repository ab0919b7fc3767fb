"""``python -m gridsvc``: the command line."""

from gridsvc.cli.main import main

main()
