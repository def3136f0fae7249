"""The screen: draws a State and asks the session for the rest. Only here is Textual imported."""
