"""Faults that other services answer with; one line is a group: name | frames | type | message."""

DISCORD = """
interaction gone in close | bot/cogs/tickets.py:close > lib:discord/interactions.py:defer > lib:discord/webhook/async_.py:request | discord.errors.NotFound | 404 Not Found (error code: 10062): Unknown interaction
interaction gone in open | bot/cogs/tickets.py:open_ticket > lib:discord/interactions.py:defer > lib:discord/webhook/async_.py:request | discord.errors.NotFound | 404 Not Found (error code: 10062): Unknown interaction
message gone in close | bot/cogs/tickets.py:close > lib:discord/message.py:edit > lib:discord/http.py:request | discord.errors.NotFound | 404 Not Found (error code: 10008): Unknown Message
ban lacks permission | bot/cogs/moderation.py:ban > lib:discord/guild.py:ban > lib:discord/http.py:request | discord.errors.Forbidden | 403 Forbidden (error code: 50013): Missing Permissions
ban lacks access | bot/cogs/moderation.py:ban > lib:discord/guild.py:ban > lib:discord/http.py:request | discord.errors.Forbidden | 403 Forbidden (error code: 50001): Missing Access
kick lacks permission | bot/cogs/moderation.py:kick > lib:discord/guild.py:kick > lib:discord/http.py:request | discord.errors.Forbidden | 403 Forbidden (error code: 50013): Missing Permissions
closed private messages | bot/cogs/remind.py:deliver > lib:discord/abc.py:send > lib:discord/http.py:request | discord.errors.Forbidden | 403 Forbidden (error code: 50007): Cannot send messages to this user
answer too long | bot/cogs/ask.py:answer > lib:discord/abc.py:send > lib:discord/http.py:request | discord.errors.HTTPException | 400 Bad Request (error code: 50035): Invalid Form Body\\nIn content: Must be 2000 or fewer in length.
stats limited | bot/cogs/stats.py:refresh > lib:discord/channel.py:edit > lib:discord/http.py:request | discord.errors.HTTPException | 429 Too Many Requests (error code: 0): retry after <f>
stats upstream down | bot/cogs/stats.py:refresh > lib:discord/channel.py:edit > lib:discord/http.py:request | discord.errors.DiscordServerError | 503 Service Unavailable (error code: 0): upstream connect error
already in voice | bot/cogs/music.py:join > lib:discord/abc.py:connect | discord.errors.ClientException | Already connected to a voice channel.
bad login | bot/app.py:start > lib:discord/client.py:login > lib:discord/http.py:static_login | discord.errors.LoginFailure | Improper token has been passed.
gateway 4014 | bot/app.py:start > lib:discord/client.py:connect > lib:discord/gateway.py:poll_event | discord.errors.ConnectionClosed | Shard ID <n> WebSocket closed with 4014
gateway 4004 | bot/app.py:start > lib:discord/client.py:connect > lib:discord/gateway.py:poll_event | discord.errors.ConnectionClosed | Shard ID <n> WebSocket closed with 4004
keep-alive only in the library | lib:discord/gateway.py:run > lib:discord/gateway.py:get_payload | RuntimeError | heartbeat of shard <n> is <f> s late
"""

GOOGLE = """
sheet read quota | bot/apis/sheets.py:read_rows > lib:gspread/worksheet.py:get_all_values > lib:gspread/http_client.py:request | gspread.exceptions.APIError | APIError: [429]: Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service 'sheets.googleapis.com' for consumer 'project_number:<n>'.
sheet read denied | bot/apis/sheets.py:read_rows > lib:gspread/worksheet.py:get_all_values > lib:gspread/http_client.py:request | gspread.exceptions.APIError | APIError: [403]: The caller does not have permission
sheet read down | bot/apis/sheets.py:read_rows > lib:gspread/worksheet.py:get_all_values > lib:gspread/http_client.py:request | gspread.exceptions.APIError | APIError: [503]: The service is currently unavailable.
sheet append quota | bot/apis/sheets.py:append_row > lib:gspread/worksheet.py:append_rows > lib:gspread/http_client.py:request | gspread.exceptions.APIError | APIError: [429]: Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per user' of service 'sheets.googleapis.com' for consumer 'project_number:<n>'.
worksheet missing | bot/apis/sheets.py:worksheet > lib:gspread/spreadsheet.py:worksheet | gspread.exceptions.WorksheetNotFound | Ledger
google grant gone | bot/apis/sheets.py:authorised > lib:google/oauth2/_client.py:_handle_error_response | google.auth.exceptions.RefreshError | ('invalid_grant: Invalid JWT Signature.', {'error': 'invalid_grant'})
"""

