"""Credentials that the text around them tells: headers, cookies, addresses, connection strings, commands, prose."""

import base64
import random

from tests.redaction_held_out.grammar import Credential, Kind, drawn, human_password, table

HEADERS = table(
    "header",
    """
bearer header | headers | Authorization: Bearer [s:43]
lower-case bearer header | headers | authorization: bearer [w:64]
token header | headers | Authorization: token [h:40]
bot header | headers | Authorization: Bot «[w:26].[s:6].[s:38]»
api key header | headers | X-Api-Key: [w:32]
auth token header | headers | X-Auth-Token: [h:40]
vault header | headers | X-Vault-Token: [w:26]
amazon security token header | headers | X-Amz-Security-Token: [b:200]
subscription key header | headers | Ocp-Apim-Subscription-Key: [h:32]
gitlab private token header | headers | PRIVATE-TOKEN: [s:20]
datadog header | headers | DD-API-KEY: [h:32]
shopify header | headers | X-Shopify-Access-Token: [h:32]
functions key header | headers | x-functions-key: [s:54]==
aws signature header | headers | Authorization: AWS4-HMAC-SHA256 Credential=EXAMPLE/20260102/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=«[h:64]»
api key scheme header | headers | Authorization: ApiKey [b:60]==
oauth one header | headers | Authorization: OAuth oauth_nonce="7d8f", oauth_signature="«[b:27]=»"
digest header | headers | Authorization: Digest username="ops", realm="api", nonce="c0ffee", response="«[h:32]»"
goog api key header | headers | x-goog-api-key: [s:39]
plain authorization header | headers | Authorization: [s:40]
csrf header | headers | X-CSRF-Token: [w:64]
proxy bearer header | headers | Proxy-Authorization: Bearer [s:40]
""",
)

COOKIES = table(
    "cookie",
    """
django session cookie | cookie | Cookie: theme=dark; sessionid=[l:32]; lang=en
express session cookie | cookie | Set-Cookie: connect.sid=s%3A«[s:32].[w:43]»; Path=/; HttpOnly
php session cookie | cookie | Cookie: PHPSESSID=[l:26]
java session cookie | cookie | Set-Cookie: JSESSIONID=[H:32]; Path=/app; Secure
asp session cookie | cookie | Cookie: ASP.NET_SessionId=[l:24]; Locale=de-DE
next auth cookie | cookie | Set-Cookie: __Secure-next-auth.session-token=[s:120]; Path=/; SameSite=Lax
laravel cookie | cookie | Cookie: laravel_session=[w:200]%3D; visits=4
rails cookie | cookie | Set-Cookie: _shop_session=[b:90]--[h:40]; path=/
remember cookie | cookie | Set-Cookie: remember_me=[s:48]; Max-Age=1209600
gitlab cookie | cookie | Cookie: _gitlab_session=[h:32]
auth cookie | cookie | cookie: auth=[s:80]; region=eu
""",
)

