"""From scores to verdicts: adding up, estimates, cutoffs, comparison. Pure."""
