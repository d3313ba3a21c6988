-- A request runs on, or no longer; or it is over, and this is what it used; or it was refused elsewhere.
--
-- KEYS: as in reserve.lua
-- ARGV: the second in which it was reserved, tokens used, tokens given back, requests given back, lease (0: it runs no
-- longer), places...
local now = tonumber(redis.call('TIME')[1])
local taken, used, tokens, requests = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local lease = tonumber(ARGV[5])
for i = 6, #ARGV do
  if lease > 0 then
    redis.call('ZADD', KEYS[2], now + lease, ARGV[i])
  else
    redis.call('ZREM', KEYS[2], ARGV[i])
  end
end
if lease > 0 then
  redis.call('EXPIRE', KEYS[2], lease + 1)
end
if tokens > 0 and taken + 61 > now then
  redis.call('HINCRBY', KEYS[1], 't' .. taken, -tokens)
end
if requests > 0 and taken + 61 > now then
  redis.call('HINCRBY', KEYS[1], 'r' .. taken, -requests)
end
if used > 0 then
  redis.call('HINCRBY', KEYS[1], 't' .. now, used)
  redis.call('EXPIRE', KEYS[1], 62)
end
return 1
