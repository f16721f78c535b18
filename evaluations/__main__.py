"""`python -m evaluations`."""

import sys

from evaluations.cli import main

sys.exit(main())
