"""One file per model runtime, all behind the port `Session`."""
