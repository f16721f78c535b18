"""What the performance claims rest on: `nox -s bench`."""
