"""What happens here, as typed events, and the bus that records each before it delivers it.

Nothing here decides, stores, or knows a subscriber: the event log and the redactor are passed in.
Everything above may publish and subscribe; it uses nothing of the bot.
"""
