"""Configuration: a TOML file in, frozen specs out, and what a run needs made from them."""
