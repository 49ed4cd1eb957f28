"""Credentials that tell themselves by a prefix or a shape of their own."""

import base64
import json
import random
import zlib

from tests.redaction_held_out.grammar import DIGITS, LOWER, UPPER, Credential, Kind, drawn, table

CLOUD = table(
    "cloud",
    """
aws access key id | AWS_ACCESS_KEY_ID | AKIA[t:16]
aws temporary key id | AWS_ACCESS_KEY_ID | ASIA[t:16]
aws bedrock key | AWS_BEARER_TOKEN_BEDROCK | ABSK[b:132]
google api key | GOOGLE_API_KEY | AIza[s:35]
google oauth access token | GOOGLE_TOKEN | ya29.[s:120-180]
google oauth refresh token | GOOGLE_REFRESH_TOKEN | 1//0[d:1][s:60-90]
google oauth client secret | GOOGLE_CLIENT_SECRET | GOCSPX-[s:28]
azure ad client secret | AZURE_CLIENT_SECRET | [w:3][d:1]Q~[s:34]
digitalocean personal token | DIGITALOCEAN_TOKEN | dop_v1_[h:64]
digitalocean oauth token | DIGITALOCEAN_OAUTH | doo_v1_[h:64]
digitalocean refresh token | DO_REFRESH | dor_v1_[h:64]
alibaba access key id | ALIBABA_CLOUD_ACCESS_KEY_ID | LTAI5t[w:18]
tencent secret id | TENCENTCLOUD_SECRET_ID | AKID[w:32]
yandex api key | YANDEX_API_KEY | AQVN[s:36]
heroku key | HEROKU_API_KEY | HRKU-AA[s:58]
flyio deploy token | FLY_API_TOKEN | fm2_[b:140-220]
flyio personal token | FLY_ACCESS_TOKEN | fo1_[s:43]
scaleway secret | SCW_ACCESS_KEY | SCW[u:17]
cloudflare origin ca key | CLOUDFLARE_ORIGIN_CA_KEY | v1.0-[h:24]-[h:146]
databricks token | DATABRICKS_TOKEN | dapi[h:32]
pulumi token | PULUMI_ACCESS_TOKEN | pul-[h:40]
terraform cloud token | TF_TOKEN | [w:14].atlasv1.[s:67]
doppler personal token | DOPPLER_TOKEN | dp.pt.[w:43]
doppler service token | DOPPLER_TOKEN | dp.st.prd.[w:43]
vault service token | VAULT_TOKEN | hvs.[s:95]
vault batch token | VAULT_TOKEN | hvb.[s:150]
scalingo token | SCALINGO_API_TOKEN | tk-us-[s:48]
planetscale token | PLANETSCALE_TOKEN | pscale_tkn_[s:43]
planetscale password | DATABASE_PASSWORD | pscale_pw_[s:43]
supabase access token | SUPABASE_ACCESS_TOKEN | sbp_[h:40]
supabase secret key | SUPABASE_SECRET_KEY | sb_secret_[s:31]
clickhouse cloud key | CLICKHOUSE_CLOUD_KEY | 4b1d[w:38]
openshift token | OC_TOKEN | sha256~[s:43]
tailscale auth key | TS_AUTHKEY | tskey-auth-[w:17]-[w:32]
tailscale api key | TAILSCALE_API_KEY | tskey-api-[w:17]-[w:32]
defined networking key | DN_KEY | dnkey-[u:26]-[u:52]
ngrok api key | NGROK_API_KEY | [w:27]_[w:21]
age secret key | AGE_KEY | AGE-SECRET-KEY-1[u:58]
1password service account | OP_SERVICE_ACCOUNT_TOKEN | ops_eyJ[w:260-300]
1password secret key | OP_SECRET_KEY | A3-[u:6]-[u:6]-[u:5]-[u:5]-[u:5]
""",
)

