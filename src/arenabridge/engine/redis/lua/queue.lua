-- The fleet's queue, as engine/queue.py has it for one process, and what is known of the replicas. The other scripts
-- begin with this one. A script is one atomic step; its clock is the server's.
--
-- An entry is {job, key, weight, model, priority, asker, home}. A waiting job is a member of its priority's line: its
-- order of arrival in 16 digits, so that equal tags keep the order of arrival, then its id, a zero byte and its model, so
-- that claims pass others without reading them. It is also one of a line of the same priority's jobs of its asker, where
-- claims for few people find theirs however many others wait. Another form of these rows is another `engine.FORM`.

local PREFIX = KEYS[1]
local LINES = {[0] = PREFIX .. 'line:0', PREFIX .. 'line:1', PREFIX .. 'line:2'}
local QUEUED = PREFIX .. 'queued'       -- hash: job -> {entry, member of the line}
local CLAIMED = PREFIX .. 'claimed'     -- hash: job -> {entry, claimer}
local LOADS = PREFIX .. 'loads'         -- sorted set: key -> how many places it holds, by weight; see engine/places.py
local LAST_TAGS = PREFIX .. 'last-tags' -- hash: key -> tag of its last job
local STATE = PREFIX .. 'state'         -- hash: virtual-time, turns, arrivals, returns
local REPLICAS = PREFIX .. 'replicas'   -- sorted set: replica, by the time of its last beat
local ABOUT = PREFIX .. 'about'         -- hash: replica -> what it says of itself
local CONNECTIONS = PREFIX .. 'connections' -- hash: replica -> number of the one that it resumed on
local HUNGRY = PREFIX .. 'hungry'       -- set: replicas whose last claim was not filled
local EPOCH = PREFIX .. 'epoch'         -- which life of the data this is: another one, and all of it was lost
local RUNS = PREFIX .. 'runs'           -- set: the server's starts that were seen
local SETTLING = PREFIX .. 'settling'   -- there for a moment after a start
local EVERYBODY = PREFIX .. 'all'       -- channel

local BEGINS_WITH = {[0] = 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 2}
local LOOKS_AT = 100 -- jobs at once, until the line ends: it is no longer than the queue may be
local ORDER_ZERO = 4e15 -- in the middle of what 16 digits and a double can count

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6

-- Jobs that came into the queue in this step and are still there: for the others, and since my own last claim.
local fresh, fresh_for_me = {}, {}

local function held_by(replica) return PREFIX .. 'held:' .. replica end
local function tell(replica, message) return redis.call('PUBLISH', PREFIX .. 'to:' .. replica, message) end
local function is_here(replica) return redis.call('ZSCORE', REPLICAS, replica) end
local function exact(number) return string.format('%.17g', number) end -- Lua itself writes 14 digits
local function number_in_state(name) return tonumber(redis.call('HGET', STATE, name) or 0) end

local function unpacked(hash, job)
  local row = redis.call('HGET', hash, job)
  return row and cmsgpack.unpack(row)
end

local function line_of_asker(line, asker) return line .. ':of:' .. asker end

local function push(entry, tag, order)
  local job, line = entry[1], LINES[entry[5]]
  local member = string.format('%016.0f', ORDER_ZERO + order) .. job .. '\0' .. entry[4]
  redis.call('ZADD', line, exact(tag), member)
  redis.call('ZADD', line_of_asker(line, entry[6]), exact(tag), member)
  redis.call('HSET', QUEUED, job, cmsgpack.pack({entry, member}))
  fresh[job], fresh_for_me[job] = true, true
end

local function places_of(key) return PREFIX .. 'places:' .. key end -- sorted set: its jobs, in the order they came

local function weigh(key, weight)
  local jobs = redis.call('ZCARD', places_of(key))
  if jobs > 0 then redis.call('ZADD', LOADS, exact(jobs / weight), key) else redis.call('ZREM', LOADS, key) end
end

local function push_in_turn(entry)
  local key = entry[2]
  local last = tonumber(redis.call('HGET', LAST_TAGS, key) or 0)
  local tag = math.max(number_in_state('virtual-time'), last) + 1 / entry[3]
  redis.call('HSET', LAST_TAGS, key, exact(tag))
  local order = redis.call('HINCRBY', STATE, 'arrivals', 1)
  push(entry, tag, order)
  redis.call('ZADD', places_of(key), order, entry[1])
  weigh(key, entry[3])
end

local function push_in_front(entry)
  push(entry, 0, redis.call('HINCRBY', STATE, 'returns', -1))
end

local function unqueue(job, row)
  local line = LINES[row[1][5]]
  redis.call('ZREM', line, row[2])
  redis.call('ZREM', line_of_asker(line, row[1][6]), row[2])
  redis.call('HDEL', QUEUED, job)
  fresh[job], fresh_for_me[job] = nil, nil
  local entry = row[1]
  if redis.call('ZREM', places_of(entry[2]), job) == 1 then weigh(entry[2], entry[3]) end
end

-- The row of the job that has to give its place up to the entry's; nil if that one has to go.
local function yielded_to(entry)
  local key = redis.call('ZREVRANGE', LOADS, 0, 0)[1]
  if not key then return nil end
  local job = redis.call('ZREVRANGE', places_of(key), 0, 0)[1]
  local row = unpacked(QUEUED, job)
  if not row then -- a script was broken off
    redis.call('ZREM', places_of(key), job)
    weigh(key, 1)
    return nil
  end
  local mine = (redis.call('ZCARD', places_of(entry[2])) + 1) / entry[3]
  if mine <= (redis.call('ZCARD', places_of(key)) - 1) / row[1][3] then return row end
end

