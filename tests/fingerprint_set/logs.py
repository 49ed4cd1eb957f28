"""Events without a traceback. Log lines: logger | template; titled errors: title | culprit. One line is a group."""

LOGGED = """
ledger row skipped | bot.ledger.sync | row %s skipped: %s
reminder row skipped | bot.reminders.sync | row %s skipped: %s
sheet slow | bot.apis.sheets | reading sheet %s took %s s
sheet retried | bot.apis.sheets | reading sheet %s failed, try %s of %s
member unknown | bot.cogs.levels | member %s is not in guild %s
level lost | bot.cogs.levels | level of member %s was not saved
queue full | bot.worker | queue holds %s jobs, dropping %s
worker late | bot.worker | job %s is %s s late
heartbeat blocked | discord.gateway | Shard ID %s heartbeat blocked for more than %s seconds.
shard resumed too often | discord.gateway | Shard ID %s has resumed %s times
webhook refused | bot.notify | webhook %s was refused by %s
settings fallback | bot.settings | %s is not set, using %s
"""

SPOKEN = """
guild api limited, told | bot.apis.guilds | GET /v1/guilds/<snow> answered 429 Too Many Requests
guild api denied, told | bot.apis.guilds | GET /v1/guilds/<snow> answered 403 Forbidden
guild api broken, told | bot.apis.guilds | GET /v1/guilds/<snow> answered 500 Internal Server Error
invite api limited, told | bot.apis.invites | GET /v1/guilds/<snow> answered 429 Too Many Requests
cache small | bot.cache | cache holds <count> of <count> wanted entries for guild <snow>
export late | bot.exports | export <uuid> waited <count> s for a place
export kept | bot.exports | export <uuid> is kept until <date>
task lost | bot.worker | task at <addr> never finished
close code 4014, told | bot.gateway | gateway closed shard <n> with code 4014
close code 4009, told | bot.gateway | gateway closed shard <n> with code 4009
order given up | bot.repair | order <hex8> given up after <n> attempts
order refused | bot.repair | order <hex8> refused: the guard found <n> faults
"""

TITLED = """
profile has no id | TypeError: Cannot read properties of undefined (reading 'id') | app/profile/ProfileCard
ledger has no id | TypeError: Cannot read properties of undefined (reading 'id') | app/ledger/LedgerTable
profile has no name | TypeError: Cannot read properties of undefined (reading 'name') | app/profile/ProfileCard
login answers 500 | Error: Request failed with status code 500 | app/login/submit
login answers 429 | Error: Request failed with status code 429 | app/login/submit
login answers 401 | Error: Request failed with status code 401 | app/login/submit
orders answers 500 | Error: Request failed with status code 500 | app/orders/load
chunk missing | ChunkLoadError: Loading chunk <n> failed. | app/router
socket closed | WebSocket is closed before the connection is established: shard <n> | app/live
checkout test fails | Test failed: checkout keeps the basket (attempt <n>, <n> ms) | tests/checkout.spec.ts
login test fails | Test failed: login keeps the session (attempt <n>, <n> ms) | tests/login.spec.ts
order not found | NotFound: order <uuid> does not exist | api/orders.get_order
invoice not found | NotFound: invoice <uuid> does not exist | api/orders.get_order
job timed out | JobTimeout: job <hex32> ran longer than <n> s | worker/runner.run
quota gone | QuotaExceeded: project <n> used <n> of <n> calls | api/model.complete
deploy crashed | Deployment <uuid> crashed with exit code 1 | railway/bot
"""
