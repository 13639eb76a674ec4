"""Runs submitted models, and nothing else does."""
