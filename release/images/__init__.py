"""OCI images without a daemon and without root: built, stored, read, checked and run."""
