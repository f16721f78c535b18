"""Tests of evaluations/terminal."""
