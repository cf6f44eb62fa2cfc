"""Generated; see tools/generate_proto.py."""
