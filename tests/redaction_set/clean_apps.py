"""Templates of applications in other languages: Java, Go, Rust, Node, .NET, Ruby, PHP, and the browser."""

TEMPLATES = r"""
# Spring
{date}T{t}.{d3}Z  INFO {n} --- [main] c.e.{word}.Application : Started Application in {f} seconds (process running for {f})
{date}T{t}.{d3}Z  WARN {n} --- [nio-8080-exec-{n}] o.s.s.c.a.web.builders.HttpSecurity : PasswordEncoder is not set, falling back to DelegatingPasswordEncoder
{date}T{t}.{d3}Z DEBUG {n} --- [nio-8080-exec-{n}] o.s.security.web.FilterChainProxy : Securing GET /api/{word}/{n}
{date}T{t}.{d3}Z DEBUG {n} --- [nio-8080-exec-{n}] o.s.s.w.a.AnonymousAuthenticationFilter : Set SecurityContextHolder to AnonymousAuthenticationToken
{date}T{t}.{d3}Z ERROR {n} --- [nio-8080-exec-{n}] [{h32},{h16}] c.e.{word}.TokenService : Refresh token not found for user {n}
{date}T{t}.{d3}Z DEBUG {n} --- [main] o.s.b.f.s.DefaultListableBeanFactory : Creating shared instance of singleton bean 'jwtAuthenticationTokenConverter'
HikariPool-1 - Added connection org.postgresql.jdbc.PgConnection@{h8}
# log4j
{date} {t},{d3} [pool-{n}-thread-{n}] ERROR com.example.{word}.AuthenticationManagerImpl - Authorization failed for user {n}
{date} {t},{d3} [http-nio-8443-exec-{n}] WARN  o.a.c.authenticator.FormAuthenticator - Unexpected error forwarding to login page
java.lang.IllegalArgumentException: The Token's Signature resulted invalid when verified using the Algorithm: HmacSHA256
java.lang.NullPointerException: Cannot invoke "String.length()" because "password" is null\n\tat com.example.{word}.LoginController.login(LoginController.java:{n})
	at org.springframework.security.oauth2.client.endpoint.DefaultAuthorizationCodeTokenResponseClient.getTokenResponse(DefaultAuthorizationCodeTokenResponseClient.java:{n})
	at jdk.internal.reflect.GeneratedMethodAccessor{n}.invoke(Unknown Source) ~[?:?]
Caused by: javax.crypto.BadPaddingException: Given final block not properly padded. Such issues can arise if a bad key is used during decryption.
com.example.{word}.SessionKeyGenerator$$EnhancerBySpringCGLIB$${h8}@{h8}
[GC (Allocation Failure) [PSYoungGen: {d6}K->{d5}K({d6}K)] {d6}K->{d6}K({d7}K), {f} secs]
# Keycloak
{date} {t},{d3} WARN  [org.keycloak.events] (executor-thread-{n}) type="LOGIN_ERROR", realmId="{uuid}", clientId="{word}", userId="{uuid}", ipAddress="{ip}", error="invalid_user_credentials", auth_method="openid-connect"
{date} {t},{d3} INFO  [org.keycloak.services] (main) KC-SERVICES0050: Initializing master realm
# Jenkins
{date} {t}.{d3}+0000 [id={n}] WARNING hudson.security.csrf.CrumbFilter#doFilter: No valid crumb was included in request for /job/{word}/build by {user}.
Checking out Revision {h40} (refs/remotes/origin/main)
Masking supported pattern matches of $DEPLOY_TOKEN
Finished: SUCCESS
# Go zap
{"level":"info","ts":{epoch},"caller":"auth/token.go:{n}","msg":"token refreshed","user_id":{n},"expires_in":3600}
{"level":"error","ts":{epoch},"caller":"{word}/client.go:{n}","msg":"request failed","error":"context deadline exceeded","trace_id":"{h32}","span_id":"{h16}"}
{"level":"debug","ts":{epoch},"logger":"controller","msg":"Reconciling","controller":"secret","namespace":"default","name":"{word}","reconcileID":"{uuid}"}
# Go logrus
time="{date}T{t}Z" level=warning msg="password authentication is disabled" component=ssh user={user}
time="{date}T{t}Z" level=info msg="session started" session_count={n} remote={ip}
time="{date}T{t}Z" level=error msg="authorization failed" reason="token expired" subject={uuid}
# Go
panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x{h6}]
goroutine {n} [running]:\nmain.(*TokenStore).Get(0xc{h9}, {0x{h6}, 0x{h2}})\n\t/srv/app/{word}/store.go:{n} +0x{h2}
{date} {t} http: TLS handshake error from {ip}:{n}: remote error: tls: unknown certificate authority
github.com/golang-jwt/jwt/v5 v5.2.1 h1:{b43}=
golang.org/x/crypto v0.31.0/go.mod h1:{b43}=
# Rust tracing
{date}T{t}.{d6}Z  INFO {word}::auth: issued access token user_id={n} ttl=3600 request_id={uuid}
{date}T{t}.{d6}Z DEBUG hyper::client::pool: reuse idle connection for ("https", {host})
{date}T{t}.{d6}Z ERROR request{method=POST path=/login}: {word}::handlers: invalid credentials err=PasswordMismatch
thread 'tokio-runtime-worker' panicked at src/token.rs:{n}:{n}: called `Option::unwrap()` on a `None` value
   {n}: core::panicking::panic_fmt::h{h16}
# Node pino
{"level":30,"time":{d13},"pid":{n},"hostname":"{host}","reqId":"req-{l2}","req":{"method":"GET","url":"/{word}?page={n}","remoteAddress":"{ip}"},"msg":"incoming request"}
{"level":50,"time":{d13},"pid":{n},"err":{"type":"TokenExpiredError","message":"jwt expired","expiredAt":"{date}T{t}.000Z"},"msg":"jwt expired"}
{"level":40,"time":{d13},"userId":"{h24}","passwordChangedAt":"{date}","hasPassword":true,"msg":"password is old"}
# Node
(node:{n}) [DEP0040] DeprecationWarning: The `punycode` module is deprecated.
TypeError: Cannot read properties of undefined (reading 'accessToken')\n    at AuthProvider.getSession (/srv/app/node_modules/next-auth/core/index.js:{n}:{n})
UnhandledPromiseRejection: secretOrPrivateKey must have a value
Error: connect ECONNREFUSED {ip}:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)
  express:router dispatching GET /api/{word}/{h24} +{n}ms
  express-session deprecated undefined resave option; provide resave option
# Winston
{date}T{t}.{d3}Z [{word}] info: user {uuid} logged in with passkey credentialId length={n}
{date}T{t}.{d3}Z [{word}] warn: rate limit key=ip:{ip} tokens left={n}
# .NET
info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://[::]:8080
warn: Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager[35]\n      No XML encryptor configured. Key {{uuid}} may be persisted to storage in unencrypted form.
fail: Microsoft.EntityFrameworkCore.Database.Command[20102]\n      Failed executing DbCommand ({n}ms) [Parameters=[@p0='?' (DbType = Guid)], CommandType='Text']
Microsoft.IdentityModel.Tokens.SecurityTokenExpiredException: IDX10223: Lifetime validation failed. The token is expired.
   at System.Text.Json.ThrowHelper.ReThrowWithPath(ReadStack& state, JsonReaderException ex) PublicKeyToken={h16}
System.Private.CoreLib, Version=8.0.0.0, Culture=neutral, PublicKeyToken=7cec85d7bea7798e
# Rails
I, [{date}T{t}.{d6} #{n}]  INFO -- : [{uuid}] Started POST "/users/password" for {ip} at {date} {t} +0000
I, [{date}T{t}.{d6} #{n}]  INFO -- : [{uuid}]   Parameters: {"user"=>{"email"=>"a@example.com", "password"=>"[FILTERED]"}, "authenticity_token"=>"[FILTERED]"}
I, [{date}T{t}.{d6} #{n}]  INFO -- : [{uuid}] Completed 422 Unprocessable Content in {n}ms (ActiveRecord: {f}ms)
ActionController::InvalidAuthenticityToken (Can't verify CSRF token authenticity.):
  User Load ({f}ms)  SELECT "users".* FROM "users" WHERE "users"."reset_password_token" = $1 LIMIT $2
{date}T{t}Z pid={n} tid={l3} class=TokenCleanupJob jid={h24} INFO: start
# PHP
[12-Mar-2026 {t} UTC] PHP Warning:  Undefined array key "password" in /var/www/html/{word}.php on line {n}
[{date} {t}] production.ERROR: Unauthenticated. {"exception":"[object] (Illuminate\\Auth\\AuthenticationException(code: 0): Unauthenticated. at /var/www/vendor/laravel/framework/src/Illuminate/Auth/Middleware/Authenticate.php:{n})"}
# Elixir
{t}.{d3} request_id={B20} [info] POST /session
{t}.{d3} [error] GenServer #PID<0.{n}.0> terminating ** (RuntimeError) token has expired
# Browser
Uncaught TypeError: Cannot read properties of null (reading 'keyCode') at HTMLInputElement.onkeydown (main.{h8}.js:1:{n})
[Violation] 'keydown' handler took {n}ms
<div class="flex items-center justify-between rounded-md px-3 py-2 text-sm css-{l7} sc-{a6} {a6}" data-testid="password-field" autocomplete="new-password">
.css-{l6}-MuiButtonBase-root-MuiTab-root.Mui-selected{color:rgb({n},{n},{n});}
function a(e,t,n){return e.token?r(e.token,t):Object(i.{A2})(n)}var u_{a6}=function(){return!0}
cookie banner dismissed, consent=necessary, version={n}
Refused to execute inline script because it violates the Content Security Policy directive: "script-src 'self'". Either the 'unsafe-inline' keyword, a hash ('sha256-{b43}='), or a nonce is required.
<script src="/app.{h16}.js" integrity="sha384-{b64}" crossorigin="anonymous"></script>
sourceMappingURL=main.{h20}.js.map
Service worker registered, scope: https://app.example.com/, cacheKey {word}-precache-v2
# Unity
[{word}] Loaded asset bundle 'shared/{word}' crc={d10} guid={h32}
KeyNotFoundException: The given key 'SecretDoor' was not present in the dictionary.
# Minecraft
[{t}] [Server thread/INFO]: UUID of player {user} is {uuid}
[{t}] [Server thread/INFO]: {user} issued server command: /give @p minecraft:trial_key {n}
# Blockchain
INFO [03-12|{t}.{d3}] Imported new potential chain segment number={d8} hash={h6}..{h6} blocks=1 txs={n} mgas={f} elapsed={f}ms
Block 0x{h64} mined by validator {n}, parent 0x{h64}
contract 0x{h40} emitted Transfer({n}) in tx 0x{h64}
UpdateTip: new best={h64} height={d6} version=0x20000000 log2_work={f} tx={d9}
# OpenTelemetry
traceparent: 00-{h32}-{h16}-01
otel.trace_id={h32} otel.span_id={h16} resource=service.name={word}
{"traceId":"{h32}","spanId":"{h16}","name":"token.refresh","durationMs":{n},"status":"OK"}
X-B3-TraceId: {h32} X-B3-SpanId: {h16} X-B3-Sampled: 1
X-Request-ID: {uuid} X-Correlation-Id: {h32}
CF-RAY: {h16}-FRA cf-cache-status: HIT
"""
