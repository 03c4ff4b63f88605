"""What the operator decides: typed settings, from defaults, a file and the environment."""
