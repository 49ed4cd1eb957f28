"""Templates of servers' and data stores' lines."""

TEMPLATES = r"""
# nginx
{ip} - - [12/Mar/2026:{t} +0000] "GET /assets/index-{B8}.js HTTP/2.0" 200 {n} "https://www.example.com/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
{ip} - {user} [12/Mar/2026:{t} +0000] "POST /api/{word}/{uuid}/items HTTP/1.1" 201 {n} "-" "python-httpx/0.28.1" rt={f} urt={f} req={h32}
2026/03/12 {t} [error] {n}#{n}: *{n} connect() failed (111: Connection refused) while connecting to upstream, client: {ip}, server: example.com, request: "GET /{word} HTTP/1.1", upstream: "http://{ip}:8000/{word}"
2026/03/12 {t} [error] {n}#0: *{n} user "{user}": password mismatch, client: {ip}, server: _, request: "GET /admin HTTP/1.1"
2026/03/12 {t} [error] {n}#0: *{n} no user/password was provided for basic authentication, client: {ip}
2026/03/12 {t} [warn] {n}#0: *{n} a client request body is buffered to a temporary file /var/cache/nginx/client_temp/00000{d5}
{ip6} - - [12/Mar/2026:{t} +0000] "GET /favicon.ico HTTP/1.1" 304 0 etag="{h8}-{h5}"
# Apache
{ip} - - [12/Mar/2026:{t} +0000] "GET /index.php?page={n}&sort=author&dir=asc HTTP/1.1" 200 {n}
[Thu Mar 12 {t}.{d6} 2026] [auth_basic:error] [pid {n}:tid {d15}] [client {ip}:{n}] AH01617: user {user}: authentication failure for "/secure": Password Mismatch
[Thu Mar 12 {t}.{d6} 2026] [ssl:warn] [pid {n}] AH01909: {host}:443:0 server certificate does NOT include an ID which matches the server name
[Thu Mar 12 {t} 2026] [mpm_event:notice] [pid {n}:tid {d15}] AH00489: Apache/2.4.62 (Debian) configured -- resuming normal operations
# HAProxy
Mar 12 {t} {host} haproxy[{n}]: {ip}:{n} [12/Mar/2026:{t}.{d3}] http-in~ web/{word}1 0/0/1/{n}/{n} 200 {n} - - ---- {n}/{n}/0/0/0 0/0 "GET /health HTTP/1.1"
[WARNING]  ({n}) : Server be_{word}/{word}1 is DOWN, reason: Layer4 timeout, check duration: {n}ms.
# Traefik
{ip} - - [12/Mar/2026:{t} +0000] "GET /api/tokens HTTP/2.0" 401 {n} "-" "-" {n} "{word}@docker" "http://{ip}:3000" {n}ms
time="{date}T{t}Z" level=debug msg="Creating middleware" middlewareName={word}-auth@file middlewareType=ForwardAuth
# PostgreSQL
{date} {t}.{d3} UTC [{n}] LOG:  connection authorized: user={user} database={word} SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)
{date} {t} UTC [{n}] FATAL:  password authentication failed for user "{user}"
{date} {t} UTC [{n}] DETAIL:  Connection matched file "/etc/postgresql/15/main/pg_hba.conf" line {n}: "host all all 127.0.0.1/32 scram-sha-256"
{date} {t} UTC [{n}] ERROR:  column "api_key" does not exist at character {n}
{date} {t} UTC [{n}] STATEMENT:  SELECT token_id, secret_hint FROM api_tokens WHERE owner = $1
{date} {t} UTC [{n}] LOG:  duration: {f} ms  execute __asyncpg_stmt_{n}__: UPDATE sessions SET last_seen = now() WHERE id = $1
{date} {t} UTC [{n}] LOG:  checkpoint complete: wrote {n} buffers (0.1%); 0 WAL file(s) added; lsn={H1}/{H8}, redo lsn={H1}/{H8}
{date} {t} UTC [{n}] ERROR:  duplicate key value violates unique constraint "users_email_key"
{date} {t} UTC [{n}] LOG:  restored log file "{U24}" from archive
# MySQL
{date}T{t}.{d6}Z {n} [Note] [MY-010914] [Server] Aborted connection {n} to db: '{word}' user: '{user}' host: '{ip}' (Got timeout reading communication packets).
{date}T{t}.{d6}Z {n} [Warning] [MY-013360] [Server] Plugin mysql_native_password reported: ''mysql_native_password' is deprecated'
ERROR 1045 (28000): Access denied for user '{user}'@'{ip}' (using password: YES)
# Time: {date}T{t}Z # User@Host: {user}[{user}] @ [{ip}] Id: {n} # Query_time: {f} Lock_time: {f} Rows_sent: {n}
Executed_Gtid_Set: {uuid}:1-{n}
# Redis
{n}:M 12 Mar 2026 {t}.{d3} * DB saved on disk
{n}:M 12 Mar 2026 {t}.{d3} # Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis.
NOAUTH Authentication required.
WRONGPASS invalid username-password pair or user is disabled.
{epoch} [0 {ip}:{n}] "GET" "session:count"
{epoch} [0 {ip}:{n}] "HGETALL" "user:{n}:profile"
Master replid: {h40} offset {n}
MOVED {n} {ip}:6379
# MongoDB
{"t":{"$date":"{date}T{t}.{d3}+00:00"},"s":"I","c":"ACCESS","id":20250,"ctx":"conn{n}","msg":"Authentication succeeded","attr":{"mechanism":"SCRAM-SHA-256","principalName":"{user}","authenticationDatabase":"admin"}}
{"t":{"$date":"{date}T{t}.{d3}+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn{n}","msg":"Slow query","attr":{"ns":"{word}.items","queryHash":"{H8}","durationMillis":{n}}}
MongoServerError: E11000 duplicate key error collection: {word}.users index: _id_ dup key: { _id: ObjectId('{h24}') }
# Elasticsearch
[{date}T{t},{d3}][INFO ][o.e.c.m.MetadataCreateIndexService] [{host}] [{word}-2026.03.12] creating index, cause [api], templates [], shards [1]/[1]
[{date}T{t},{d3}][WARN ][o.e.x.s.a.AuthenticationService] [{host}] Authentication to realm [native1] failed - unable to authenticate user [{user}]
cluster UUID: {B22}, node id {B22}
# Kafka
[{date} {t},{d3}] INFO [GroupCoordinator 1]: Member consumer-{word}-1-{uuid} in group {word} has left (kafka.coordinator.group.GroupCoordinator)
[{date} {t},{d3}] INFO [Partition {word}-{n} broker=1] ISR updated to 1,2,3 and version updated to {n} (kafka.cluster.Partition)
[{date} {t},{d3}] ERROR [SocketServer listenerType=BROKER, nodeId=1] Failed authentication with /{ip} (SSL handshake failed) (org.apache.kafka.common.network.Selector)
Cluster ID: {B22}
key.serializer = class org.apache.kafka.common.serialization.StringSerializer
ssl.keystore.key = null ssl.key.password = null sasl.jaas.config = null
# RabbitMQ
{date} {t}.{d6}+00:00 [error] <0.{n}.0> PLAIN login refused: user '{user}' - invalid credentials
{date} {t}.{d6}+00:00 [info] <0.{n}.0> connection <0.{n}.0> ({ip}:{n} -> {ip}:5672): user '{user}' authenticated and granted access to vhost '/'
# HDFS
{d6} {d6} {n} INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block blk_{d19} terminating
{d6} {d6} {n} INFO dfs.FSNamesystem: BLOCK* NameSystem.addStoredBlock: blockMap updated: {ip}:50010 is added to blk_-{d19} size 67108864
{d6} {d6} {n} INFO dfs.DataNode$DataXceiver: Receiving block blk_{d19} src: /{ip}:{n} dest: /{ip}:50010
# Hadoop
{date} {t},{d3} INFO [main] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: Created MRAppMaster for application appattempt_{d13}_0001_000001
{date} {t},{d3} INFO [main] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: Kind: YARN_AM_RM_TOKEN, Service: , Ident: (appAttemptId { application_id { id: {n} cluster_timestamp: {d13} } attemptId: 1 } keyId: {n})
{date} {t},{d3} INFO [main] org.apache.hadoop.security.token.TokenCache: Got dt for hdfs namenode; TokenIdentifier renewer yarn
# Zookeeper
{date} {t},{d3} - INFO  [NIOServerCxn.Factory:0.0.0.0/0.0.0.0:2181:NIOServerCnxn@1001] - Closed socket connection for client /{ip}:{n} which had sessionid 0x{h15}
{date} {t},{d3} - INFO  [CommitProcessor:1:ZooKeeperServer@595] - Established session 0x{h15} with negotiated timeout 10000 for client /{ip}:{n}
{date} {t},{d3} - WARN  [SendWorker:188978561024:QuorumCnxManager$SendWorker@679] - Interrupted while waiting for message on queue
# Spark
26/03/12 {t} INFO storage.BlockManager: Found block rdd_{n}_{n} locally
26/03/12 {t} INFO executor.Executor: Finished task {n}.0 in stage {n}.0 (TID {n}). {n} bytes result sent to driver
26/03/12 {t} INFO spark.SecurityManager: SecurityManager: authentication disabled; ui acls disabled; users with view permissions: Set({user})
# Prometheus
ts={date}T{t}.{d3}Z caller=head.go:{n} level=info component=tsdb msg="Head GC completed" duration={f}ms
ts={date}T{t}.{d3}Z caller=compact.go:{n} level=info msg="write block" mint={d13} maxt={d13} ulid=01{U24}
http_requests_total{code="200",method="get",handler="/{word}"} {n}
# Grafana
logger=context userId={n} orgId=1 uname={user} t={date}T{t}.{d9}Z level=info msg="Request Completed" method=GET path=/api/dashboards/uid/{B14} status=200 remote_addr={ip} time_ms={n}
logger=ngalert.sender.router rule_uid={a14} org_id=1 t={date}T{t}Z level=info msg="Sending alerts to local notifier" count={n}
logger=authn.service t={date}T{t}Z level=warn msg="Failed to authenticate request" client=auth.client.session error="user token not found"
# gRPC
rpc error: code = Unauthenticated desc = token expired
rpc error: code = DeadlineExceeded desc = context deadline exceeded after {f}s, waiting_for_connection
E{d4} {t}.{d9}   {n} ssl_transport_security.cc:{n}] Handshake failed with fatal error SSL_ERROR_SSL: error:{H8}:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER
# Envoy
[{date}T{t}.{d3}Z] "GET /{word} HTTP/1.1" 503 UF 0 {n} {n} - "-" "grpc-go/1.64.0" "{uuid}" "{host}" "{ip}:8080"
# OpenLDAP
{h8} conn={n} op=0 BIND dn="uid={user},ou=people,dc=example,dc=com" method=128
{h8} conn={n} op=0 RESULT tag=97 err=49 text=invalid credentials
# Postfix
Mar 12 {t} {host} postfix/smtpd[{n}]: warning: unknown[{ip}]: SASL LOGIN authentication failed: authentication failure, sasl_username={user}
Mar 12 {t} {host} postfix/qmgr[{n}]: {H11}: from=<{user}@example.com>, size={n}, nrcpt=1 (queue active)
Message-ID: <{h16}.{d10}@{host}>
"""
