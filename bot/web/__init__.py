"""What the bot says over HTTP: whether it is alive and ready; where it is enabled, the API and the panel as well.

It answers what it is asked and starts nothing by itself; it knows no Discord and no GitHub.
Only `app` opens it.
"""
