"""Groups of settings that belong together; `bot.settings.Settings` is made of all of them.

Only fields and their checks are here. What reads the environment and says what is wrong stands in `bot.settings`.
Nothing of the bot is imported but `setting_values`.
"""
