-- All orders of one turn of a replica's event loop, in their order. ARGV: the replica, the queue's bound, the orders,
-- which of the replica's connections this is.
-- The answer: {one result for each order, length of the queue, whether to ask again, whether it was unknown here}.

local me, queue_length, connection = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])

-- What was said on an earlier connection can arrive late; nobody waits for its answer, so it must not count.
if connection < tonumber(redis.call('HGET', CONNECTIONS, me) or 0) then
  return redis.error_reply('STALE said on a connection that was given up')
end

local was_unknown = redis.call('ZADD', REPLICAS, 'NX', exact(now), me) == 1
local orders = {}

local REMEMBER_SECONDS = 60
local function is_over(job) return PREFIX .. 'over:' .. job end

local function set_of(list)
  local set = {}
  for _, each in ipairs(list) do set[each] = true end
  return set
end

-- The position of the job; -1 if the queue is full, -2 if somebody has it already. And which of the replica's own jobs
-- has given its place up to it.
function orders.submit(entry)
  local job, mine = entry[1], ''
  if redis.call('HEXISTS', CLAIMED, job) == 1 then return {-2, mine} end
  if redis.call('HEXISTS', QUEUED, job) == 0 then
    if redis.call('HLEN', QUEUED) >= queue_length then
      local row = yielded_to(entry)
      if not row then return {-1, mine} end
      give_up(row)
      local gone, home = row[1][1], row[1][7]
      if home == me then mine = gone else tell(home, 'Y' .. gone) end
    end
    push_in_turn(entry)
  end
  return {position(unpacked(QUEUED, job)), mine}
end

