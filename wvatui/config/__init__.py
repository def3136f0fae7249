"""The configuration file: where it lies, what it says of flags and of the screen."""
