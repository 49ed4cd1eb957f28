"""Tells people what happened where they look when they are not in Discord's debug channel: webhooks, and a log file.

An event becomes an alert in `messages`, an alert becomes a post in a channel's adapter, and `notifier` decides when.
Nothing here decides about faults, and no failure to tell becomes a fault.
"""
