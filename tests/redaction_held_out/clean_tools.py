"""Clean lines of other languages and tools: git, npm, Java, Go, Rust, browsers, chat of people."""

GIT = """
commit «<sha40>»
Author: Anna Berg <anna@example.org>
index «<sha7>..<sha7>» 100644
Merge pull request #«<n>» from acme/fix-token-refresh
[main «<sha7>»] Rotate the signing key at start
 * branch            main       -> FETCH_HEAD
   <sha7>..«<sha7>»  main       -> origin/main
error: failed to push some refs to 'https://github.com/«acme/bot.git»'
remote: Permission to acme/bot.git denied to «deploy-bot».
fatal: Authentication failed for 'https://github.com/«acme/private.git»/'
fatal: could not read Username for 'https://github.com': terminal prompts disabled
Your branch is behind 'origin/main' by «<n>» commits, and can be fast-forwarded.
HEAD is now at «<sha7>» Store the token's expiry
diff --git a/bot/secrets.py b/bot/«secrets.py»
@@ -<n>,<d> +«<n>»,<d> @@ def rotate_password(user):
+    token = request.headers.get("Authorization")
-    password = getpass.getpass("Password: ")
+API_KEY = os.environ["«API_KEY»"]
+    secret: ${{ secrets.«RELEASE_TOKEN» }}
Deleted branch «suture/<hex8>» (was <sha7>).
tree «<sha40>»
git-lfs: oid sha256:«<sha256>» size <n>
gpg: Good signature from "Anna Berg <anna@example.org>", key ID «<hexU16>»
"""

NODE = """
npm warn deprecated «inflight@1.0.6»: This module is not supported
npm error code «E401»
npm error 401 Unauthorized - GET https://registry.example.com/«@acme%2ftokens» - authentication token not provided
added «<n>» packages, and audited <n> packages in <n>s
      "integrity": "sha512-«<b64x86>»==",
  resolved "https://registry.example.com/left-pad/-/left-pad-1.<d>.<d>.tgz#«<sha40>»"
yarn: YN0000: ┌ Resolution step
pnpm: Lockfile is up to date, resolution step is skipped
vite v5.<d>.<d> building for production... ✓ «<n>» modules transformed.
dist/assets/index-«<w8>».js  <n>.<n> kB │ gzip: <n>.<n> kB
webpack compiled with «<d>» warnings in <n> ms (hash: <hex20>)
TypeError: Cannot read properties of undefined (reading '«accessToken»')
    at Object.«handler» (/usr/src/app/dist/index.js:<n>:<n>)
    at process.processTicksAndRejections (node:internal/process/task_queues:«95»:5)
(node:«<n>») [DEP0040] DeprecationWarning: The `punycode` module is deprecated.
ResizeObserver loop completed with undelivered notifications.
Failed to load resource: the server responded with a status of «403» ()
GET https://app.example.com/assets/main.«<hex8>».css net::ERR_ABORTED 404
jest: ✓ rejects a wrong password («<n>» ms)
jest: ✕ issues a token for «admin» (<n> ms)
playwright: [chromium] › tests/login.spec.ts:«<n>»:<d> › login › keeps the session
playwright: Error: expect(locator).toBeVisible() failed, locator: getByLabel('«Password»')
Lighthouse: performance «<n>», accessibility <n>
next: ⨯ Error: Invariant: missing secret for «draft mode»
socket.io client <w20> disconnected: «transport close»
blob:https://app.example.com/«<uuid>»
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ
<script nonce="<b64x22>==" src="/assets/«main».js"></script>
"""

JVM = """
<iso> ERROR [http-nio-8080-exec-<d>] c.a.bot.«AuthController» : token validation failed for tenant <n>
Exception in thread "main" java.lang.«NullPointerException»: Cannot invoke "String.length()" because "secret" is null
	at com.acme.bot.TokenService.refresh(TokenService.java:«<n>»)
	at org.springframework.security.web.FilterChainProxy$VirtualFilterChain.doFilter(FilterChainProxy.java:«<n>»)
	at com.acme.Config$$SpringCGLIB$$0.«secretKey»(<generated>)
Caused by: java.sql.SQLInvalidAuthorizationSpecException: Access denied for user '«app»'@'<ip>' (using password: YES)
	... «<n>» more
> Task :«compileKotlin» UP-TO-DATE
BUILD FAILED in «<n>s»
* What went wrong: Execution failed for task ':«test»'.
[INFO] Tests run: «<n>», Failures: <d>, Errors: 0, Skipped: 0
[WARNING] Using platform encoding (UTF-8 actually) to copy filtered resources
[ERROR] COMPILATION ERROR : /builds/acme/src/main/java/com/acme/Secrets.java:[«<n>»,<n>] cannot find symbol
hikari HikariPool-1 - Connection is not available, request timed out after «30000ms»
com.acme.bot.Session@«<hex8>»
GC(<n>) Pause Young (Normal) (G1 Evacuation Pause) <n>M->«<n>M»(512M) <n>.<n>ms
"""

