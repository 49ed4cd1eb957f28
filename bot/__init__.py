"""Suture: a Discord bot that shows its own logs, notices its faults and mends them, with a person holding the needle.

The map, from the top down; a layer imports only what stands below it.

- `__main__` is `python -m bot`.
- `cli` holds the command line's thin commands.
- `sandbox` is a Discord, a GitHub with its workflow runner, a Railway and what else the bot speaks to, made here, to
  try and to test it without a token.
- `starting` starts the bot by the settings in the environment.
- `app` is the one place where ports meet adapters; it opens everything and closes it in reverse.
- `standalone` is the watchdog as a process of its own, beside any service.
- `alerting` puts together what tells people: alerts with their evidence, and the webhook for threads.
- `arriving` tells the bot of the drafts that the intake made, wherever it ran.
- `noticing` puts together what notices faults: triage on the log and the bus, and the watchdog.
- `mending` puts together what heals: the engine, the actions of this bot, and the bus that tells of faults.
- `serving` puts together what the bot serves over HTTP.
- `host_actions` is what playbooks may do to this bot: replay, repair, free, reconnect, raise, reload, restart.
- `adapters` chooses what stands behind each port: the agent, the sheet, the model, the lights of a status.
- `endings` is how this process is asked to end: by a signal, or because who started it is gone.
- `client` is the Discord client: its cogs, the command sync, the one handler of errors.
- `cogs` are the faces: what people can say in Discord, and what they see.
- `web` is what the bot says over HTTP: the platform's health checks, the API and the panel.
- `doctor` names every misconfiguration and its remedy.
- `healing` heals without code: playbooks of typed steps, under one guard against loops.
- `intake` turns errors from outside into patch tasks, and those into drafts that hold a task and no code.
- `ledger` is the host feature: a sentence such as "lunch 12.50" becomes a row.
- `watchdog` notices: lines that meet patterns, resources that run short, addresses that answer too late.
- `repair` is a work order's life, from the incident to a fault that stays away, and the only door to a coding agent.
- `agents` are those who write patches: one port, and an adapter for each kind.
- `notify` tells people what happened where they are: Discord and Slack webhooks, and a log file of every heal.
- `records` are what outlives a restart, and the store that keeps it.
- `incident` is what went wrong, as a record: payload, capture, fingerprint, confirm tokens.
- `apis` is the one door for outbound HTTP: GitHub, Railway, Sentry, Google Sheets, webhooks and the model.
- `events` is what happens here, by wire name, and the bus that records it and tells who subscribed.
- `supervision` keeps a piece of work going, whatever one of its rounds runs into.
- `logging` is the process's log: redacted JSON lines, kept in a bounded ring and written to stdout.
- `settings` is every environment variable, read once and then passed on.
- `setting_groups` are settings that belong together.
- `setting_values` is what a single one of them must look like.
"""

__version__ = "0.1.0"
