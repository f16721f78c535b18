"""What a run leaves behind: its folder, and reading it back."""
