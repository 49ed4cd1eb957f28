"""Errors from outside become patch tasks, and patch tasks become draft pull requests that hold a task and no code.

Each source is read by one adapter into the same record; what an error weighs and whose it is stands in a table.
The command line drives it step by step; it uses repair, incident and apis, and knows no Discord.
"""
