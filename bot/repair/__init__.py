"""A work order's life: opened, proposed, proved, approved by a person, published, and always found again after a crash.

This is the only door to a coding agent; what must be true before a patch is shown or published is decided here.
The faces, the command line and the workflow's own steps call it; it uses agents, records and incidents.
"""