ADDRESSES = table(
    "address with credentials",
    """
postgres url | DATABASE_URL | postgres://bot:«[q:16]»@db.internal:5432/app
postgresql asyncpg url | DATABASE_URL | postgresql+asyncpg://svc_bot:«[w:24]»@10.0.4.12:5432/bot?ssl=require
supabase pooler url | DATABASE_URL | postgresql://postgres.abcdefgh:«[human]»@aws-0-eu-central-1.pooler.example.com:6543/postgres
mysql url | DB_URL | mysql+pymysql://root:«[q:12]»@mysql:3306/shop?charset=utf8mb4
mongodb srv url | MONGO_URI | mongodb+srv://app:«[w:20]»@cluster0.ab1cd.example.net/?retryWrites=true&w=majority
redis url | REDIS_URL | redis://default:«[w:32]»@redis.railway.internal:6379
redis url without user | REDIS_URL | redis://:«[w:24]»@cache:6379/0
rediss url | CELERY_BROKER_URL | rediss://:«[b:43]=»@bot.redis.cache.example.net:6380/1
amqp url | AMQP_URL | amqps://tenant:«[s:32]»@hornet.rmq.example.com/tenant
sql server url | MSSQL_URL | mssql+pyodbc://sa:«[q:14]»@sql01/main?driver=ODBC+Driver+18+for+SQL+Server
clickhouse url | CH_URL | clickhouse://default:«[w:16]»@ch.internal:9440/metrics
cockroach url | CRDB_URL | cockroachdb://app:«[s:22]»@free-tier.example.cloud:26257/defaultdb
neo4j url | NEO4J_URI | neo4j+s://neo4j:«[s:43]»@graph.example.io
elastic url | ES_URL | https://elastic:«[w:24]»@es.internal:9200/_cluster/health
couchdb url | COUCH_URL | http://admin:«[human]»@couch:5984/tickets
influx url | INFLUX_URL | influxdb://writer:«[w:18]»@tsdb:8086/metrics
nats url | NATS_URL | nats://bus:«[w:22]»@nats-0:4222
mqtt url | MQTT_URL | mqtts://sensor:«[q:13]»@broker.example.org:8883
ldap url | LDAP_URL | ldaps://svc-bind:«[q:15]»@dc1.corp.example:636
smtp url | EMAIL_URL | smtp+tls://mailer%40example.org:«[w:16]»@smtp.example.org:587
ftp url | FTP_URL | ftp://backup:«[human]»@files.example.net/nightly
sftp url | SFTP_URL | sftp://deploy:«[q:11]»@upload.example.net:2222/in
proxy url | HTTPS_PROXY | http://corp%5Canna:«[q:12]»@proxy.corp.example:3128
oracle url | ORACLE_URL | oracle+oracledb://scott:«[w:12]»@ora1:1521/?service_name=PROD
snowflake url | SNOWFLAKE_URL | snowflake://etl:«[q:18]»@ab12345.eu-west-1/db/public?warehouse=wh
git url with token user | remote | https://x-access-token:«[w:36]»@github.com/acme/bot.git
git url with oauth user | remote | https://oauth2:«[s:20]»@gitlab.example.com/acme/bot.git
git url with token alone | remote | https://«[w:40]»@github.com/acme/private.git
package index url | PIP_EXTRA_INDEX_URL | https://reader:«[s:32]»@packages.example.com/simple
old sentry dsn | SENTRY_DSN | https://[h:32]:«[h:32]»@sentry.example.io/42
rtsp url | CAMERA | rtsp://admin:«[p:10]»@10.1.2.30:554/stream1
""",
)

QUERIES = table(
    "address with a signed or telling query",
    """
access token in a query | url | https://api.example.com/v1/me?access_token=«[s:48]»&fields=id
api key in a query | url | https://api.example.com/weather?q=Berlin&api_key=«[h:32]»
appid in a query | url | https://api.example.com/data/2.5/weather?units=metric&apikey=«[h:32]»
token in a query | url | wss://gateway.example.com/?v=10&encoding=json&token=«[w:40]»
client secret in a query | url | https://id.example.com/oauth/token?client_id=77&client_secret=«[s:32]»&grant_type=client_credentials
password in a query | url | https://panel.example.com/login?user=anna&password=«[human]»
token in a fragment | url | https://app.example.com/cb#access_token=«[s:60]»&token_type=bearer&expires_in=3600
amazon presigned url | url | https://bucket.s3.amazonaws.com/dump.gz?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900&X-Amz-Signature=«[h:64]»
google presigned url | url | https://storage.example.com/b/o.csv?X-Goog-Expires=600&X-Goog-Signature=«[h:256]»
azure sas url | url | https://acct.blob.core.example.net/c/f.bin?sv=2024-11-04&se=2026-02-01&sp=r&sig=«[w:40]»%3D
cloudfront url | url | https://d111.cloudfront.example.net/v.mp4?Expires=1767225600&Signature=«[w:120]»&Key-Pair-Id=K2
oauth code in a query | url | https://bot.example.com/callback?code=«[w:30]»&state=ok
reset link | url | https://app.example.com/reset-password?uid=31&reset_token=«[s:43]»
discord webhook | webhook | https://discord.com/api/webhooks/[d:18]/«[s:68]»
old discord webhook | webhook | https://discordapp.com/api/webhooks/[d:18]/«[s:68]»?wait=true
discord follow-up | url | https://discord.com/api/v10/webhooks/[d:18]/aW50ZXJhY3Rpb2«[w:180]»/messages/@original
discord interaction callback | url | POST /api/v10/interactions/[d:19]/aW50ZXJhY3Rpb2«[w:180]»/callback
slack webhook | webhook | https://hooks.slack.com/services/T[u:8]/B[u:10]/«[w:24]»
teams webhook | webhook | https://acme.webhook.office.com/webhookb2/[uuid]@[uuid]/IncomingWebhook/«[h:32]»/[uuid]
telegram method url | url | https://api.telegram.org/bot[d:10]:«AA[s:33]»/sendMessage
mattermost webhook | webhook | https://chat.example.com/hooks/«[l:26]»
zapier webhook | webhook | https://hooks.zapier.com/hooks/catch/[d:8]/«[l:7]»/
google chat webhook | webhook | https://chat.googleapis.com/v1/spaces/AAAA/messages?key=x&token=«[s:43]»
""",
)

