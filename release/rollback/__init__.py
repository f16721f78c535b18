"""The way back: which release can be gone back to, what each target should do, how bytes and acts are recovered."""
