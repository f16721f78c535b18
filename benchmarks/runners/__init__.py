"""`evaluations` beside other runners: the same questions, one model server, the same number at once."""
