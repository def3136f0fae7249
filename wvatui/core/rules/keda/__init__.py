"""KEDA as pure functions: its part in scaling, apart from the HPA that it makes."""
