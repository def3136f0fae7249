"""The model of an LLM engine and its gateway, used by the simulator and by what-if's closed
loop."""
