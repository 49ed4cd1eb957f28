"""Templates of operating systems', containers' and clouds' lines."""

TEMPLATES = r"""
# systemd
Mar 12 {t} {host} systemd[1]: Started {word}.service - Password file watcher.
Mar 12 {t} {host} systemd[1]: {word}.service: Main process exited, code=exited, status=1/FAILURE
Mar 12 {t} {host} systemd[1]: Started Session {n} of User {user}.
Mar 12 {t} {host} systemd[1]: Dispatch Password Requests to Console Directory Watch was skipped because of an unmet condition check.
Mar 12 {t} {host} systemd-logind[{n}]: New session {n} of user {user}.
Mar 12 {t} {host} systemd[1]: var-lib-docker-overlay2-{h64}-merged.mount: Deactivated successfully.
_BOOT_ID={h32} _MACHINE_ID={h32} INVOCATION_ID={h32}
# sshd
Mar 12 {t} {host} sshd[{n}]: Failed password for invalid user {user} from {ip} port {n} ssh2
Mar 12 {t} {host} sshd[{n}]: Accepted publickey for {user} from {ip} port {n} ssh2: ED25519 SHA256:{b43}
Mar 12 {t} {host} sshd[{n}]: pam_unix(sshd:session): session opened for user {user}(uid={n}) by (uid=0)
Mar 12 {t} {host} sshd[{n}]: Connection closed by authenticating user {user} {ip} port {n} [preauth]
Mar 12 {t} {host} sshd[{n}]: message repeated 5 times: [ Failed password for root from {ip} port {n} ssh2]
Mar 12 {t} {host} sshd[{n}]: Server listening on 0.0.0.0 port 22.
debug1: Offering public key: /etc/ssh/id_ed25519 ED25519 SHA256:{b43} explicit
RSA key fingerprint is MD5:{mac}:{mac}.
# sudo
Mar 12 {t} {host} sudo: {user} : TTY=pts/0 ; PWD=/srv/app ; USER=root ; COMMAND=/usr/bin/systemctl restart {word}
Mar 12 {t} {host} sudo: pam_unix(sudo:auth): authentication failure; logname= uid={n} euid=0 tty=/dev/pts/1 ruser={user} rhost=  user={user}
Mar 12 {t} {host} passwd[{n}]: pam_unix(passwd:chauthtok): password changed for {user}
# kernel
[{d5}.{d6}] usb 1-2: New USB device found, idVendor={h4}, idProduct={h4}, bcdDevice= 1.00
[{d5}.{d6}] input: AT Translated Set 2 keyboard as /devices/platform/i8042/serio0/input/input{n}
[{d5}.{d6}] Out of memory: Killed process {n} (python3) total-vm:{d7}kB, anon-rss:{d6}kB, file-rss:0kB, shmem-rss:0kB, UID:1000
[{d5}.{d6}] BTRFS info (device sda1): disk space caching is enabled, fsid {uuid}
[{d5}.{d6}] RIP: 0010:copy_user_generic+0x{h2}/0x{h2} RSP: 0018:ffff{h12} EFLAGS: 00010246
[{d5}.{d6}] Loaded X.509 cert 'Debian Secure Boot CA: {h40}'
[{d5}.{d6}] audit: type=1400 audit({epoch}:{n}): apparmor="DENIED" operation="open" profile="{word}" name="/proc/{n}/stat" pid={n}
[UFW BLOCK] IN=eth0 OUT= MAC={mac}:{mac}:08:00 SRC={ip} DST={ip} LEN=40 TTL=244 ID={n} PROTO=TCP SPT={n} DPT=22
# DHCP
Mar 12 {t} {host} dhclient[{n}]: DHCPACK of {ip} from {ip} (xid=0x{h8})
Mar 12 {t} {host} avahi-daemon[{n}]: Joining mDNS multicast group on interface eth0.IPv6 with address {ip6}.
wlan0: CTRL-EVENT-CONNECTED - Connection to {mac} completed [id=0 id_str=]
wlan0: WPA: 4-Way Handshake failed - pre-shared key may be incorrect
# Docker
time="{date}T{t}.{d9}Z" level=info msg="ignoring event" container={h64} module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"
Digest: sha256:{h64}
Status: Downloaded newer image for registry.example.com/{word}:1.{n}
{h12}: Pull complete
 => [internal] load metadata for docker.io/library/python:3.12-slim@sha256:{h64}
 => CACHED [stage-1 4/9] COPY --from=build /app/.venv /app/.venv
{h12}   {word}:latest   "python -m bot run"   2 hours ago   Up 2 hours   0.0.0.0:8080->8080/tcp   {word}_{word}_1
Successfully built {h12}
denied: requested access to the resource is denied; run docker login with your username and password
error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH
# Kubernetes
I{d4} {t}.{d6}       1 event.go:{n}] "Event occurred" object="default/{word}-{l10}-{l5}" kind="Pod" reason="Scheduled"
E{d4} {t}.{d6}    {n} kuberuntime_manager.go:{n}] "CreatePodSandbox for pod failed" pod="default/{word}-{h10}-{l5}" podUID="{uuid}"
Warning  FailedMount  {n}s (x7 over 12m)  kubelet  MountVolume.SetUp failed for volume "secret-volume" : secret "{word}-tls" not found
NAME                  TYPE                DATA   AGE\n{word}-credentials   Opaque              2      {n}d
pod/{word}-{h10}-{l5} 1/1 Running 0 {n}d {ip} node-{n} <none> <none>
serviceaccount/{word} created\nsecret/{word}-token created\nconfigmap/{word} unchanged
W{d4} {t}.{d6} 1 authentication.go:{n}] Unable to authenticate the request: [invalid bearer token, service account token has expired]
      secretKeyRef:\n        name: {word}-credentials\n        key: password
valueFrom.secretKeyRef.name={word} valueFrom.secretKeyRef.key=api-key
imageID: docker-pullable://registry.example.com/{word}@sha256:{h64}
resourceVersion: "{d8}" uid: {uuid}
containerd://{h64}
# Terraform
aws_secretsmanager_secret.{word}: Refreshing state... [id=arn:aws:secretsmanager:eu-west-1:{d12}:secret:{word}/db-{a6}]
  + password                  = (sensitive value)
  ~ secret_key                = (sensitive value) -> (known after apply)
  + arn                       = (known after apply)
random_password.db: Creation complete after 0s [id=none]
Plan: {n} to add, {n} to change, 0 to destroy.
aws_instance.{word}: Creation complete after {n}s [id=i-{h17}]
data.aws_ami.ubuntu: Read complete after 1s [id=ami-{h17}]
provider registry.example/hashicorp/aws v5.80.0: h1:{b43}=
# Ansible
TASK [{word} : Set password for {user}] *****************************************
changed: [{host}] => (item=None)
ok: [{host}] => {"changed": false, "censored": "the output has been hidden due to the fact that 'no_log: true' was specified for this result"}
fatal: [{host}]: FAILED! => {"msg": "Missing sudo password"}
PLAY RECAP: {host} : ok={n} changed={n} unreachable=0 failed=0 skipped={n}
ok: [{host}] => {"checksum": "{h40}", "dest": "/etc/{word}.conf", "mode": "0644", "state": "file"}
# AWS
START RequestId: {uuid} Version: $LATEST
REPORT RequestId: {uuid} Duration: {f} ms Billed Duration: {n} ms Memory Size: 128 MB XRAY TraceId: 1-{h8}-{h24} SegmentId: {h16} Sampled: true
{user} assumed arn:aws:sts::{d12}:assumed-role/{word}-role/session-{d10}
botocore.exceptions.NoCredentialsError: Unable to locate credentials
botocore.credentials Found credentials in environment variables.
An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token included in the request is expired
copy: s3://{word}-logs/AWSLogs/{d12}/elasticloadbalancing/eu-west-1/2026/03/12/{d12}_elasticloadbalancing_{h16}.gz to ./
vpc-{h17} subnet-{h17} sg-{h17} eni-{h17}
x-amz-request-id: {U16} x-amz-id-2: {b75}=
x-amzn-trace-id: Root=1-{h8}-{h24};Parent={h16};Sampled=1
ETag: "{h32}-{n}" VersionId: {B32}
kms key arn:aws:kms:eu-west-1:{d12}:key/{uuid} enabled
log stream {date}/[$LATEST]{h32}
nextToken is null, stopping pagination after {n} pages
# Google Cloud
{"insertId": "{l14}", "resource": {"type": "cloud_run_revision"}, "trace": "projects/{word}/traces/{h32}", "spanId": "{h16}", "severity": "INFO"}
google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found.
gspread.exceptions.APIError: [429]: Quota exceeded for quota metric 'Read requests' of service 'sheets.googleapis.com' for consumer 'project_number:{d12}'
opened sheet {B44} worksheet Ledger ({n} rows)
https://docs.google.com/spreadsheets/d/{B44}/edit#gid={d9}
operation projects/{word}/locations/europe-west1/operations/{uuid} done
# Azure
Operation 'Microsoft.KeyVault/vaults/secrets/read' on /subscriptions/{uuid}/resourceGroups/{word}/providers/Microsoft.KeyVault/vaults/{word}-kv succeeded
AADSTS7000215: Invalid client secret provided. Trace ID: {uuid} Correlation ID: {uuid} Timestamp: {date} {t}Z
x-ms-request-id: {uuid} x-ms-client-request-id: {uuid}
# Windows event
{date} {t}, Info                  CBS    Loaded Servicing Stack v6.1.7601.23505 with Core: C:\Windows\winsxs\amd64_microsoft-windows-servicingstack_{h16}_6.1.7601.23505_none_{h16}\cbscore.dll
{date} {t}, Info                  CSI    {h8}@2026/3/12:{t}.{d3} WcpInitialize (wcp.dll version 0.0.0.6) called (stack @0x{h11})
EventID 4625 An account failed to log on. Account Name: {user} Failure Reason: Unknown user name or bad password. Logon ID: 0x{H6}
EventID 4672 Special privileges assigned to new logon. Security ID: S-1-5-21-{d10}-{d10}-{d9}-{n}
HKLM\SOFTWARE\Classes\CLSID\{{uuid}}\InprocServer32
# macOS
Mar 12 {t} {word}-mbp com.apple.xpc.launchd[1] (com.apple.mdworker.shared.{H8}-{H4}-{H4}-{H4}-{H12}[{n}]): Service exited due to SIGKILL
Mar 12 {t} calvisitor-{ip} kernel[0]: AirPort: Link Down on en0. Reason 8 (Disassociated because station leaving).
Mar 12 {t} {word}-mbp SecurityAgent[{n}]: Ignoring user keychain login.keychain-db, passwordField is nil
securityd[{n}]: token login keychain auto-lock after {n} minutes
# Android logcat
03-12 {t}.{d3}  {n}  {n} D PowerManagerService: acquire lock={d9}, flags=0x1, tag="View Lock", name=com.android.systemui, ws=null, uid={n}, pid={n}
03-12 {t}.{d3}  {n}  {n} I ActivityManager: Start proc {n}:com.{word}.app/u0a{n} for activity com.{word}.app/.LoginActivity
03-12 {t}.{d3}  {n}  {n} W KeyguardUpdateMonitor: onPasswordExpired callback with null token
03-12 {t}.{d3}  {n}  {n} V WindowManager: Changing focus from Window{{h7} u0 com.{word}/.Main} to Window{{h7} u0 StatusBar} displayId=0 token=android.os.BinderProxy@{h7}
03-12 {t}.{d3}  {n}  {n} E AndroidRuntime: java.lang.SecurityException: Permission Denial: opening provider com.{word}.SecretProvider
"""
