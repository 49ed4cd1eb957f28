"""What went wrong, as a record: the payload, how it is captured, its fingerprint, and the tokens that confirm its fix.

Nothing here talks to Discord, GitHub or a database, and nothing decides what happens next.
Everything above may use it; it uses only the log handler below.
"""