CODE = table(
    "git, ci and registries",
    """
github fine-grained pat | GITHUB_TOKEN | github_pat_[w:22]_[w:59]
gitlab personal token | GITLAB_TOKEN | glpat-[s:20]
gitlab routable token | GITLAB_TOKEN | glpat-[s:27].01.[l:9]
gitlab deploy token | CI_DEPLOY_TOKEN | gldt-[s:20]
gitlab runner token | RUNNER_TOKEN | glrt-[s:20]
gitlab pipeline trigger | TRIGGER_TOKEN | glptt-[h:40]
gitlab job token | CI_JOB_TOKEN | glcbt-64_[s:20]
gitlab feed token | FEED_TOKEN | glft-[s:20]
gitlab agent token | AGENT_TOKEN | glagent-[s:50]
gitlab oauth secret | OAUTH_SECRET | gloas-[h:64]
gitlab runner registration | REGISTRATION_TOKEN | GR1348941[s:20]
bitbucket app password | BITBUCKET_APP_PASSWORD | ATBB[w:24][H:8]
atlassian api token | JIRA_API_TOKEN | ATATT3xFfGF0[s:171]=[H:8]
docker hub token | DOCKER_TOKEN | dckr_pat_[s:27]
docker hub org token | DOCKER_ORG_TOKEN | dckr_oat_[s:32]
rubygems key | GEM_HOST_API_KEY | rubygems_[h:48]
nuget key | NUGET_API_KEY | oy2[l:43]
clojars token | CLOJARS_PASSWORD | CLOJARS_[h:60]
crates token | CARGO_REGISTRY_TOKEN | cio[w:32]
artifactory key | ARTIFACTORY_API_KEY | AKCp8[w:68]
artifactory reference token | ARTIFACTORY_TOKEN | cmVmdGtuOjAxOj[w:50]
circleci token | CIRCLE_TOKEN | CCIPAT_[w:22]_[h:40]
buildkite agent token | BUILDKITE_AGENT_TOKEN | bkua_[h:40]
sonar token | SONAR_TOKEN | sqp_[h:40]
sourcegraph token | SRC_ACCESS_TOKEN | sgp_[h:16]_[h:40]
harness token | HARNESS_API_KEY | pat.[s:22].[h:24].[w:20]
octopus deploy key | OCTOPUS_API_KEY | API-[u:26]
prefect token | PREFECT_API_KEY | pnu_[w:36]
infracost key | INFRACOST_API_KEY | ico-[w:32]
linear key | LINEAR_API_KEY | lin_api_[w:40]
postman key | POSTMAN_API_KEY | PMAK-[h:24]-[h:34]
figma token | FIGMA_TOKEN | figd_[s:40]
notion token | NOTION_TOKEN | ntn_[d:11][w:35]
notion legacy secret | NOTION_KEY | secret_[w:43]
airtable pat | AIRTABLE_TOKEN | pat[w:14].[h:64]
contentful management token | CONTENTFUL_TOKEN | CFPAT-[s:43]
readme key | README_API_KEY | rdme_xn8s9h[h:64]
typeform token | TYPEFORM_TOKEN | tfp_[s:59]
""",
)