COMPILED = """
panic: runtime error: index out of range [«<n>»] with length <n>
goroutine «<n>» [running]:
main.(*TokenStore).Get(0x«c000<hex6>», {0x<hex6>, 0x<d>})
	/go/src/github.com/acme/bot/store.go:«<n>» +0x<hex3>
exit status «2»
go: downloading golang.org/x/crypto v0.<n>.0
golang.org/x/net v0.<n>.0 h1:«<b64x43>»=
golang.org/x/net v0.<n>.0/go.mod h1:«<b64x43>»=
level=warn ts=2026-03-03T04:05:06Z caller=auth.go:«<n>» msg="token expired" tenant=<n> age=<n>s
2026/03/03 04:05:06 http: TLS handshake error from <ip>:«<n>»: remote error: tls: bad certificate
thread 'main' panicked at src/«token.rs»:<n>:<n>: called `Option::unwrap()` on a `None` value
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
   «<n>»: core::panicking::panic_fmt at /rustc/<sha40>/library/core/src/panicking.rs:<n>:14
   Compiling serde v1.0.«<n>»
error[«E0382»]: borrow of moved value: `secret`
checksum = "«<sha256>»"
2026-03-03T04:05:06.123456Z  WARN hyper::client: connection closed before message completed id=«<n>»
==<n>==ERROR: AddressSanitizer: heap-use-after-free on address «0x<hex12>» at pc 0x<hex12>
/usr/bin/ld: cannot find -l«ssl»: No such file or directory
make: *** [Makefile:«<n>»: build] Error 1
(gdb) #0  0x0000«<hex12>» in raise () from /lib/x86_64-linux-gnu/libc.so.6
PHP Fatal error:  Uncaught Error: Call to undefined function «get_token»() in /var/www/html/auth.php:<n>
ActiveRecord::RecordNotFound (Couldn't find Session with 'id'=«<n>»):
[ActiveJob] [MailJob] [«<uuid>»] Performed MailJob from Sidekiq(default) in <n>.<n>ms
** (exit) an exception was raised: ** (KeyError) key :«password» not found in: %{}
System.NullReferenceException: Object reference not set to an instance of an object. at Acme.Auth.«TokenProvider».Get() in /src/Auth/TokenProvider.cs:line <n>
"""

PEOPLE = """
I forgot my password, can somebody help? my ticket is «#<n>»
the token system in the game gives «<n>» tokens a day
where do I put the api key? the docs say in «Settings > API»
he said the secret is to add «two spoons» of butter
What does "authorization failed" mean on page «<n>»?
password must have at least «12» characters
your session ends in «<n>» minutes
please use a passphrase instead of a password
role «<snow>» was given to <snow>
meeting link: https://meet.example.com/«<a3>-<a4>-<a3>»
sheet: https://docs.google.com/spreadsheets/d/«<sheet>»/edit#gid=<n>
doc: https://www.notion.so/acme/Plan-«<notion>»
video: https://youtu.be/«<s11>»
order «<hexU8>-<n>» is on its way, track <n12>
ISBN 978-3-<n>-<n>-<d>, IBAN ends in «<d><d><d><d>»
wallet address 0x«<hex40>» received <n> wei
magnet:?xt=urn:btih:«<hex40>»
torrent piece <n> of <n> verified
phone model «SM-A<n>F», build UP1A.23<n>.005
licence MIT, version «<n>.<n>.<n>», key features: speed, tokens, secrets management
bucket token-bucket refilled: «<n>»/<n>
keyboard: pressed key «F<d>»; primary key id; foreign key user_id
tokenizer loaded vocab of «<n>» tokens (hash <hex16>)
secret santa draw: «<n>» people
passed: «<n>», password: (empty)
password: ********
token=[REDACTED] user=«<n>»
api_key=None tries=«<d>»
secret = os.environ.get("«BOT_SECRET»")
auth: enabled, method: «oauth2», scopes: identify guilds
csrf: disabled; cors: «*»
"""
