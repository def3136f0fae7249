"""WVA's performance model and the rule that decides by it (v0.0.1 to v0.4.2)."""
