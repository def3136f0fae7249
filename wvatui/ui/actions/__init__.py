"""What keys and commands do, by what they act on; `WvatuiApp` is made of these."""
