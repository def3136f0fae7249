"""WVA's optimisers: from the ballots of analyzers to replicas of variants."""
