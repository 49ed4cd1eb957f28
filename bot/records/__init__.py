"""What outlives a restart: work orders, proposals, incidents, the ledger's rows, and the one store that keeps them.

Records are frozen and know their own rules (which status may follow which); they do not know Discord, GitHub or HTTP.
Everything above may read and write through the ports in `store`; only the `sql_` modules speak SQL.
"""
