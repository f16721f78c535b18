"""Asking and scoring: order, concurrency, retries, and what a run remembers."""
