"""`python -m aims_gh` is `aims`."""

from aims_gh.cli import main

main()
