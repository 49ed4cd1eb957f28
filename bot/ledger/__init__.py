"""The host feature: a sentence such as "lunch 12.50" becomes an intent, and an intent a row of the ledger.

Reading sentences and keeping rows belongs here; Discord, HTTP, SQL and anything about incidents does not.
The ledger's cog and the app may use it; it uses the store's ports and the model below.
"""
