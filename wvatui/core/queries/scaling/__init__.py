"""State to rows: each change of replicas with its steps and lags."""
