"""Actions of keys and commands, one module per subject; `WvatuiApp` inherits from them."""
