"""The command `aims`."""


def main() -> None:
    """Run `aims`."""
