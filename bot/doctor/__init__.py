"""Every misconfiguration by name, with its remedy: for the command line, and for `/debug_doctor`.

Each check looks at the outside world itself and tells what it found; what it may not see it says it cannot tell.
Nothing is changed anywhere. It uses the doors in `apis` and the records, and gets its settings as values.
"""
