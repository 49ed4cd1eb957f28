"""What the bot says over HTTP: for now whether it is alive and ready, for the platform's health checks.

It answers what it is asked and starts nothing by itself; it knows no Discord and no GitHub.
Only `app` opens it.
"""
