"""Templates of plain sentences and settings that speak of secrets without holding one, and of ids that look like some."""

TEMPLATES = r"""
# words about passwords
password reset requested for user {n}
password must be at least 12 characters, got {n}
Password for {user} expires in {n} days
the password field was left empty
passwords do not match
password_hash column added to table {word}
password policy: min_length={n}, require_symbols=true
forgot password link clicked from {ip}
asking for password interactively
password=None user={user}
password: null
password: ********
password="" is not allowed
"password": "<hidden>"
PASSWORD is not set; see the README
user {user} changed their password at {t}
passport number is checked by the border service, case {d8}
passive mode entered ({ip}), pass {n} of {n}
pass rate {f} over {n} tests
the compass module passed through {n} passages
bypass cache for {word}: true
# words about tokens
token expired at {date} {t}
token refreshed, expires_in=3600
token type: Bearer
token count: {n}
tokens used {n} of {n}
max_tokens: 4096 temperature: 0.2
next_token_at={d10}
Unexpected token u in JSON at position {n}
no token given
token is missing or invalid
access token was revoked by user {flake}
tokenizer loaded in {f}s
token_type=access token_use=id
refresh_token is None
token bucket rate={n}/s burst={n}
the confirm token for order wo-{l10} was used already
csrf token missing or incorrect
page_token absent, first page
cancellation token signalled for task {n}
TokenKind.IDENTIFIER at line {n}, column {n}
# words about keys
api_key is None
api key missing in config section [{word}]
API key rotated by {user}
key error: 'items'
foreign key constraint "fk_{word}_{word}" violated
primary key ({n}) already exists
partition key={word} sort key={date}
cache key user:{n}:profile not found
keyboard interrupt received, stopping {word}
keyboard layout: us-intl
keyword arguments: timeout={n}, retries={n}
key pressed: Enter keyCode=13
monkey patching {word}.client
turkey dinner booked for {n} people
key_id={uuid} alias=alias/{word} state=Enabled
public key fingerprint SHA256:{b43}
sorted by key, {n} keys in {f} ms
KEY_LENGTH=256 KEY_ALGORITHM=aes-gcm
hotkey registered: ctrl+shift+k
keepalive=75 keyspace={word} keystore=/etc/{word}/keystore.jks
idempotency key already seen for order {n}
# words about secrets
secretary of the board invited {n} people
secret {word}-tls created in namespace default
secret name: {word}/database
no secrets found in {n} files
secrets manager unreachable, retrying in {n} s
secret santa list has {n} names
client_secret is required
secret_version=AWSCURRENT
secret scanning: 0 alerts
undersecretary {user} signed off
secret: (unset)
secret: ${CLIENT_SECRET}
client_secret: ${{ secrets.CLIENT_SECRET }}
API_KEY=$API_KEY
password: {{ vault_password }}
token=<redacted>
token: xxxxxxxx
# words about authorisation
Authorization failed for user {n}
authorization header missing
Authorization: (none)
auth: method=oauth2 result=denied user={n}
author={user} commits={n}
authored by {user} on {date}
authority {host} resolved to {ip}
unauthorized: 401 for GET /{word}/{n}
authenticated as {user} via ldap
bearer of bad news: {n} checks failed
Bearer token required
basic health check passed for {word}
basic auth is disabled
WWW-Authenticate: Bearer realm="{word}", error="invalid_token"
oauth callback received, state matches, code exchange took {n} ms
credential helper not found: {word}
credentials loaded from file /etc/{word}/credentials
login failed: wrong password for {user} ({n} attempts left)
login attempt {n} from {ip}
two-factor authentication enabled for {user}
otp verified for user {n}
# words about sessions
session started for guild {flake}
session closed after {n} s
session duration={n}s pages={n}
session expired, please sign in again
sessions active: {n}
cookie banner shown
cookie consent=true
cookie domain mismatch for {host}
cookies accepted: {n}
session_timeout=1800 session_cookie_name=sid
# identifiers
order {uuid} moved to testing
incident inc-{l10} fingerprint {h16}
guild {flake} channel {flake} message {flake} user {flake}
https://discord.com/channels/{flake}/{flake}/{flake}
<@{flake}> asked in <#{flake}> about role <@&{flake}>
emoji <:{word}:{flake}> is gone
snowflake {flake} is from {date}
ulid 01{U24}
ksuid {a27}
nanoid {B21}
cuid c{l24}
object id {h24}
short link id {a8}
build {h40} deployed, deployment {uuid}
RAILWAY_DEPLOYMENT_ID={uuid} RAILWAY_GIT_COMMIT_SHA={h40}
GIT_SHA={h40}
commit_sha={h40} branch=main
diff_sha256={h64} base_sha={h40}
content hash {h64} unchanged
sha1 {h40} md5 {h32}
fingerprint={h32} occurrences={n}
uuid={uuid} urn:uuid:{uuid}
request {uuid} finished in {f} ms
mac {mac} vendor unknown
address {ip6} unreachable
ISBN 978-{d10} IBAN check passed
tracking number 1Z{U16}
version 1.{n}.{n}+build.{h7}
device serial {U12}
license plate {V2}-{d4}
part number {U4}-{U6}-{U3}
etag "{h32}" matches
cursor=offset:{n} limit={n}
file_id={B33} size={n}
color #{h6} opacity {f}
job {d11} queued behind {n} others
youtube video {B11} added by {user}
docker image {word}@sha256:{h64}
iceberg snapshot {d19} manifest {uuid}-m0.avro
s3://{word}-data/year=2026/month=03/part-00000-{uuid}-c000.snappy.parquet
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk
chunk {h64}/{h64} stored
node_modules/.cache/babel-loader/{h64}.json
/usr/lib/python3/dist-packages/keyring/backends/SecretService.py
com.example.{word}.security.authentication.UsernamePasswordAuthenticationTokenProviderFactoryBean
org.apache.{word}.client.AbstractSessionAwareKeyedPoolableObjectFactoryConfiguration
{path}:{n}: in verify_password_reset_token_and_return_the_user
test_a_very_long_function_name_that_tells_what_is_promised_{n}
LongestWordInTheLogThatIsNotASecretButALineOfCamelCase{n}
kebab-case-identifiers-are-long-as-well-{word}-{n}
# ledger
recorded "lunch {f}" for {user} in row {n}
sheet {B44} tab March range A{n}:D{n}
amount {f} EUR parsed from "coffee {f}"
row {n} has no date, skipped
{"ts": "{date}T{t}Z", "level": "INFO", "msg": "row written", "user_id": "{flake}", "channel": "ledger", "intent": "expense", "entities": {"amount": {f}}}
{"ts": "{date}T{t}Z", "level": "ERROR", "logger": "bot.repair", "msg": "run failed", "order_id": "wo-{l10}", "sha": "{h40}", "run": {d11}}
"""
