"""How many connections may be open, so that whoever holds them leaves the bot the descriptors that it needs itself."""

MOST_CONNECTIONS = 400
AT_ONCE = 64
"""Connections that are taken in one turn of the loop."""


def most_connections() -> int:
    """How many may be open: half of the descriptors that this process may have, for the bot needs some itself."""
    try:
        import resource
    except ImportError:  # Windows counts them otherwise
        return MOST_CONNECTIONS
    return max(8, min(MOST_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2))
