"""Which threshold was in force, and how it is known: stated, configured, recovered, fitted, …"""
