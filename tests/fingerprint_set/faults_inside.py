"""Faults of databases, the event loop and the program itself; one line is a group: name | frames | type | message."""

DATABASE = """
ledger entry twice | bot/records/ledger.py:add > lib:sqlalchemy/engine/base.py:_execute_context > lib:psycopg/cursor.py:execute | sqlalchemy.exc.IntegrityError | (psycopg.errors.UniqueViolation) duplicate key value violates unique constraint "uq_ledger_entry"\\nDETAIL:  Key (entry_id)=(<n>) already exists.\\n[SQL: INSERT INTO ledger (entry_id, amount) VALUES (%(entry_id)s, %(amount)s)]\\n[parameters: {'entry_id': <n>, 'amount': <n>}]
ledger member missing | bot/records/ledger.py:add > lib:sqlalchemy/engine/base.py:_execute_context > lib:psycopg/cursor.py:execute | sqlalchemy.exc.IntegrityError | (psycopg.errors.ForeignKeyViolation) insert or update on table "ledger" violates foreign key constraint "fk_ledger_member"\\nDETAIL:  Key (member_id)=(<snow>) is not present in table "members".
database refuses | bot/records/engine.py:connect > lib:sqlalchemy/engine/base.py:_wrap_pool_connect > lib:psycopg/connection.py:connect | sqlalchemy.exc.OperationalError | (psycopg.OperationalError) connection failed: connection to server at "<ip>", port 5432 failed: Connection refused
database password wrong | bot/records/engine.py:connect > lib:sqlalchemy/engine/base.py:_wrap_pool_connect > lib:psycopg/connection.py:connect | sqlalchemy.exc.OperationalError | (psycopg.OperationalError) connection failed: FATAL: password authentication failed for user "bot"
pool is empty | bot/records/sessions.py:session > lib:sqlalchemy/pool/impl.py:_do_get | sqlalchemy.exc.TimeoutError | QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00
table missing | bot/records/reminders.py:due > lib:sqlalchemy/engine/base.py:_execute_context | sqlalchemy.exc.ProgrammingError | (psycopg.errors.UndefinedTable) relation "reminders" does not exist
deadlock | bot/records/levels.py:award > lib:sqlalchemy/engine/base.py:_execute_context | sqlalchemy.exc.OperationalError | (psycopg.errors.DeadlockDetected) deadlock detected\\nDETAIL:  Process <n> waits for ShareLock on transaction <n>; blocked by process <n>.
sqlite locked | bot/records/store.py:save > lib:sqlalchemy/engine/base.py:_execute_context | sqlalchemy.exc.OperationalError | (sqlite3.OperationalError) database is locked
sqlite locked on read | bot/records/store.py:load > lib:sqlalchemy/engine/base.py:_execute_context | sqlalchemy.exc.OperationalError | (sqlite3.OperationalError) database is locked
stale row | bot/records/orders.py:save > lib:sqlalchemy/orm/persistence.py:_emit_update_statements | sqlalchemy.orm.exc.StaleDataError | UPDATE statement on table 'orders' expected to update 1 row(s); 0 were matched.
redis gone | bot/cache.py:get > lib:redis/asyncio/connection.py:connect | redis.exceptions.ConnectionError | Error 111 connecting to cache:6379. Connection refused.
redis timeout | bot/cache.py:get > lib:redis/asyncio/connection.py:read_response | redis.exceptions.TimeoutError | Timeout reading from cache:6379
"""

LOOP = """
poll timed out | bot/worker.py:poll > std:asyncio/timeouts.py:__aexit__ | TimeoutError |
sync timed out | bot/sync.py:run_once > std:asyncio/timeouts.py:__aexit__ | TimeoutError |
answer set twice | bot/worker.py:resolve | asyncio.exceptions.InvalidStateError | invalid state
loop closed | bot/app.py:close > std:asyncio/base_events.py:_check_closed | RuntimeError | Event loop is closed
other loop | bot/cache.py:lock > std:asyncio/locks.py:acquire | RuntimeError | <Event at <addr> [unset]> is bound to a different event loop
never ready | bot/worker.py:wait_ready | RuntimeError | <Worker object at <addr>> was not ready after <f> s
"""

