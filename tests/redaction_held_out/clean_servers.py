"""Clean lines of servers and systems: proxies, databases, containers, clusters, kernels."""

PROXIES = """
<ip> - - [03/Mar/2026:04:05:06 +0000] "GET /healthz HTTP/1.1" «200» <n> "-" "kube-probe/1.<n>"
<ip> - anna [03/Mar/2026:04:05:06 +0000] "POST /login HTTP/2.0" «401» <n> "https://app.example.com/login" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
2026/03/0<d> 04:05:06 [error] <n>#<n>: *<n> connect() failed (111: Connection refused) while connecting to upstream, client: <ip>, server: app.example.com, request: "GET /api HTTP/1.1", upstream: "http://«<ip>:8080»/api"
2026/03/0<d> 04:05:06 [warn] <n>#<n>: *<n> an upstream response is buffered to a temporary file /var/cache/nginx/proxy_temp/<d>/«<n>»
2026/03/0<d> 04:05:06 [error] <n>#<n>: *<n> user "«anna»" was not found in "/etc/nginx/.htpasswd"
haproxy[<n>]: <ip>:<n> [03/Mar/2026:04:05:06.123] fe~ be/web<d> 0/0/1/«<n>»/<n> 200 <n> - - ---- 12/12/0/0/0 0/0 "GET / HTTP/1.1"
caddy {"level":"info","ts":17<n>.<n>,"logger":"http.log.access","request":{"remote_ip":"<ip>","method":"GET","host":"app.example.com","uri":"«/login»"},"status":«200»,"duration":0.00<n>}
traefik time="2026-03-03T04:05:06Z" level=error msg="accept tcp [::]:443: use of closed network connection" entryPointName=«websecure»
envoy [2026-03-03T04:05:06.123Z] "GET /v1/keys HTTP/1.1" 503 «UF» upstream_reset_before_response_started - "<uuid>"
cloudflared INF Registered tunnel connection connIndex=«<d>» connection=<uuid> event=0 ip=<ip> location=fra0<d>
certbot: Certificate not yet due for renewal: «app.example.com», serial <hex32>
SSL certificate fingerprint SHA256: «<colonhex>»
sshd[<n>]: Accepted publickey for deploy from <ip> port <n> ssh2: ED25519 SHA256:«<b64x43>»
sshd[<n>]: Failed password for invalid user «admin» from <ip> port <n> ssh2
sshd[<n>]: Connection closed by authenticating user root <ip> port «<n>» [preauth]
postfix/smtpd[<n>]: <hexU10>: client=mail.example.org[«<ip>»]
dovecot: imap-login: Login: user=<«anna»>, method=PLAIN, rip=<ip>, lip=<ip>, mpid=<n>, TLS
fail2ban.actions [<n>]: NOTICE [sshd] Ban «<ip>»
"""

