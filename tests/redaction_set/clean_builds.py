"""Templates of builds, package managers, version control, continuous integration and compilers."""

TEMPLATES = r"""
# pip
Collecting cryptography==43.0.{n}
  Downloading cryptography-43.0.{n}-cp39-abi3-manylinux_2_28_x86_64.whl.metadata (5.4 kB)
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n    {word} from a.whl:\n        Expected sha256 {h64}\n             Got        {h64}
Successfully installed aiohttp-3.11.{n} keyring-25.5.0 passlib-1.7.4 pyjwt-2.10.1 tokenizers-0.21.0 secretstorage-3.3.3
    --hash=sha256:{h64} \
Created wheel for {word}: filename={word}-0.1.0-py3-none-any.whl size={n} sha256={h64}
  Stored in directory: /tmp/pip-ephem-wheel-cache-{l8}/wheels/{h2}/{h2}/{h2}/{h56}
Looking in indexes: https://registry.example.com/simple
# uv
Resolved {n} packages in {n}ms
 + tokenizers==0.21.{n}
{ url = "https://files.example.com/packages/{h2}/{h2}/{h60}/{word}-1.2.tar.gz", hash = "sha256:{h64}", size = {d5} },
DEBUG uv::resolver Found fresh response for: https://files.example.com/{word}/
# npm
npm warn deprecated {word}@3.{n}.0: This package is no longer supported
npm error code E401\nnpm error Unable to authenticate, your authentication token seems to be invalid.
"integrity": "sha512-{b86}==",
"resolved": "https://registry.example.com/js-tokens/-/js-tokens-4.0.0.tgz",
added {n} packages, and audited {n} packages in {n}s
npm notice shasum: {h40}
A complete log of this run can be found in: /tmp/npm/_logs/{date}T{d2}_{d2}_{d2}_{d3}Z-debug-0.log
# yarn
"js-tokens@^3.0.0 || ^4.0.0":\n  version "4.0.0"\n  resolved "https://registry.example.com/js-tokens.tgz#{h40}"\n  integrity sha512-{b86}==
checksum: 10c0/{h128}
➤ YN0013: │ {word}@npm:4.{n}.0 can't be found in the cache and will be fetched
# pnpm
  /@babel/helper-validator-identifier@7.{n}.0: resolution: {integrity: sha512-{b86}==}
Progress: resolved {n}, reused {n}, downloaded 0, added {n}, done
# cargo
   Compiling secrecy v0.10.{n}
checksum = "{h64}"
warning: unused variable: `token`\n  --> src/{word}.rs:{n}:{n}
    Finished `release` profile [optimized] target(s) in {n}m {n}s
     Running unittests src/lib.rs (target/debug/deps/{word}-{h16})
error[E0599]: no method named `expose_secret` found for struct `String` in the current scope
# Gradle
> Task :{word}:compileKotlin UP-TO-DATE
Build cache key for task ':{word}:test' is {h32}
BUILD SUCCESSFUL in {n}s
# Maven
[INFO] --- maven-compiler-plugin:3.13.0:compile (default-compile) @ {word} ---
[ERROR] Failed to execute goal on project {word}: status code: 401, reason phrase: Unauthorized (401)
[INFO] Downloaded from central: https://repo.example.com/io/jsonwebtoken/jjwt-api/0.12.6/jjwt-api-0.12.6.pom ({f} kB at {n} kB/s)
# git
commit {h40}
Merge: {h8} {h8}
   {h7}..{h7}  main -> main
index {h7}..{h7} 100644
From https://git.example.com/{word}/app\n * [new branch]      fix/token-expiry -> origin/fix/token-expiry
HEAD is now at {h7} Rotate signing key every week
remote: Resolving deltas: 100% ({n}/{n}), done.
fatal: Authentication failed for 'https://git.example.com/{word}/app.git/'
fatal: could not read Username for 'https://github.com': terminal prompts disabled
Author: {user} <{user}@example.com>
tree {h40}\nparent {h40}\nauthor {user} <{user}@example.com> {d10} +0100
git describe: v1.{n}.0-{n}-g{h7}
object {h40} is a corrupt loose object
gpg: Good signature from "{user} <{user}@example.com>"\ngpg: using EDDSA key {H40}
Primary key fingerprint: {H4} {H4} {H4} {H4} {H4}  {H4} {H4} {H4} {H4} {H4}
# GitHub Actions
##[group]Run actions/checkout@{h40}
  token: ***
  ssh-key: 
  persist-credentials: false
Error: Input required and not supplied: token
Error: Resource not accessible by integration
Cache restored from key: Linux-pip-{h64}
Cache key: node-cache-Linux-x64-npm-{h64}
Secret source: Actions
GITHUB_TOKEN Permissions\n  Contents: write\n  Metadata: read\n  PullRequests: write
Run id {d11}, attempt 1, head {h40}
Artifact patch-{d11} uploaded, digest sha256:{h64}, id {d10}
Current runner version: '2.{n}.0' Runner name: 'GitHub Actions {n}'
X-GitHub-Delivery: {uuid} X-GitHub-Request-Id: {H4}:{H6}:{H7}:{H7}:{H8}
x-ratelimit-remaining: {n} x-ratelimit-reset: {d10} etag: W/"{h64}"
Codex Autofix run for inc-{l10} on branch codex/autofix-{d11}
# GitLab CI
Checking out {h8} as detached HEAD (ref is feature/password-policy)...
section_start:{d10}:step_script
Job succeeded in {n}s, pipeline {d9}, job {d10}
Saving cache for successful job: {word}-non_protected, no key changed
# CircleCI
Spin up environment: Build-agent version 1.0.{n}-{h8} image cimg/python:3.12@sha256:{h64}
Skipping cache - error checking storage for v1-deps-{b43}=
# Compilers
{word}.c:{n}:{n}: error: expected ';' before '}' token
{word}.cpp:{n}:{n}: warning: unused parameter 'password' [-Wunused-parameter]
src/auth/token.ts({n},{n}): error TS2339: Property 'apiKey' does not exist on type 'Config'.
SyntaxError: Unexpected token '<', "<!DOCTYPE "... is not valid JSON
json.decoder.JSONDecodeError: Expecting value: line 1 column {n} (char {n})
ld: undefined reference to `_ZN4absl12lts_2024011612log_internal10LogMessageC1EPKci{A6}'
{word}/keys.go:{n}:{n}: undefined: signingKeyFromFile
bash: syntax error near unexpected token `newline'
error: cannot find symbol\n  symbol:   class PasswordEncoderFactories\n  location: package org.springframework.security.crypto.factory
mypy: error: Argument "token" to "connect" has incompatible type "str | None"; expected "str"  [arg-type]
ruff: S105 Possible hardcoded password assigned to: "token_url"
yaml.scanner.ScannerError: while scanning for the next token found character '\t' that cannot start any token
# webpack
asset main.{h20}.js {n} KiB [emitted] [immutable] [minimized] [big] (name: main)
  ./node_modules/css-loader/dist/cjs.js!./src/passwordStrength.module.css {n} bytes {{n}} [built]
vite v6.0.{n} building for production... dist/assets/AuthorPage-{B8}.js {f} kB
# Make
make: *** [Makefile:{n}: keys] Error 2
cc -O2 -o build/{word} src/{word}.c -lcrypto -DKEY_LENGTH=32
# Helm
Release "{word}" has been upgraded. Happy Helming! REVISION: {n}
checksum/secret: {h64}
Error: INSTALLATION FAILED: secrets "{word}" is forbidden: User "{user}" cannot get resource "secrets" in API group ""
# sha256sum
{h64}  dist/{word}-1.{n}.0.tar.gz
MD5 ({word}.iso) = {h32}
SHA1({word}.bin)= {h40}
crc32 {h8} xxh64 {h16} blake3 {h64}
sha256:{h64} verified
# rsync
sent {n} bytes  received {n} bytes  {f} bytes/sec
>f+++++++++ backups/{date}/{word}_{h8}.dump.gz
# borg
Archive name: {word}-{date}T{t} Archive fingerprint: {h64}
Repository key file loaded, {n} chunks deduplicated
# restic
snapshot {h8} saved, repository {h10} opened (version 2, compression level auto)
created new cache, id {h64}
# Playwright
  {n}) [chromium] › login.spec.ts:{n}:{n} › password field is masked ─────
  ✓  {n} [firefox] › tokens.spec.ts:{n}:{n} › shows "token expired" ({f}s)
"""
