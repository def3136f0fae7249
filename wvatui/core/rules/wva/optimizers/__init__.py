"""WVA's optimisers: how the wishes of analyzers become replicas of variants."""
