"""Those who write patches: one port, and an adapter for each kind of coding agent.

An agent proposes, publishes what was approved, and tells how far it is; it never decides that something is approved.
Only `bot.repair` calls an agent; an adapter turns our words into the service's and holds no HTTP of its own.
"""
