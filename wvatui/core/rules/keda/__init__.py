"""KEDA as a pure function: its part of scaling beside the HPA that it makes."""
