"""The world, made here: a local Discord, a local GitHub with its Actions, and this bot living in them.

It is for trying the bot without a token and for the tests; nothing in it is used when the bot runs for real.
It stands above everything else, starts the bot as a child process, and keeps its state in one directory.
"""
