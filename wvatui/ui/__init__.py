"""The screen. Draws a State and asks the Session for everything else; Textual lives here only."""
