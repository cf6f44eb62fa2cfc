"""Clients of the public protocol that share no code with Plumbline, and ``plumb``."""
