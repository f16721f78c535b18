"""Proofs: what users would get, fetched, installed and run as they would."""
