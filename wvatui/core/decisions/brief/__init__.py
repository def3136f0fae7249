"""The reasons for decisions of HPAs and KEDA, in shorter lengths."""
