"""What the API server does to objects: admission, defaults, patches, selectors, tables."""
