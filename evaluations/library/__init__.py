"""The package for Python programs: the command's runs as functions, typed, async and not. Nothing is printed.

`evaluations/__init__.py` says what is public; docs/evaluations/library.md is the page for users.
"""
