"""What a project needs to be released: found out, proposed by `init`, asked for by `doctor` and preflight."""