HTTP = """
guild api limited | bot/apis/guilds.py:fetch > lib:httpx/_models.py:raise_for_status | httpx.HTTPStatusError | Client error '429 Too Many Requests' for url 'https://api.example.com/v1/guilds/<snow>'
guild api denied | bot/apis/guilds.py:fetch > lib:httpx/_models.py:raise_for_status | httpx.HTTPStatusError | Client error '401 Unauthorized' for url 'https://api.example.com/v1/guilds/<snow>'
guild api gone bad | bot/apis/guilds.py:fetch > lib:httpx/_models.py:raise_for_status | httpx.HTTPStatusError | Server error '502 Bad Gateway' for url 'https://api.example.com/v1/guilds/<snow>'
guild api internal | bot/apis/guilds.py:fetch > lib:httpx/_models.py:raise_for_status | httpx.HTTPStatusError | Server error '500 Internal Server Error' for url 'https://api.example.com/v1/guilds/<snow>'
weather read timeout | bot/cogs/weather.py:fetch > lib:httpx/_client.py:send > lib:httpx/_transports/default.py:map_httpcore_exceptions | httpx.ReadTimeout |
quotes read timeout | bot/cogs/quotes.py:fetch > lib:httpx/_client.py:send > lib:httpx/_transports/default.py:map_httpcore_exceptions | httpx.ReadTimeout |
weather name unknown | bot/cogs/weather.py:fetch > lib:httpx/_client.py:send > lib:httpx/_transports/default.py:map_httpcore_exceptions | httpx.ConnectError | [Errno -2] Name or service not known
weather unreachable | bot/cogs/weather.py:fetch > lib:httpx/_client.py:send > lib:httpx/_transports/default.py:map_httpcore_exceptions | httpx.ConnectError | All connection attempts failed
prices cannot connect | bot/apis/prices.py:latest > lib:aiohttp/client.py:_request > lib:aiohttp/connector.py:_wrap_create_connection | aiohttp.client_exceptions.ClientConnectorError | Cannot connect to host prices.example.com:443 ssl:default [Connect call failed ('<ip>', 443)]
prices disconnected | bot/apis/prices.py:latest > lib:aiohttp/client.py:_request > lib:aiohttp/streams.py:read | aiohttp.client_exceptions.ServerDisconnectedError | Server disconnected
prices not json | bot/apis/prices.py:latest > lib:aiohttp/client_reqrep.py:json | aiohttp.client_exceptions.ContentTypeError | 200, message='Attempt to decode JSON with unexpected mimetype: text/html', url='https://prices.example.com/v2/items/<n>'
prices forbidden | bot/apis/prices.py:latest > lib:aiohttp/client_reqrep.py:raise_for_status | aiohttp.client_exceptions.ClientResponseError | 403, message='Forbidden', url='https://prices.example.com/v2/items/<n>'
prices limited | bot/apis/prices.py:latest > lib:aiohttp/client_reqrep.py:raise_for_status | aiohttp.client_exceptions.ClientResponseError | 429, message='Too Many Requests', url='https://prices.example.com/v2/items/<n>'
model quota gone | bot/apis/model.py:complete > lib:openai/_base_client.py:_request | openai.RateLimitError | Error code: 429 - {'error': {'message': 'You exceeded your current quota', 'type': 'insufficient_quota', 'code': 'insufficient_quota'}}
model rate limited | bot/apis/model.py:complete > lib:openai/_base_client.py:_request | openai.RateLimitError | Error code: 429 - {'error': {'message': 'Rate limit reached in organization <org> on tokens per min: Limit <n>, Used <n>', 'type': 'tokens', 'code': 'rate_limit_exceeded'}}
model key refused | bot/apis/model.py:complete > lib:openai/_base_client.py:_request | openai.AuthenticationError | Error code: 401 - {'error': {'message': 'Incorrect API key provided', 'code': 'invalid_api_key'}}
model prompt too long | bot/apis/model.py:complete > lib:openai/_base_client.py:_request | openai.BadRequestError | Error code: 400 - {'error': {'message': 'This model has a context of 8192 tokens and you asked for <n>', 'code': 'context_length_exceeded'}}
model slow | bot/apis/model.py:complete > lib:openai/_base_client.py:_request | openai.APITimeoutError | Request timed out.
model broken | bot/apis/model.py:complete > lib:openai/_base_client.py:_request | openai.InternalServerError | Error code: 500 - {'error': {'message': 'The server had an error, request id <req>', 'code': None}}
model broken in summary | bot/cogs/summary.py:summarise > lib:openai/_base_client.py:_request | openai.InternalServerError | Error code: 500 - {'error': {'message': 'The server had an error, request id <req>', 'code': None}}
mail refused 535 | bot/notify/mail.py:send > std:smtplib.py:login | smtplib.SMTPAuthenticationError | (535, b'5.7.8 Authentication credentials invalid')
mail refused 550 | bot/notify/mail.py:send > std:smtplib.py:sendmail | smtplib.SMTPRecipientsRefused | (550, b'5.1.1 mailbox unavailable')
"""