local function give_up(row)
  local entry = row[1]
  local key, tag = entry[2], tonumber(redis.call('ZSCORE', LINES[entry[5]], row[2]))
  unqueue(entry[1], row)
  if tonumber(redis.call('HGET', LAST_TAGS, key) or 0) == tag then
    redis.call('HSET', LAST_TAGS, key, exact(tag - 1 / entry[3]))
  end
end

local function position(row)
  local ahead = redis.call('ZRANK', LINES[row[1][5]], row[2])
  for higher = 0, row[1][5] - 1 do ahead = ahead + redis.call('ZCARD', LINES[higher]) end
  return ahead
end

-- A claimed job is its claimer's. Its home hears of it unless it is the claimer: it must know what it has lent, should
-- the server forget.
local function lease(entry, claimer)
  local job, home = entry[1], entry[7]
  redis.call('HSET', CLAIMED, job, cmsgpack.pack({entry, claimer}))
  redis.call('SADD', held_by(claimer), job)
  if home ~= claimer then tell(home, 'T' .. cmsgpack.pack({job, claimer})) end
end

local function unclaim(job, row)
  redis.call('HDEL', CLAIMED, job)
  redis.call('SREM', held_by(row[2]), job)
end

-- Nobody waits for a job whose home is gone.
local function put_back(job, row)
  unclaim(job, row)
  local home = row[1][7]
  if is_here(home) then
    push_in_front(row[1])
    if home ~= row[2] then tell(home, 'R' .. job) end
  end
end

-- The row of the member's job, if the opening is for it.
local function row_for(opening, member)
  local zero = string.find(member, '\0', 17, true)
  if opening.excluding[string.sub(member, zero + 1)] then return nil end
  local row = unpacked(QUEUED, string.sub(member, 17, zero - 1))
  return row and (not opening.askers or opening.askers[row[1][6]]) and row
end

-- The first job of the line that the opening is for: its member and row.
local function first_of(line, opening)
  local from, to = 0, 0 -- most often it is the very first
  while true do
    local members = redis.call('ZRANGE', line, from, to)
    if #members == 0 then return nil end
    for _, member in ipairs(members) do
      local row = row_for(opening, member)
      if row then return member, row end
    end
    from, to = to + 1, to + LOOKS_AT
  end
end

local function first_in(line, opening)
  if not opening.askers or redis.call('ZCARD', line) <= opening.count then return first_of(line, opening) end
  local first, first_row, first_tag
  for asker in pairs(opening.askers) do
    local member, row = first_of(line_of_asker(line, asker), opening)
    local tag = member and tonumber(redis.call('ZSCORE', line, member))
    if tag and (not first or tag < first_tag or (tag == first_tag and member < first)) then
      first, first_row, first_tag = member, row, tag
    end
  end
  return first, first_row
end

local function next_for(opening)
  local begins_with = BEGINS_WITH[number_in_state('turns') % (#BEGINS_WITH + 1)]
  local member, row = first_in(LINES[begins_with], opening)
  for priority = 0, 2 do
    if not member and priority ~= begins_with then member, row = first_in(LINES[priority], opening) end
  end
  if member then redis.call('HINCRBY', STATE, 'turns', 1) end
  return row
end

-- A key whose last tag has passed starts afresh anyway: what is kept is bounded by what is queued.
local function forget_idle_keys()
  if redis.call('HLEN', LAST_TAGS) <= redis.call('HLEN', QUEUED) + 64 then return end
  local virtual_time = number_in_state('virtual-time')
  local tags = redis.call('HGETALL', LAST_TAGS)
  for cell = 1, #tags, 2 do
    if tonumber(tags[cell + 1]) <= virtual_time then redis.call('HDEL', LAST_TAGS, tags[cell]) end
  end
end

local function take(limit, opening, claimer)
  local taken = {}
  while #taken < limit do
    local row = next_for(opening)
    if not row then break end
    local job, tag = row[1][1], tonumber(redis.call('ZSCORE', LINES[row[1][5]], row[2]))
    if tag > number_in_state('virtual-time') then redis.call('HSET', STATE, 'virtual-time', exact(tag)) end
    unqueue(job, row)
    lease(row[1], claimer)
    taken[#taken + 1] = row[1]
  end
  forget_idle_keys()
  return taken
end

-- Those who asked in vain hear of new jobs, once, until they have asked again: under load nobody is woken. True if
-- `me` should ask again.
local function wake_the_hungry(me)
  if not next(fresh) then return false end
  local mine = false
  for _, replica in ipairs(redis.call('SMEMBERS', HUNGRY)) do
    if replica ~= me then
      tell(replica, 'W')
      redis.call('SREM', HUNGRY, replica)
    elseif next(fresh_for_me) then
      mine = true
      redis.call('SREM', HUNGRY, replica)
    end
  end
  return mine
end

-- It is dead, or has said goodbye: what it had claimed for others is theirs again, what it wanted nobody wants.
local function bury(replica)
  redis.call('ZREM', REPLICAS, replica)
  redis.call('HDEL', ABOUT, replica)
  redis.call('HDEL', CONNECTIONS, replica)
  redis.call('SREM', HUNGRY, replica)
  for _, job in ipairs(redis.call('SMEMBERS', held_by(replica))) do
    local row = unpacked(CLAIMED, job)
    if row then put_back(job, row) end
  end
  redis.call('DEL', held_by(replica))
  local rows = redis.call('HGETALL', QUEUED)
  for cell = 1, #rows, 2 do
    local row = cmsgpack.unpack(rows[cell + 1])
    if row[1][7] == replica then unqueue(rows[cell], row) end
  end
  redis.call('PUBLISH', EVERYBODY, 'G' .. string.format('%017.6f', now) .. replica)
end
