"""Real small servers that tests run against."""
