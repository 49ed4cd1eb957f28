"""What people can say in Discord, and what they see: commands, buttons, cards.

A face parses, asks the package that does the work, and replies; it decides nothing about incidents, orders or rows.
Only `client` puts faces into a bot; faces do not know each other.
"""
