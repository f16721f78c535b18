"""Ask a language model the questions of a data set, score its answers, and say whether it is good enough.

The command is in `evaluations.cli`; everything else is a library that prints nothing.
"""
