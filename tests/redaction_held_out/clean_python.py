"""Clean lines of Python programs: bots, web servers, workers, tests, installers."""

DISCORD_BOTS = """
<iso> INFO     discord.client logging in using static token
<iso> INFO     discord.gateway Shard ID «None» has connected to Gateway.
<iso> INFO     discord.gateway Shard ID «<n>» has successfully RESUMED
<iso> WARNING  discord.gateway Shard ID None heartbeat blocked for more than «<n> seconds».
<iso> WARNING  discord.http We are being rate limited. GET https://discord.com/api/v10/channels/«<snow>»/messages/<snow> responded with «429». Retrying in <n>.<n> seconds.
<iso> ERROR    discord.ext.commands.bot Ignoring exception in command «<word>»
<iso> ERROR    discord.ui.view Ignoring exception in view <View timeout=180.0 children=<n>> for item <Button label='Next' custom_id='<hex32>'>
discord.errors.NotFound: 404 Not Found (error code: «10062»): Unknown interaction
discord.errors.Forbidden: 403 Forbidden (error code: «50013»): Missing Permissions
discord.app_commands.errors.CommandInvokeError: Command '«<word>»' raised an exception: KeyError: 'tokens'
discord.ext.commands.errors.MissingRequiredArgument: «member» is a required argument that is missing.
<iso> INFO bot.cogs.tickets ticket opened guild_id=«<snow>» channel_id=«<snow>» user_id=<snow>
<iso> INFO bot.cogs.music token count for the answer: «<n>» of 4096
<iso> DEBUG bot.cogs.levels xp granted to <snow> in <snow>: level «<n>», next at <n>
<Message id=«<snow>» channel=<TextChannel id=<snow> name='general' position=<n> nsfw=False news=False category_id=<snow>>>
<Member id=«<snow>» name='<word>' global_name=None bot=False nick=None guild=<Guild id=<snow> name='<word>' shard_id=0 chunked=True member_count=<n>>>
<iso> INFO bot.sync synced «<n>» application commands to guild <snow>
interaction <snow> acknowledged in «<ms> ms» (custom_id=page:<n>:<snow>)
https://discord.com/channels/«<snow>/<snow>/<snow>»
<iso> WARNING bot.cogs.remind reminder «<uuid>» is <n> s late
<iso> INFO bot.voice connected to eu-central<n>.discord.media:443 in guild «<snow>»
<iso> ERROR bot.tree command «/<word>» failed for user <snow>, incident INC-<n>
<iso> INFO bot.cogs.sheet row «<n>» of sheet <sheet> read (range A1:F<n>)
"""

WEB = """
INFO:     Started server process [«<n>»]
INFO:     Uvicorn running on http://0.0.0.0:«<n>» (Press CTRL+C to quit)
INFO:     <ip>:<n> - "GET /api/users/«<uuid>» HTTP/1.1" «200» OK
INFO:     <ip>:<n> - "POST /auth/token HTTP/1.1" «401» Unauthorized
INFO:     <ip>:<n> - "GET /password-reset HTTP/1.1" «302» Found
ERROR:    Exception in ASGI application
[<iso> +0000] [<n>] [INFO] Booting worker with pid: «<n>»
[<iso> +0000] [<n>] [CRITICAL] WORKER TIMEOUT (pid:«<n>»)
<ip> - - [03/Mar/2026 04:05:06] "GET /static/app.<hex8>.js HTTP/1.1" «304» -
django.db.utils.OperationalError: could not translate host name "«db.internal»" to address: Name or service not known
django.request WARNING Not Found: «/wp-login.php»
Forbidden (CSRF token missing.): «/api/orders/<n>/»
Invalid HTTP_HOST header: '«<ip>:8000»'. You may need to add '<ip>' to ALLOWED_HOSTS.
Applying auth.«0012_alter_user_first_name_max_length»... OK
Session data corrupted for key of length «32»
httpx INFO HTTP Request: POST https://api.example.com/v1/chat/completions "HTTP/1.1 «429 Too Many Requests»"
httpx.ReadTimeout: The read operation timed out after «<n>.0» s
aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host «api.example.com:443» ssl:default [Connect call failed ('<ip>', 443)]
urllib3.connectionpool DEBUG https://api.example.com:443 "GET /v2/items?page=«<n>»&limit=100 HTTP/1.1" 200 <n>
requests.exceptions.HTTPError: «503» Server Error: Service Unavailable for url: https://api.example.com/v1/guilds/<snow>
openai.RateLimitError: Error code: «429» - {'error': {'message': 'You exceeded your current quota', 'type': 'insufficient_quota', 'param': None, 'code': '«insufficient_quota»'}}
openai.BadRequestError: Error code: 400 - {'error': {'message': 'max_tokens is too large: «<n>»', 'code': None}}
anthropic usage input_tokens=«<n>» output_tokens=«<n>» cache_read_input_tokens=<n>
request_id=req_<w24> model=gpt-4o-mini prompt_tokens=«<n>» completion_tokens=<n> total_tokens=<n>
x-request-id: «<uuid>»
etag: W/"<hex8>-<hex40>"
access token refreshed for tenant «<n>», expires in <n> s
password reset mail sent to user «<n>»
rotated the signing key, key id is now «<hex8>»
pydantic_core._pydantic_core.ValidationError: «<n>» validation errors for Settings
"""

