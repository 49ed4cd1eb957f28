"""The playbooks that come with the bot, in the order in which they are tried on an error; the first is the default.

The six of old come first among their kind: what is narrow stands before what is wide, so that `database schema` meets
the schema. What each action does to this bot is told where they are registered; here are only names.
"""

from bot.healing.playbook import Playbook

INGESTION_REPLAY = Playbook(
    id="ingestion_replay",
    title="Write the rows that could not be written",
    kind="retry",
    steps=("clear_ingestion_cache", "reset_pipeline_state", "retry_ingestion"),
    errors=("ingestion",),
)
SCHEMA_RECOVERY = Playbook(
    id="schema_recovery",
    title="Check, back up and repair the sheet's header",
    kind="data_fix",
    steps=("validate_schema", "backup_current_schema", "apply_schema_fix", "verify_schema"),
    errors=("schema", "header"),
)
MEMORY_CLEANUP = Playbook(
    id="memory_cleanup",
    title="Free the memory of caches that can be refilled",
    kind="cache_clear",
    steps=(
        "identify_large_caches", "clear_non_critical_caches", "stop_low_priority_tasks", "verify_memory_freed",
    ),
    errors=("memory", "oom"),
)  # fmt: skip
DATABASE_RECONNECT = Playbook(
    id="database_reconnect",
    title="Reopen the store's connections",
    kind="retry",
    steps=("close_existing_connections", "wait_with_backoff", "reconnect_database", "verify_connection"),
    errors=("database", "connection", "store", "db_health"),
)
PIPELINE_TIMEOUT_FIX = Playbook(
    id="pipeline_timeout_fix",
    title="Raise a time limit, or ask for faster code",
    kind="hybrid",
    steps=("analyze_timeout_cause", "check_if_code_issue", "apply_config_timeout"),
    errors=("timeout",),
    escalates=True,
)
VERIFICATION_FIX = Playbook(
    id="verification_fix",
    title="Ask for a patch of what is wrong in the code",
    kind="code_patch",
    steps=("analyze_failure_reason", "check_data_vs_logic_issue"),
    errors=("verification", "validation"),
    escalates=True,
)
COG_RELOAD = Playbook(
    id="cog_reload",
    title="Reload a part of the bot",
    kind="retry",
    steps=("reload_cog",),
    errors=("cog", "extension"),
    escalates=True,
)
COMMAND_RESYNC = Playbook(
    id="command_resync",
    title="Register the commands with Discord again",
    kind="retry",
    steps=("resync_commands",),
    errors=("command_sync", "commandsignaturemismatch", "commandnotfound"),
)
SESSION_REFRESH = Playbook(
    id="session_refresh",
    title="Reconnect to the gateway",
    kind="retry",
    steps=("refresh_session",),
    errors=("heartbeat", "gateway", "session"),
)
LOGIN_BACKOFF = Playbook(
    id="login_backoff",
    title="Wait longer between logins until Discord accepts them",
    kind="retry",
    steps=("back_off_login",),
    errors=("login", "ratelimit", "rate_limit"),
)
SHEET_FALLBACK = Playbook(
    id="sheet_fallback",
    title="Keep rows in the local store while the sheet is away, and replay them",
    kind="data_fix",
    steps=("use_local_store", "probe_sheet", "retry_ingestion"),
    errors=("sheet", "quota"),
)

GENERAL_RESTART = Playbook(
    id="general_restart",
    title="Restart: the operator's command, or else parts, connection, process, one step further each time",
    kind="retry",
    steps=("run_heal_command", "reload_parts", "reconnect_gateway", "exit_for_restart"),
    errors=("general_restart",),
)
SERVICE_RESTART = Playbook(
    id="service_restart",
    title="Restart a service that the operator listed",
    kind="retry",
    steps=("restart_service",),
    errors=("restart_service",),
)

ALL = (
    INGESTION_REPLAY,
    SCHEMA_RECOVERY,
    MEMORY_CLEANUP,
    SHEET_FALLBACK,
    DATABASE_RECONNECT,
    PIPELINE_TIMEOUT_FIX,
    VERIFICATION_FIX,
    COMMAND_RESYNC,
    COG_RELOAD,
    SESSION_REFRESH,
    LOGIN_BACKOFF,
    GENERAL_RESTART,
    SERVICE_RESTART,
)
