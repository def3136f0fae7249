"""The model of an LLM engine and its gateway, for the simulator and what-if's closed loop."""