CONNECTIONS = table(
    "connection string or file line",
    """
libpq string | dsn | host=db port=5432 dbname=app user=bot password=«[w:20]» sslmode=require
libpq quoted string | dsn | dbname=app user=bot password='«[p:18]»' connect_timeout=5
ado string | connection | Server=tcp:sql.example.net,1433;Database=main;User ID=app;Password=«[p:16]»;Encrypt=True;
short ado string | connection | Data Source=sql01;Initial Catalog=crm;Uid=app;Pwd=«[w:14]»;
odbc string | connection | DRIVER={ODBC Driver 18 for SQL Server};SERVER=sql01;UID=sa;PWD=«[p:16]»
azure storage string | AZURE_STORAGE_CONNECTION_STRING | DefaultEndpointsProtocol=https;AccountName=botfiles;AccountKey=«[b:86]==»;EndpointSuffix=core.example.net
service bus string | BUS | Endpoint=sb://bus.example.net/;SharedAccessKeyName=Root;SharedAccessKey=«[b:43]=»
cosmos string | COSMOS | AccountEndpoint=https://c.example.com:443/;AccountKey=«[b:86]==»;
stackexchange redis string | REDIS | cache.example.net:6380,password=«[b:43]=»,ssl=True,abortConnect=False
jdbc postgres string | JDBC_URL | jdbc:postgresql://db:5432/app?user=bot&password=«[w:18]»&ssl=true
jdbc oracle string | JDBC_URL | jdbc:oracle:thin:scott/«[w:12]»@ora1:1521:ORCL
jdbc sql server string | JDBC_URL | jdbc:sqlserver://sql01:1433;databaseName=m;user=sa;password=«[p:14]»;
kafka jaas line | kafka | sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="app" password="«[b:64]»";
netrc line | netrc | machine api.github.com login octo password «[w:36]»
pgpass line | .pgpass | PGPASSFILE entry: db.internal:5432:app:bot:«[w:20]»
npmrc line | .npmrc | //registry.example.com/:_authToken=«[uuid]»
npmrc old line | .npmrc | _auth = «[b:40]==»
docker config entry | config.json | {"auths": {"ghcr.example": {"auth": "«[b:60]=»"}}}
kubeconfig token | kubeconfig | users: [{name: admin, user: {token: «[s:120]»}}]
kubeconfig key data | kubeconfig | client-key-data: «[b:200]==»
aws credentials file | credentials | [default] aws_secret_access_key = «[b:40]»
cargo credentials | credentials | [registry] token = "«[w:32]»"
wireguard key | wg0.conf | PrivateKey = «[b:43]=»
wireguard preshared key | wg0.conf | PresharedKey = «[b:43]=»
openvpn password | vpn | auth-user-pass: user=anna pass=«[human]»
wifi passphrase | wpa | network={ssid="office" psk="«[human]»"}
redis requirepass | redis.conf | requirepass «[w:24]»
my.cnf password | my.cnf | [client] user=root password="«[p:16]»"
rails database yaml | database.yml | production: {adapter: postgresql, username: app, password: "«[p:16]»"}
maven server | settings.xml | <server><id>corp</id><username>ci</username><password>«[w:20]»</password></server>
nuget source | nuget.config | <add key="ClearTextPassword" value="«[w:24]»" />
soap password | soap | <wsse:Password Type="PasswordText">«[w:16]»</wsse:Password>
php constant | wp-config.php | define('DB_PASSWORD', '«[p:20]»');
snmp community v3 | snmp | createUser monitor SHA «[w:16]» AES
htpasswd hash | .htpasswd | admin:$apr1$«[w:8]$[w:22]»
unix password hash | shadow | root:$6$«[w:16]$[w:86]»:19700:0:99999:7:::
bcrypt hash | users | password_hash=$2b$12$«[w:53]»
""",
)

