"""The outside world's one door: every outbound HTTP call, with its time limit, retries and typed errors.

An API here speaks the service's words and knows no order, incident or Discord; adapters above translate.
Anything above may call it; it uses only the redactor below.
"""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # its command line: rich and click, never used here
