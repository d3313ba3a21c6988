-- Let a key's request in, or not. Requests and tokens of the last minute are sums of its seconds, as in
-- accounts/limits.py; what runs is a set of places, each with the time until which it counts.
--
-- KEYS: minute (a hash: r<second>, t<second>), running (a sorted set)
-- ARGV: requests a minute, tokens a minute, at a time (-1: no limit), tokens, lease, places...
-- Gives: 1 or 0, the second, how many run, {second, requests, tokens, ...}
local now = tonumber(redis.call('TIME')[1])
local most_requests, most_tokens, most_running = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tokens, lease, requests = tonumber(ARGV[4]), tonumber(ARGV[5]), #ARGV - 5

local seconds, order = {}, {}
local function at(second)
  if not seconds[second] then
    seconds[second] = { 0, 0 }
    order[#order + 1] = second
  end
  return seconds[second]
end

local kept, used_requests, used_tokens = redis.call('HGETALL', KEYS[1]), 0, 0
for i = 1, #kept, 2 do
  local second, amount = tonumber(string.sub(kept[i], 2)), tonumber(kept[i + 1])
  if second + 61 <= now then
    redis.call('HDEL', KEYS[1], kept[i])
  elseif string.sub(kept[i], 1, 1) == 'r' then
    at(second)[1] = amount
    used_requests = used_requests + amount
  else
    at(second)[2] = amount
    used_tokens = used_tokens + amount
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local running = redis.call('ZCARD', KEYS[2])

local let_in = (most_requests < 0 or used_requests + requests <= most_requests)
  and (most_tokens < 0 or used_tokens + tokens <= most_tokens)
  and (most_running < 0 or running + requests <= most_running)
if let_in then
  redis.call('HINCRBY', KEYS[1], 'r' .. now, requests)
  redis.call('HINCRBY', KEYS[1], 't' .. now, tokens)
  redis.call('EXPIRE', KEYS[1], 62)
  local here = at(now)
  here[1], here[2] = here[1] + requests, here[2] + tokens
  for i = 6, #ARGV do
    redis.call('ZADD', KEYS[2], now + lease, ARGV[i])
  end
  redis.call('EXPIRE', KEYS[2], lease + 1)
  running = running + requests
end

local flat = {}
for _, second in ipairs(order) do
  flat[#flat + 1] = second
  flat[#flat + 1] = seconds[second][1]
  flat[#flat + 1] = seconds[second][2]
end
return { let_in and 1 or 0, now, running, flat }
