"""How the API server answers: kinds, JSON, protobuf, status errors, streams, faults."""
