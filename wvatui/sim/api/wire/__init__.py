"""The format of the API server's answers: kinds, JSON, protobuf, status errors, streams, faults."""
