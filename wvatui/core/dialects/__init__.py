"""Controller log dialects: bytes of a log in, typed `facts.Line`s out. See `parser.LogParser`."""