DATABASES = """
<iso> UTC [<n>] LOG:  database system is ready to accept connections
<iso> UTC [<n>] FATAL:  password authentication failed for user "«bot»"
<iso> UTC [<n>] DETAIL:  Connection matched file "/var/lib/postgresql/data/pg_hba.conf" line <n>: "host all all all «scram-sha-256»"
<iso> UTC [<n>] ERROR:  relation "«api_tokens»" does not exist at character <n>
<iso> UTC [<n>] LOG:  duration: «<n>.<n> ms»  statement: SELECT id, token_hash FROM sessions WHERE user_id = <n>
<iso> UTC [<n>] ERROR:  deadlock detected: process <n> waits for ShareLock on transaction «<n>»
<iso> UTC [<n>] LOG:  checkpoint complete: wrote <n> buffers (0.<d>%); lsn=0/«<hexU8>», redo lsn=0/<hexU8>
<iso> UTC [<n>] LOG:  could not send data to client: Broken pipe
<n>:M 03 Mar 2026 04:05:06.123 * Background saving terminated with success
<n>:M 03 Mar 2026 04:05:06.123 # WARNING: Memory overcommit must be enabled! «vm.overcommit_memory = 1»
<n>:S 03 Mar 2026 04:05:06.123 * MASTER <-> REPLICA sync: Master replid «<hex40>»
redis.exceptions.AuthenticationError: «WRONGPASS» invalid username-password pair or user is disabled.
redis.exceptions.ResponseError: «NOAUTH» Authentication required.
mysqld: Access denied for user '«root»'@'<ip>' (using password: «YES»)
mysqld: [Note] InnoDB: page_cleaner: 1000ms intended loop took «<n>ms»
{"t":{"$date":"2026-03-03T04:05:06.123+00:00"},"s":"I","c":"NETWORK","id":«22943»,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"<ip>:<n>","uuid":"<uuid>","connectionId":<n>}}
{"t":{"$date":"2026-03-03T04:05:06.123+00:00"},"s":"I","c":"ACCESS","id":20249,"ctx":"conn<n>","msg":"Authentication failed","attr":{"mechanism":"«SCRAM-SHA-256»","principalName":"bot"}}
ObjectId('«<hex24>»') not found in collection sessions
[elasticsearch] [2026-03-03T04:05:06,123][WARN ][o.e.c.r.a.DiskThresholdMonitor] [node-«<d>»] high disk watermark [90%] exceeded on [<w22>]
kafka [2026-03-03 04:05:06,123] INFO [GroupCoordinator 1]: Member consumer-<n>-«<uuid>» in group bot has left
clickhouse <Error> executeQuery: Code: «516». DB::Exception: default: Authentication failed
rabbitmq [error] <0.<n>.0> PLAIN login refused: user '«guest»' - invalid credentials
sqlite3.OperationalError: database is locked («/app/state/bot.db»)
etcd {"level":"warn","caller":"etcdserver/util.go:123","msg":"apply request took too long","took":"«<n>.<n>ms»","prefix":"read-only range ","request":"key:\\"/registry/secrets/default/bot\\""}
minio API: PutObject(bucket=backups, object=«dump-<n>.gz») RequestID: <hexU16>
pgbouncer LOG C-<addr>: bot/bot@<ip>:<n> login attempt: db=bot user=«bot» tls=TLSv1.3
"""

CONTAINERS = """
Step <d>/1<d> : RUN pip install --require-hashes -r requirements.lock
 ---> <hex12>
sha256:«<sha256>» 0.0s done
#<d> [internal] load build context DONE 0.<d>s
#1<d> exporting layers «<n>.<d>s»
Digest: sha256:«<sha256>»
docker: Error response from daemon: pull access denied for «acme/bot», repository does not exist or may require 'docker login'.
containerd[<n>]: time="2026-03-03T04:05:06.123456789Z" level=info msg="shim disconnected" id=«<sha256>» namespace=moby
CONTAINER ID «<hex12>»   acme/bot:<sha7>   "python -m bot run"   Up <n> minutes   0.0.0.0:8080->8080/tcp
Normal  Pulled  <n>s  kubelet  Successfully pulled image "ghcr.example/acme/bot:«<sha7>»" in <n>ms
Warning  FailedMount  <n>s  kubelet  MountVolume.SetUp failed for volume "db-secret" : secret "«db-secret»" not found
Warning  BackOff  <n>m  kubelet  Back-off restarting failed container bot in pod bot-«<hex10>-<l5>»_default(<uuid>)
secret/«bot-credentials» created
error: error loading config file: secrets "«bot-token»" is forbidden: User "system:serviceaccount:default:bot" cannot get resource "secrets"
I0303 04:05:06.123456       1 leaderelection.go:«<n>»] successfully acquired lease kube-system/bot-operator
E0303 04:05:06.123456       1 reflector.go:<n>] Failed to watch *v1.Secret: the server has asked for the client to provide credentials
kubectl rollout: deployment "«bot»" successfully rolled out, revision <n>
configmap/bot-config unchanged, checksum/config: «<sha256>»
helm: Error: UPGRADE FAILED: "«bot»" has no deployed releases
systemd[1]: bot.service: Main process exited, code=exited, status=«1»/FAILURE
systemd[1]: bot.service: Scheduled restart job, restart counter is at «<n>».
systemd[1]: Started session «<n>» of user anna.
systemd-logind[<n>]: New session <n> of user «deploy».
CRON[<n>]: pam_unix(cron:session): session opened for user «root»(uid=0) by (uid=0)
sudo:     anna : TTY=pts/<d> ; PWD=/srv/app ; USER=root ; COMMAND=«/usr/bin/systemctl restart bot»
kernel: [<n>.<n>] Out of memory: Killed process «<n>» (python) total-vm:<n>kB, anon-rss:<n>kB
kernel: [<n>.<n>] python[<n>]: segfault at 0 ip 0000<hex12> sp 0000<hex12> error «4» in libc.so.6[<hex12>+195000]
kernel: audit: type=1400 audit(17<n>.123:<n>): apparmor="DENIED" operation="open" profile="docker-default" name="«/proc/keys»" pid=<n>
kernel: eth0: renamed from veth<hex7>
kernel: EXT4-fs (sda1): mounted filesystem «<uuid>» r/w with ordered data mode
dmesg: usb 1-1: SerialNumber: «<hexU12>»
journal: Suppressed «<n>» messages from bot.service
consul: agent: Synced service «bot-<uuid>»
terraform: aws_secretsmanager_secret.bot: Refreshing state... [id=arn:aws:secretsmanager:eu-west-1:<n12>:secret:«bot-token»-<w6>]
terraform: Plan: «<d>» to add, <d> to change, 0 to destroy.
ansible: changed: [«web-<d>»] => (item=/etc/ssl/private)
vagrant: default: SSH auth method: private key
"""