WORKERS = """
[<iso>: INFO/MainProcess] Task bot.tasks.«send_digest»[<uuid>] received
[<iso>: INFO/ForkPoolWorker-<n>] Task bot.tasks.send_digest[«<uuid>»] succeeded in <n>.<n>s: None
[<iso>: WARNING/MainProcess] consumer: Connection to broker lost. Trying to re-establish the connection...
[<iso>: ERROR/ForkPoolWorker-<n>] Task bot.tasks.«sync_sheet»[<uuid>] raised unexpected: KeyError('«total»')
celery.beat INFO Scheduler: Sending due task «nightly-report» (bot.tasks.report)
rq.worker INFO default: bot.jobs.resize(«<n>») (<uuid>)
apscheduler.executors.default INFO Job "«refresh_tokens» (trigger: interval[0:10:00], next run at: <iso> UTC)" executed successfully
sqlalchemy.engine.Engine INFO SELECT users.id, users.password_hash FROM users WHERE users.id = %(pk_1)s
sqlalchemy.engine.Engine INFO [cached since <n>.<n>s ago] {'pk_1': «<n>»}
sqlalchemy.exc.IntegrityError: (psycopg.errors.UniqueViolation) duplicate key value violates unique constraint "«uq_ledger_entry»"
sqlalchemy.pool.impl.AsyncAdaptedQueuePool ERROR The garbage collector is trying to clean up non-checked-in connection <AdaptedConnection <addr>>
alembic.runtime.migration INFO Running upgrade <hex12> -> «<hex12>», add token table
gspread.exceptions.APIError: APIError: [«429»]: Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service 'sheets.googleapis.com' for consumer 'project_number:<n>'.
gspread.exceptions.WorksheetNotFound: «Ledger 2026»
notion block <notion> updated, parent «<notion>»
s3 upload of «backups/2026-03-0<d>/dump.sql.gz» done, etag "<hex32>-<d>"
tenacity WARNING Retrying bot.apis.sheets.read in «<n>.0» seconds as it raised APIError
asyncio ERROR Task exception was never retrieved future: <Task finished name='Task-«<n>»' coro=<poll() done, defined at /app/bot/poll.py:«<n>»> exception=ValueError('empty batch')>
asyncio WARNING Executing <Task pending name='Task-<n>' coro=<sync() running at /app/bot/sync.py:<n>>> took «<n>.<n>» seconds
  File "/app/bot/cogs/tickets.py", line «<n>», in «close»
  File "/usr/local/lib/python3.12/site-packages/discord/ext/commands/core.py", line «235», in wrapped
  File "/opt/venv/lib/python3.11/site-packages/aiohttp/client.py", line <n>, in _request
    token = tokens[«index»]
    raise KeyError(key) from None
AttributeError: 'NoneType' object has no attribute '«token»'
KeyError: '«api_key»'
TypeError: get_secret() missing 1 required positional argument: '«name»'
ValueError: invalid literal for int() with base 10: '«<word>»'
UnicodeDecodeError: 'utf-8' codec can't decode byte 0x<hex2> in position «<n>»: invalid start byte
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char «0»)
RuntimeError: DISCORD_TOKEN is not set: «put it into .env»
jwt.exceptions.ExpiredSignatureError: Signature has expired
cryptography.fernet.InvalidToken
ModuleNotFoundError: No module named '«audioop»'
sys:1: RuntimeWarning: coroutine '«Client.login»' was never awaited
<bot.ledger.Ledger object at «<addr>»>
gc: collected «<n>» objects in <ms> ms
loaded settings: prefix='!' shards=«<n>» token_ttl=3600 password_min_length=12 secret_rotation_days=«30»
feature flags: {'new_auth': True, 'token_bucket': False, 'rollout': «<n>»}
cache key user:«<snow>»:profile hit, ttl <n>
sha256 of the artefact: «<sha256>»
build «<sha40>» deployed as release v<n>.<n>.<n>
"""

TOOLS = """
tests/unit/test_auth.py::«test_token_expires» PASSED                          [ <n>%]
tests/unit/test_auth.py::test_password_is_hashed[«bcrypt»] FAILED             [ <n>%]
E       AssertionError: assert «<n>» == <n>
E       KeyError: '«secret»'
FAILED tests/unit/test_ledger.py::«test_row_<n>» - AssertionError: assert None is not None
=========== «<n> failed», <n> passed, <n> skipped in <n>.<n>s ===========
tests/conftest.py:«<n>»: PytestUnraisableExceptionWarning
Collecting «discord.py==2.<d>.<d>»
  Downloading aiohttp-3.<d>.<d>-cp312-cp312-manylinux_2_17_x86_64.whl (1.<d> MB)
Successfully installed aiohttp-3.<d>.<d> «attrs-<n>.<d>.0» yarl-1.<d>.<d>
    --hash=sha256:«<sha256>»
ERROR: Could not find a version that satisfies the requirement «torchx==<n>» (from versions: none)
WARNING: Running pip as the 'root' user can result in broken permissions
«ruff» check: bot/app.py:<n>:<n>: F401 `os` imported but unused
bot/app.py:«<n>»: error: Argument 1 to "login" has incompatible type "str | None"; expected "str"  [arg-type]
Success: no issues found in «<n>» source files
uv: Resolved «<n>» packages in <ms>ms
mypy daemon pid «<n>» uses 412 MB
coverage: bot/auth/tokens.py  <n>  <n>  «<n>%»
black: reformatted «bot/cogs/secret_santa.py»
poetry.lock content-hash = "«<sha256>»"
{file = "yarl-1.<d>.<d>.tar.gz", hash = "sha256:«<sha256>»"}
Locust: POST /login «<n>» reqs, 0(0.00%) fails, avg <n> ms
hypothesis: Falsifying example: test_keys(key='«0»')
"""
