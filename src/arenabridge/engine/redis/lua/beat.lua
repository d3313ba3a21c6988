-- A sign of life; and whoever gives one sees to the dead. ARGV: the replica, the lease in seconds, what it says of
-- itself, the epoch that it knows, and the other replicas that it knows.
-- The answer: {{epoch, now, whether it was unknown here, {replica, seconds since its last beat}...}, what each says}.

local me, lease_seconds, about, known_epoch = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

-- If nobody has given a sign, it was the server that slept, or was away.
local latest = redis.call('ZREVRANGE', REPLICAS, 0, 0, 'WITHSCORES')
if latest[2] and now - tonumber(latest[2]) > lease_seconds then
  for _, replica in ipairs(redis.call('ZRANGE', REPLICAS, 0, -1)) do redis.call('ZADD', REPLICAS, now, replica) end
end
local was_unknown = redis.call('ZADD', REPLICAS, now, me) == 1
redis.call('HSET', ABOUT, me, about)

-- A server that has lost its data is told whose death it is to notice.
local epoch = redis.call('GET', EPOCH) or ''
if epoch ~= known_epoch then
  for index = 5, #ARGV do redis.call('ZADD', REPLICAS, 'NX', now, ARGV[index]) end
end

for _, replica in ipairs(redis.call('ZRANGEBYSCORE', REPLICAS, '-inf', '(' .. exact(now - 2 * lease_seconds))) do
  bury(replica)
end
if wake_the_hungry(me) then tell(me, 'W') end
tell(me, 'P')

local scores = redis.call('ZRANGE', REPLICAS, 0, -1, 'WITHSCORES')
local replicas, answer = {}, {}
for cell = 1, #scores, 2 do
  replicas[#replicas + 1] = {scores[cell], now - tonumber(scores[cell + 1])}
  answer[#answer + 1] = redis.call('HGET', ABOUT, scores[cell]) or ''
end
table.insert(answer, 1, cmsgpack.pack({epoch, now, was_unknown, replicas}))
return answer
