"""The release engine: takes a commit through hard gates to users, a little at a time, and takes it back."""
