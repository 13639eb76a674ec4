"""Stand-ins on loopback for the services that the product talks to."""