PLATFORMS = """
[railway] Deployment «<uuid>» is live (commit <sha7>)
[railway] Build time: «<n>.<n> seconds»
[railway] Using Detected Dockerfile
[railway] Healthcheck failed! 1/1 replicas never became healthy! path «/health»
[nixpacks] setup  │ python3<d><d>, «gcc»
heroku[router]: at=info method=GET path="«/auth/callback»" host=bot.example.com request_id=<uuid> fwd="<ip>" dyno=web.1 connect=0ms service=<n>ms status=302 bytes=<n> protocol=https
heroku[web.1]: Error «R14» (Memory quota exceeded)
app[web.1]: State changed from «starting» to up
REPORT RequestId: «<uuid>» Duration: <n>.<n> ms Billed Duration: <n> ms Memory Size: 256 MB Max Memory Used: <n> MB
START RequestId: «<uuid>» Version: $LATEST
{"severity":"INFO","message":"Default STARTUP TCP probe succeeded","logging.googleapis.com/trace":"projects/acme/traces/«<hex32>»","insertId":"<hex20>"}
traceparent: 00-«<hex32>»-<hex16>-01
X-Amzn-Trace-Id: Root=1-<hex8>-«<hex24>»;Sampled=0
cf-ray: «<hex16>»-FRA
fly: machine «<hex14>» started in fra
vercel: Build Completed in /vercel/output [«<n>s»]
sentry: event «<hex32>» sent, fingerprint {{ default }}
datadog-agent | WARN | API Key status: no key configured for endpoint «agent.example.com»
prometheus ts=2026-03-03T04:05:06.123Z caller=compact.go:<n> level=info component=tsdb msg="write block" mint=<n13> maxt=<n13> ulid=«<ulid>» duration=<ms>ms
grafana logger=tsdb.loki t=2026-03-03T04:05:06Z level=error msg="request failed" status=«502» dashboardUID=<w14>
otel: span «<hex16>» of trace <hex32> ended with status ERROR
github actions: ##[group]Run «actions/checkout@<sha40>»
##[error]Process completed with exit code «<d>».
Run id «<n11>», job id <n11>, attempt <d>
##[debug]Evaluating: secrets.«DEPLOY_KEY»
env: DISCORD_TOKEN: ***
Cache restored from key: «Linux-pip-<sha256>»
Post job cleanup: git config --unset-all «http.https://github.com/.extraheader»
gitlab-runner: Job succeeded duration_s=«<n>.<n>» job=<n> project=<n> runner=<l8>
"""