PLAIN = """
config not json | bot/config.py:load > std:json/decoder.py:raw_decode | json.decoder.JSONDecodeError | Expecting value: line 1 column 1 (char 0)
prices not parsed | bot/apis/prices.py:parse > std:json/decoder.py:raw_decode | json.decoder.JSONDecodeError | Expecting value: line 1 column 1 (char 0)
extra data | bot/apis/prices.py:parse > std:json/decoder.py:decode | json.decoder.JSONDecodeError | Extra data: line <n> column <n> (char <n>)
no total | bot/ledger/summary.py:summary | KeyError | 'total'
no balance | bot/ledger/summary.py:summary | KeyError | 'balance'
no total in export | bot/ledger/export.py:export | KeyError | 'total'
unknown member | bot/cogs/levels.py:rank | KeyError | <snow>
welcome without channel | bot/cogs/welcome.py:on_member_join | AttributeError | 'NoneType' object has no attribute 'send'
farewell without channel | bot/cogs/farewell.py:on_member_remove | AttributeError | 'NoneType' object has no attribute 'send'
welcome without guild | bot/cogs/welcome.py:on_member_join | AttributeError | 'NoneType' object has no attribute 'system_channel'
amount is text | bot/ledger/summary.py:add_up | TypeError | unsupported operand type(s) for +: 'int' and 'str'
amount is none | bot/ledger/summary.py:add_up | TypeError | unsupported operand type(s) for +: 'int' and 'NoneType'
no votes | bot/cogs/stats.py:average | ZeroDivisionError | division by zero
no voters | bot/cogs/polls.py:share | ZeroDivisionError | division by zero
poll index | bot/cogs/polls.py:vote | IndexError | list index out of range
quote index | bot/cogs/quotes.py:pick | IndexError | list index out of range
music play | bot/cogs/music.py:play | IndexError | pop from an empty deque
radio play | bot/cogs/radio.py:play | IndexError | pop from an empty deque
ledger of the bot | bot/cogs/ledger.py:show | LookupError | no entry <n>
ledger of the web | bot/web/ledger.py:show | LookupError | no entry <n>
rows failed | bot/sync.py:push | ValueError | batch of <count> rows failed after <n> ms
rows empty | bot/sync.py:push | ValueError | batch is empty
date form | bot/cogs/remind.py:parse_when | ValueError | time data '<date> <time>' does not match format '%d.%m.%Y'
bytes not text | bot/imports.py:read | UnicodeDecodeError | 'utf-8' codec can't decode byte <byte> in position <n>: invalid start byte
export missing | bot/exports.py:open_export | FileNotFoundError | [Errno 2] No such file or directory: '/tmp/exports/<uuid>.csv'
export denied | bot/exports.py:open_export | PermissionError | [Errno 13] Permission denied: '/tmp/exports/<uuid>.csv'
disk full | bot/exports.py:write | OSError | [Errno 28] No space left on device
endless nesting | bot/cogs/threads.py:walk | RecursionError | maximum recursion depth exceeded
memory | bot/cogs/images.py:resize > lib:PIL/Image.py:resize | MemoryError |
assertion | bot/ledger/book.py:close_month | AssertionError |
module missing | bot/voice.py:<module> | ModuleNotFoundError | No module named 'audioop'
order illegal | bot/orders.py:advance | bot.errors.IllegalStep | order <hex8> cannot go from proved to open
order stale | bot/orders.py:save | bot.errors.StaleRecord | order <hex8> was changed by somebody else at <date>T<time>
local unset | bot/cogs/weather.py:report | UnboundLocalError | cannot access local variable 'wind' where it is not associated with a value
settings invalid | bot/settings.py:read > lib:pydantic/main.py:__init__ | pydantic_core._pydantic_core.ValidationError | 1 validation error for Settings\\nshards\\n  Input should be a valid integer [type=int_type, input_value=None, input_type=NoneType]
channel missing | bot/cogs/starboard.py:post | bot.errors.NoChannel | guild <snow> has no channel <snow>
commit unknown | bot/repair/checkout.py:fetch | bot.errors.GitFailed | commit <sha> is not in the repository
"""