COMMANDS = table(
    "command line",
    """
curl user | command | curl -sS -u anna:«[w:20]» https://api.example.com/v1/me
curl bearer | command | curl -H 'Authorization: Bearer «[s:43]»' https://api.example.com/v1/me
curl private token | command | curl --header "PRIVATE-TOKEN: «[s:20]»" https://gitlab.example.com/api/v4/projects
curl form | command | curl -d 'grant_type=password&username=anna&password=«[w:14]»' https://id.example.com/token
wget password | command | wget --user=anna --password=«[w:14]» https://files.example.com/a.tgz
mysql glued password | command | mysql -h db -u root -p«[w:16]» shop
mysqldump password | command | mysqldump --user=root --password='«[p:14]»' shop
psql environment | command | PGPASSWORD=«[w:18]» psql -h db -U bot -c 'select 1'
redis-cli password | command | redis-cli -h cache -a «[w:24]» ping
mongosh password | command | mongosh --host db -u root -p «[w:18]» --authenticationDatabase admin
sshpass | command | sshpass -p '«[p:12]»' ssh deploy@10.0.0.9 uptime
docker login | command | docker login ghcr.example -u ci -p «[w:36]»
docker run environment | command | docker run -d -e API_TOKEN=«[w:40]» -p 80:80 acme/bot:3.1
kubectl literal | command | kubectl create secret generic db --from-literal=password=«[w:18]»
helm set | command | helm upgrade bot ./chart --set auth.password=«[w:16]» --wait
gh secret | command | gh secret set DEPLOY_KEY --body «[w:40]»
heroku config | command | heroku config:set STRIPE_SECRET=«[w:32]» -a acme-bot
railway variables | command | railway variables --set "DISCORD_TOKEN=«[w:59]»"
aws configure | command | aws configure set aws_secret_access_key «[b:40]»
npm config | command | npm config set //registry.example.com/:_authToken «[w:36]»
twine upload | command | twine upload -u __token__ -p «[s:60]» dist/*
openssl passphrase | command | openssl rsa -in key.pem -passin pass:«[human]»
htpasswd batch | command | htpasswd -b .htpasswd anna «[w:14]»
ldapsearch | command | ldapsearch -x -D cn=admin,dc=example -w «[w:14]» -b dc=example
smbclient | command | smbclient //nas/share -U anna%«[w:12]»
vault login | command | vault login «s.[w:24]»
export line | command | export OPENAI_KEY=«[w:48]»
windows set line | command | set SECRET_TOKEN=«[w:32]»
powershell line | command | $env:API_SECRET = "«[w:32]»"
api key option | command | deploy-tool --region eu --api-key «[w:32]» --yes
token option with equals | command | sonar-scanner -Dsonar.token=«[h:40]»
java system property | command | java -Dspring.datasource.password=«[w:16]» -jar app.jar
ansible extra | command | ansible-playbook site.yml --extra-vars "db_password=«[w:16]»"
make variable | command | make release TOKEN=«[w:40]»
sql alter user | statement | ALTER USER bot WITH PASSWORD '«[p:18]»'
sql create user | statement | CREATE USER 'app'@'%' IDENTIFIED BY '«[w:18]»'
redis auth | statement | AUTH default «[w:24]»
irc identify | statement | PRIVMSG NickServ :IDENTIFY «[human]»
ftp pass | statement | > PASS «[human]»
""",
)

