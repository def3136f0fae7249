"""The reasons for WVA's decisions, in shorter lengths."""
