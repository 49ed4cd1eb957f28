"""What playbooks may do to this bot, each action by its name: replay, repair, free, reconnect, raise, reload, restart.

An action checks, acts, verifies and puts back; which ones are taken, and when, is decided in `healing`.
Only what puts the app together uses this; it uses the parts of the bot below, and never a shell.
"""
