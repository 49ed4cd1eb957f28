"""The outside world's one door: every outbound HTTP call, with its time limit, retries and typed errors.

An API here speaks the service's words and knows no order, incident or Discord; adapters above translate.
Anything above may call it; it uses only the redactor below.
"""
