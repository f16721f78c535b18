"""The verbs of the command line, a module each with `run(arguments)`; loaded when they are called."""
