"""Which threshold held, and how that is known: stated, configured, recovered, fitted or assumed."""
