"""One module per thing that somebody sets out to do; each knows the order of steps."""
