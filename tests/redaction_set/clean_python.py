"""Templates of Python programs' lines: Discord bots, web servers, task queues, ORMs, tests and tracebacks."""

TEMPLATES = r"""
# discord.py
{date} {t} INFO     discord.client logging in using static token
{date} {t} INFO     discord.gateway Shard ID {n} has connected to Gateway (Session ID: {h32}).
{date} {t} INFO     discord.gateway Shard ID None has successfully RESUMED session {h32}.
{date} {t} WARNING  discord.gateway Shard ID {n} heartbeat blocked for more than {n} seconds.
{date} {t} WARNING  discord.http We are being rate limited. PATCH https://discord.com/api/v10/channels/{flake}/messages/{flake} responded with 429. Retrying in {f} seconds.
{date} {t} DEBUG    discord.gateway For Shard ID {n}: WebSocket Event: {'t': 'MESSAGE_CREATE', 's': {n}, 'op': 0, 'd': {'id': '{flake}', 'nonce': '{flake}'}}
{date} {t} DEBUG    discord.http GET https://discord.com/api/v10/users/@me with None has returned 200
{date} {t} ERROR    discord.app_commands.tree Ignoring exception in command '{word}'
{date} {t} ERROR    discord.client Ignoring exception in on_message for guild {flake} channel {flake}
discord.errors.NotFound: 404 Not Found (error code: 10062): Unknown interaction
discord.errors.Forbidden: 403 Forbidden (error code: 50013): Missing Permissions
discord.errors.LoginFailure: Improper token has been passed.
discord.errors.PrivilegedIntentsRequired: Shard ID None is requesting privileged intents
DEBUG discord.webhook.async_ Webhook ID {flake} with POST https://discord.com/api/v10/webhooks/{flake} has returned status code 204
{date} {t} DEBUG discord.http A rate limit bucket ({h32}:{flake}) has been exhausted. Pre-emptively rate limiting...
<Message id={flake} channel=<TextChannel id={flake} name='general' position={n} nsfw=False news=False> type=<MessageType.default: 0> author=<Member id={flake} name='{user}' global_name='Alice' bot=False nick=None>>
Synced {n} commands to guild {flake} (hash {h64})
custom_id={word}:approve:{flake}:{h12} clicked by {flake}
# aiohttp
{date} {t} INFO aiohttp.access {ip} [12/Mar/2026:{t} +0000] "GET /{word}/{uuid} HTTP/1.1" 200 {n} "-" "curl/8.5.0"
aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host {host}:443 ssl:default [Connect call failed ('{ip}', 443)]
aiohttp.client_exceptions.ContentTypeError: 200, message='Attempt to decode JSON with unexpected mimetype: text/html', url='https://{host}/v1/{word}'
Unclosed client session\nclient_session: <aiohttp.client.ClientSession object at 0x{h12}>
# uvicorn
INFO:     {ip}:{n} - "POST /api/v1/{word} HTTP/1.1" 201 Created
INFO:     Started server process [{n}]
INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)
INFO:     {ip}:{n} - "GET /auth/password-reset HTTP/1.1" 200 OK
INFO:     {ip}:{n} - "GET /oauth/token HTTP/1.1" 405 Method Not Allowed
# gunicorn
[{date} {t} +0000] [{n}] [INFO] Booting worker with pid: {n}
[{date} {t} +0000] [{n}] [CRITICAL] WORKER TIMEOUT (pid:{n})
[{date} {t} +0000] [{n}] [INFO] Handling signal: term
# Django
[{date} {t}] WARNING django.request: Not Found: /static/js/main.{h8}.chunk.js
WARNING django.security.csrf: Forbidden (CSRF token missing.): /accounts/login/
WARNING django.security.csrf: Forbidden (CSRF cookie not set.): /accounts/password/change/
django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.
(0.003) SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login" FROM "auth_user" WHERE "auth_user"."id" = {n} LIMIT 21; args=({n},)
Applying auth.0012_alter_user_first_name_max_length... OK
Applying {word}.0004_add_token_expiry_{h8}... OK
django.db.utils.IntegrityError: duplicate key value violates unique constraint "authtoken_token_pkey"
# SQLAlchemy
{date} {t},{n} INFO sqlalchemy.engine.Engine BEGIN (implicit)
{date} {t} INFO sqlalchemy.engine.Engine SELECT users.id, users.email, users.password_hash \nFROM users \nWHERE users.id = ?
{date} {t} INFO sqlalchemy.engine.Engine [cached since {f}s ago] ({n}, '{uuid}')
sqlalchemy.exc.OperationalError: (psycopg.OperationalError) connection failed: FATAL:  password authentication failed for user "{user}"
{date} {t} INFO sqlalchemy.engine.Engine INSERT INTO tokens (id, user_id, expires_at) VALUES (?, ?, ?)
sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00 (Background on this error at: https://sqlalche.me/e/20/3o7r)
INFO  [alembic.runtime.migration] Running upgrade {h12} -> {h12}, add api_key column
# Celery
[{date} {t},{n}: INFO/MainProcess] Task {word}.tasks.sync[{uuid}] received
[{date} {t},{n}: INFO/ForkPoolWorker-{n}] Task {word}.tasks.sync[{uuid}] succeeded in {f}s: None
[{date} {t},{n}: ERROR/ForkPoolWorker-{n}] Task {word}.tasks.refresh_token[{uuid}] raised unexpected: TimeoutError()
celery@{host} v5.4.0 (opalescent) ready.
# Sentry SDK
[sentry] DEBUG: Sending envelope [envelope with 1 items (error)] project:{n} host:o{n}.ingest.sentry.io
[sentry] DEBUG: Setting up integrations (with default = True)
[sentry] INFO: event {h32} captured, trace {h32} span {h16}
baggage: sentry-trace_id={h32},sentry-environment=production,sentry-release={h40}
sentry-trace: {h32}-{h16}-1
# pytest
tests/unit/test_tokens.py::test_a_token_confirms_only_once PASSED [ {n}%]
FAILED tests/unit/test_{word}.py::test_password_is_hashed[{word}-{n}] - AssertionError: assert '{h8}' == '{h8}'
E       AssertionError: assert {'id': {n}, 'token_count': {n}} == {'id': {n}}
=========== {n} passed, {n} skipped, {n} warnings in {f}s ===========
{path}:{n}: DeprecationWarning: the api_key argument is deprecated, use credentials instead
plugins: anyio-4.6.2, hypothesis-6.120.0, xdist-3.6.1
>       assert token is not None\nE       assert None is not None
# Traceback
Traceback (most recent call last):\n  File "{path}", line {n}, in get_token\n    return self._tokens[user_id]\nKeyError: {flake}
Traceback (most recent call last):\n  File "{path}", line {n}, in login\n    client.login(user, password)\nsmtplib.SMTPAuthenticationError: (535, b'5.7.8 Authentication failed')
Traceback (most recent call last):\n  File "{path}", line {n}, in <module>\n    settings = Settings()\npydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\napi_key\n  Field required [type=missing, input_value={}, input_type=dict]
Traceback (most recent call last):\n  File "{path}", line {n}, in send\n    headers["Authorization"] = f"Bearer {self.token}"\nAttributeError: 'NoneType' object has no attribute 'token'
TypeError: connect() missing 1 required keyword-only argument: 'password'
AttributeError: 'Settings' object has no attribute 'secret_key'
KeyError: 'access_token'
ValueError: api_key is None
  File "<frozen importlib._bootstrap>", line 1360, in _find_and_load
asyncio.exceptions.CancelledError: Task <Task pending name='Task-{n}' coro=<refresh_token() running at {path}:{n}>>
<coroutine object Client.start at 0x{h12}>
RuntimeError: password = getpass.getpass() failed: no tty
During handling of the above exception, another exception occurred:
# ML training
Epoch {n}/40: 100%|##########| {n}/{n} [{t}<00:00, {f}it/s, loss={f}, lr=3.00e-04]
{"model": "large-v2", "max_tokens": 4096, "prompt_tokens": {n}, "completion_tokens": {n}, "total_tokens": {n}}
Token indices sequence length is longer than the specified maximum sequence length for this model ({n} > 512)
tokens/sec: {f}k | tokens seen: {d12} | grad_norm {f}
Special tokens have been added in the vocabulary: bos_token_id={n}, eos_token_id={n}, pad_token='<pad>'
tokenizer.json: vocab_size={n} unk_token=<unk> added_tokens=['<|im_start|>', '<|im_end|>']
input_ids: [{n}, {n}, {n}, {n}, {n}, {n}, {n}, {n}, {n}]
saved checkpoint-{n} to /data/runs/{word}/{h8}/model-00001-of-00004.safetensors sha256 {h64}
CUDA out of memory. Tried to allocate {f} GiB (GPU 0; 23.69 GiB total capacity)
finish_reason=length id=chatcmpl-{a29} system_fingerprint=fp_{h10}
BPE merges: {n} tokens: ['Ġtoken', 'Ġpass', 'word', 'Ġkey', 'board']
request id req_{a24} used {n} input tokens and {n} output tokens
# asyncio
Executing <Task pending name='{word}' wait_for=<Future pending cb=[Task.task_wakeup()] created at /usr/lib/python3.12/asyncio/base_events.py:{n}>> took {f} seconds
Task exception was never retrieved future: <Task finished name='Task-{n}' coro=<poll() done> exception=TimeoutError()>
# structlog
{date} [info     ] session started                [bot.{word}] correlation_id={h16} guild_id={flake} user_id={flake}
{date} [warning  ] token bucket empty             [bot.limits] bucket={h12} retry_after={f}
{date} [info     ] incident captured              [bot.incident] fingerprint={h16} incident_id=inc-{l10} order_id=wo-{l10}
"""