function orders.claim(limit, excluding, askers)
  local taken = {}
  if redis.call('EXISTS', SETTLING) == 0 then
    local opening = {excluding = set_of(excluding), askers = askers and set_of(askers), count = askers and #askers}
    taken = take(limit, opening, me)
  end
  if #taken < limit then
    redis.call('SADD', HUNGRY, me)
    fresh_for_me = {}
  end
  return taken
end

function orders.requeue(job)
  local row = unpacked(CLAIMED, job)
  if row and row[2] == me then put_back(job, row) end
  return 0
end

function orders.withdraw(job)
  local row = unpacked(QUEUED, job)
  if row then unqueue(job, row) end
  return 0
end

-- Over, says whoever had claimed it, or its home.
function orders.release(job, home)
  local row = unpacked(CLAIMED, job)
  if row and (row[2] == me or home == me) then unclaim(job, row) end
  if home ~= me and row and row[2] == me then tell(home, 'D' .. job) end
  return 0
end

function orders.positions(jobs)
  local found = {}
  for index, job in ipairs(jobs) do
    local row = unpacked(QUEUED, job)
    found[index] = row and position(row) or -1
  end
  return found
end

-- The claims that `me` knows of count; the server may have forgotten some, or counted the replica among the dead.
-- Answers which jobs are held, and which others have.
local function resume_held(entries, cut_off)
  local held, conflicts = {}, {}
  for _, entry in ipairs(entries) do
    local job, home = entry[1], entry[7]
    local claimed, queued = unpacked(CLAIMED, job), unpacked(QUEUED, job)
    if claimed and claimed[2] ~= me then
      conflicts[#conflicts + 1] = job
    elseif home == me or not cut_off then
      if queued then unqueue(job, queued) end
      if not claimed then lease(entry, me) end
      held[job] = true
    end
  end
  return held, conflicts
end

local function put_back_all_but(held)
  for _, job in ipairs(redis.call('SMEMBERS', held_by(me))) do
    local row = unpacked(CLAIMED, job)
    if row and not held[job] then put_back(job, row) end
  end
end

-- Answers {job, claimer} of those that somebody has, and those that somebody had.
local function resume_waiting(entries, wanted)
  local taken, over = {}, {}
  for _, entry in ipairs(entries) do
    local job = entry[1]
    local claimed = unpacked(CLAIMED, job)
    wanted[job] = true
    if claimed then
      taken[#taken + 1] = {job, claimed[2]}
    elseif redis.call('EXISTS', is_over(job)) == 1 then
      over[#over + 1] = job
    elseif redis.call('HEXISTS', QUEUED, job) == 0 then
      push_in_turn(entry)
    end
  end
  return taken, over
end

-- Answers which jobs are queued, and which are unknown.
local function resume_lent(jobs, wanted)
  local back, unknown = {}, {}
  for _, job in ipairs(jobs) do
    if redis.call('HEXISTS', QUEUED, job) == 1 then
      back[#back + 1], wanted[job] = job, true
    elseif redis.call('HEXISTS', CLAIMED, job) == 0 then
      unknown[#unknown + 1] = job
    end
  end
  return back, unknown
end

local function drop_all_but(wanted)
  local rows = redis.call('HGETALL', QUEUED)
  for cell = 1, #rows, 2 do
    local row = cmsgpack.unpack(rows[cell + 1])
    if row[1][7] == me and not wanted[rows[cell]] then unqueue(rows[cell], row) end
  end
end

-- What was over at the time of an outage. The server may have forgotten the claim, or that it was released, and the home
-- may never have heard of either: it would have the job queued again.
local function resume_released(jobs, has_changed)
  for _, released in ipairs(jobs) do
    local job, home = released[1], released[2]
    local row, queued = unpacked(CLAIMED, job), unpacked(QUEUED, job)
    orders.release(job, home)
    if has_changed and home ~= me and (not row or row[2] == me) then
      if queued then unqueue(job, queued) end
      redis.call('SET', is_over(job), 1, 'EX', REMEMBER_SECONDS)
      tell(home, 'O' .. job)
    end
  end
end

-- After a connection was made: what the replica knows and what the server does are made one. `released` are {job, home}
-- of what it was done with lately, `held` the entries that it has claimed, `waiting` those of its own that should be
-- queued, `lent` ids of its own that others had claimed; `has_changed` if this is not the server that it was.
-- The answer: {epoch, ms until claims are answered, lent jobs that are queued, lent jobs that are unknown here,
-- {job, claimer} of waiting jobs that others have, waiting jobs that are over, held jobs that others have, whether the
-- replica was counted dead}.
function orders.resume(known)
  if redis.call('SADD', RUNS, known.run) == 1 and known.settling_ms > 0 then
    redis.call('SET', SETTLING, 1, 'PX', known.settling_ms)
  end
  redis.call('HSET', CONNECTIONS, me, connection)
  redis.call('SET', EPOCH, known.candidate, 'NX')
  local epoch = redis.call('GET', EPOCH)
  local cut_off = epoch == known.epoch and (was_unknown or known.was_unknown)
  resume_released(known.released, known.has_changed)
  local held, conflicts = resume_held(known.held, cut_off)
  put_back_all_but(held)
  local wanted = {}
  local taken, over = resume_waiting(known.waiting, wanted)
  local back, unknown = resume_lent(known.lent, wanted)
  drop_all_but(wanted)
  return {epoch, math.max(0, redis.call('PTTL', SETTLING)), back, unknown, taken, over, conflicts, cut_off}
end

-- Jobs of mine that others had claimed, in case the server knows nothing of them. The answer: {those that are queued
-- now, those that are over}.
function orders.restore(entries)
  local restored, over = {}, {}
  for _, entry in ipairs(entries) do
    local job = entry[1]
    if redis.call('EXISTS', is_over(job)) == 1 then
      over[#over + 1] = job
    elseif redis.call('HEXISTS', QUEUED, job) == 0 and redis.call('HEXISTS', CLAIMED, job) == 0 then
      push_in_front(entry)
      restored[#restored + 1] = job
    end
  end
  return {restored, over}
end

function orders.goodbye()
  bury(me)
  return 0
end

local results = {}
for index, order in ipairs(cmsgpack.unpack(ARGV[3])) do
  results[index] = orders[order[1]](order[2], order[3], order[4])
end
local ask_again = wake_the_hungry(me)
return cmsgpack.pack({results, redis.call('HLEN', QUEUED), ask_again, was_unknown})
