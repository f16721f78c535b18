"""What can be known from a number of scores: intervals, tests, confidence sequences and sample sizes.

Pure functions on the standard library. Each docstring names the source of its formula; "share" is a mean of yes or no.
"""