SERVICES = table(
    "chat, mail, payment, ai and monitoring",
    """
slack bot token | SLACK_BOT_TOKEN | xoxb-[d:12]-[d:13]-«[w:24]»
slack user token | SLACK_USER_TOKEN | xoxp-[d:12]-[d:12]-[d:13]-«[h:32]»
slack app token | SLACK_APP_TOKEN | xapp-1-A[u:10]-[d:13]-«[h:64]»
slack config refresh | SLACK_REFRESH | xoxe-1-[w:146]
telegram bot token | TELEGRAM_TOKEN | [d:10]:«AA[s:33]»
sendgrid key | SENDGRID_API_KEY | SG.[s:22].[s:43]
mailgun key | MAILGUN_API_KEY | key-[h:32]
mailchimp key | MAILCHIMP_API_KEY | «[h:32]»-us[d:2]
brevo key | BREVO_API_KEY | xkeysib-[h:64]-[w:16]
brevo smtp key | SMTP_KEY | xsmtpsib-[h:64]-[w:16]
resend key | RESEND_API_KEY | re_[w:8]_[w:24]
twilio api key | TWILIO_API_KEY | SK[h:32]
stripe live key | STRIPE_SECRET_KEY | sk_live_[w:24]
stripe long live key | STRIPE_SECRET_KEY | sk_live_51[w:97]
stripe restricted key | STRIPE_KEY | rk_live_[w:24]
stripe test key | STRIPE_TEST_KEY | sk_test_[w:24]
stripe webhook secret | STRIPE_WEBHOOK_SECRET | whsec_[w:32]
square token | SQUARE_ACCESS_TOKEN | EAAA[s:60]
square oauth secret | SQUARE_SECRET | sq0csp-[s:43]
paypal braintree token | BRAINTREE_TOKEN | access_token$production$«[l:16]$[h:32]»
shopify token | SHOPIFY_TOKEN | shpat_[h:32]
shopify shared secret | SHOPIFY_SECRET | shpss_[h:32]
flutterwave secret | FLW_SECRET_KEY | FLWSECK_TEST-[h:32]-X
razorpay key | RAZORPAY_KEY | rzp_live_[w:14]
shippo token | SHIPPO_TOKEN | shippo_live_[h:40]
easypost key | EASYPOST_API_KEY | EZAK[w:54]
duffel token | DUFFEL_TOKEN | duffel_live_[s:43]
plaid access token | PLAID_ACCESS_TOKEN | access-production-[uuid]
facebook page token | FB_PAGE_TOKEN | EAAC[w:140-180]
openai project key | OPENAI_API_KEY | sk-proj-[s:74]T3BlbkFJ[s:74]
openai legacy key | OPENAI_API_KEY | sk-[w:20]T3BlbkFJ[w:20]
openai service key | OPENAI_API_KEY | sk-svcacct-[s:58]T3BlbkFJ[s:58]
anthropic key | ANTHROPIC_API_KEY | sk-ant-api03-[s:93]AA
anthropic admin key | ANTHROPIC_ADMIN_KEY | sk-ant-admin01-[s:93]AA
anthropic oauth token | CLAUDE_TOKEN | sk-ant-oat01-[s:93]AA
openrouter key | OPENROUTER_API_KEY | sk-or-v1-[h:64]
deepseek key | DEEPSEEK_API_KEY | sk-[h:32]
groq key | GROQ_API_KEY | gsk_[w:52]
xai key | XAI_API_KEY | xai-[w:80]
perplexity key | PPLX_API_KEY | pplx-[w:48]
replicate token | REPLICATE_API_TOKEN | r8_[w:37]
hugging face token | HF_TOKEN | hf_[w:34]
fireworks key | FIREWORKS_API_KEY | fw_[w:24]
nvidia key | NVIDIA_API_KEY | nvapi-[s:64]
langsmith key | LANGSMITH_API_KEY | lsv2_pt_[h:32]_[h:10]
langfuse secret | LANGFUSE_SECRET_KEY | sk-lf-[uuid]
wandb key | WANDB_API_KEY | wandb_v1_[s:77]
pinecone key | PINECONE_API_KEY | pcsk_[w:6]_[w:63]
elevenlabs key | ELEVEN_API_KEY | sk_[h:48]
grafana service account | GRAFANA_TOKEN | glsa_[w:32]_[h:8]
grafana cloud token | GRAFANA_CLOUD_TOKEN | glc_eyJ[w:120-160]
new relic user key | NEW_RELIC_API_KEY | NRAK-[u:27]
new relic insert key | NEW_RELIC_INSERT_KEY | NRII-[s:32]
new relic license key | NEW_RELIC_LICENSE_KEY | «[h:36]»FFFFNRAL
dynatrace token | DT_API_TOKEN | dt0c01.[t:24].[t:64]
sentry user token | SENTRY_AUTH_TOKEN | sntryu_[h:64]
posthog personal key | POSTHOG_KEY | phx_[w:43]
mapbox secret token | MAPBOX_TOKEN | sk.eyJ1Ijoi[w:60].[s:22]
maxmind key | MAXMIND_LICENSE_KEY | «[w:6]_[w:29]»_mmk
frameio token | FRAMEIO_TOKEN | fio-u-[s:64]
asana pat | ASANA_TOKEN | 2/[d:16]/[d:16]:«[h:32]»
clickup token | CLICKUP_TOKEN | pk_[d:8]_[u:32]
dropbox short-lived token | DROPBOX_TOKEN | sl.B[s:134]
hubspot private app token | HUBSPOT_TOKEN | pat-eu1-[uuid]
intra client secret | FT_SECRET | s-s4t2ud-[h:64]
twitter bearer | TWITTER_BEARER | AAAAAAAAAAAAAAAAAAAAAA[w:40]%3D[w:44]
""",
)


