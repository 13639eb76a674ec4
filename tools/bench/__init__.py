"""Speed beside peers and floors: `make bench`."""
