"""Heals without code: a playbook of typed steps for each kind of error, under one guard that every door passes.

It decides and acts through actions that the host registered by name, and asks `repair` when a patch is needed.
It knows no Discord and no HTTP; faces, web, watchdog and the command line come in through the engine alone.
"""
