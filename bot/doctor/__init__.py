"""Every misconfiguration by name, with its remedy: for the command line, and for `/debug_doctor`.

Each check looks at the outside world itself and tells what it found; what it may not see it says it cannot tell.
Nothing is changed but a note in the store, to see that it keeps what it is given. The doors are those of `apis`.
"""