PROSE = table(
    "prose",
    """
the password is | message | the password is «[human]»
password for user | message | password for user anna: «[human]»
logged in with password | message | logged in as admin with password "«[human]»"
your password | message | Hi Anna, your new password: «[human]» (please change it)
api key rejected | message | API key «[w:32]» was rejected by the provider
invalid token | message | Invalid token: «[w:40]»
using token | message | using token «[w:40]» for the gateway
incorrect api key | message | Incorrect API key provided: «[w:40]».
secret mismatch | message | client secret "«[s:32]»" does not match
login and password | message | login: anna / password: «[human]»
credentials pair | message | credentials are anna:«[p:12]»
bearer in prose | message | sent with Bearer «[s:43]» in the header
token arrow | message | token => «[w:40]»
german prose | message | Das Passwort lautet: «[human]»
key of a person | message | here is my api key «[w:40]», does it work for you?
""",
)


def basic_header(rng: random.Random) -> Credential:
    """User and password in base 64."""
    secret = base64.b64encode(f"service:{human_password(rng)}{drawn('w', 4, rng)}".encode()).decode()[12:]
    front = base64.b64encode(b"service:x").decode()[:12]
    return Credential(text=f"Authorization: Basic {front}{secret}", secret=secret, name="headers", stands_alone=True)


def smtp_login(rng: random.Random) -> Credential:
    """The mail client's login, base 64 of two zero-ended strings."""
    secret = base64.b64encode(b"\0bot\0" + drawn("w", 16, rng).encode()).decode()
    return Credential(text=f"AUTH PLAIN {secret}", secret=secret, name="smtp", stands_alone=True)


def key_block(label: str, lines: int, name: str) -> Kind:
    """A private key in its armour."""

    def make(rng: random.Random) -> Credential:
        body = "\n".join([*(drawn("b", 64, rng) for _ in range(lines)), drawn("b", 30, rng) + "=="])
        armour = [f"-----{end} {label}-----" for end in ("BEGIN", "END")]
        return Credential(text=f"{armour[0]}\n{body}\n{armour[1]}", secret=body, name=name, stands_alone=True)

    return Kind(f"armour {label.lower()}", "private key", make)


def putty_key(rng: random.Random) -> Credential:
    """PuTTY's file: the private lines are secret."""
    body = "\n".join(drawn("b", 64, rng) for _ in range(3))
    text = f"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPrivate-Lines: 3\n{body}\nPrivate-MAC: {'0' * 40}"
    return Credential(text=text, secret=body, name="PUTTY_KEY", stands_alone=True)


KEYS = [
    key_block("RSA PRIVATE KEY", 6, "SSH_KEY"),
    key_block("EC PRIVATE KEY", 2, "EC_KEY"),
    key_block("PRIVATE KEY", 5, "PRIVATE_KEY"),
    key_block("ENCRYPTED PRIVATE KEY", 5, "PRIVATE_KEY"),
    key_block("OPENSSH PRIVATE KEY", 5, "DEPLOY_KEY"),
    key_block("PGP PRIVATE KEY BLOCK", 8, "GPG_KEY"),
    Kind("putty key", "private key", putty_key),
]
MADE = [Kind("basic header", "header", basic_header), Kind("smtp login", "command line", smtp_login)]
TEXTS = [*HEADERS, *COOKIES, *ADDRESSES, *QUERIES, *CONNECTIONS, *COMMANDS, *PROSE, *KEYS, *MADE]
