"""Notices what goes wrong: lines of logs that meet patterns, resources that run short, addresses that answer too late.

It only publishes: events, and requests for its few named actions. Who may act, and whether, is not decided here.
`noticing` and the standalone watchdog put it together; nothing of playbooks, orders or Discord is known here.
"""
