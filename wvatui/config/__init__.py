"""The configuration file: its path, the flags that it sets, and the settings of the screen."""
