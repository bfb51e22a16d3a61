"""`python -m mlacoach`."""

from mlacoach.cli import main

main()