def base62(number: int, length: int) -> str:
    """The number in digits, upper and lower letters, filled with zeros."""
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = (DIGITS + UPPER + LOWER)[rest] + text
    return text.rjust(length, "0")


def checksummed(prefix: str, name: str) -> Kind:
    """GitHub's and npm's form: thirty characters and the base 62 of their CRC 32."""

    def make(rng: random.Random) -> Credential:
        body = drawn("w", 30, rng)
        secret = body + base62(zlib.crc32(body.encode()), 6)
        return Credential(text=f"{prefix}_{secret}", secret=secret, name=name, stands_alone=True)

    return Kind(f"{prefix}_ token", "git, ci and registries", make)


def url_safe(data: bytes | str) -> str:
    """Base 64 for URLs, without its filling."""
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).decode().rstrip("=")


def json_web_token(rng: random.Random) -> Credential:
    """A signed token; its payload and signature are the secret."""
    header = url_safe(json.dumps({"alg": rng.choice(["HS256", "RS256"]), "typ": "JWT"}, separators=(",", ":")))
    payload = url_safe(json.dumps({"sub": drawn("d", 18, rng), "jti": drawn("h", 24, rng), "exp": 1893456000}))
    secret = f"{payload}.{url_safe(rng.randbytes(32))}"
    return Credential(text=f"{header}.{secret}", secret=secret, name="ID_TOKEN", stands_alone=True)


def discord_bot_token(rng: random.Random) -> Credential:
    """The bot's id in base 64, a time and a signature; the id is no secret."""
    account = url_safe(str(rng.randrange(10**17, 10**18 * 2)))
    secret = f"{drawn('s', 6, rng)}.{drawn('s', rng.choice([27, 38]), rng)}"
    return Credential(text=f"{account}.{secret}", secret=secret, name="DISCORD_TOKEN", stands_alone=True)


def package_upload_token(rng: random.Random) -> Credential:
    """Python's package index: a macaroon in base 64 behind a fixed beginning."""
    secret = drawn("s", rng.randint(130, 170), rng)
    return Credential(
        text="-".join(["pypi", "AgEIcHlwaS5vcmc" + secret]), secret=secret, name="TWINE_PASSWORD", stands_alone=True
    )


def sentry_organisation_token(rng: random.Random) -> Credential:
    """A JSON in base 64 and a random end, which is the secret."""
    told = base64.b64encode(
        json.dumps(
            {
                "iat": 1700000000.1,
                "url": "https://sentry.example",
                "region_url": "https://de.sentry.example",
                "org": "acme",
            }
        ).encode()
    )
    secret = drawn("b", 43, rng)
    return Credential(
        text=f"sntrys_{told.decode()}_{secret}", secret=secret, name="SENTRY_AUTH_TOKEN", stands_alone=True
    )


MADE = [
    *(checksummed(prefix, "GITHUB_TOKEN") for prefix in ("ghp", "gho", "ghu", "ghs", "ghr")),
    checksummed("npm", "NPM_TOKEN"),
    Kind("json web token", "web", json_web_token),
    Kind("discord bot token", "chat, mail, payment, ai and monitoring", discord_bot_token),
    Kind("package upload token", "git, ci and registries", package_upload_token),
    Kind("sentry organisation token", "chat, mail, payment, ai and monitoring", sentry_organisation_token),
]
PREFIXED = [*CLOUD, *CODE, *SERVICES, *MADE]
