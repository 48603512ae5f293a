-- Who is it, how often, and at what price: principal, request window and points in one call.
-- Windows are fixed, 60 s from their first request. Points are a bucket that fills steadily; what is kept of it is the
-- moment (milliseconds since 1970) at which it will be full again.
-- KEYS: the principal, the key's window, the address's window, the key's points.
-- ARGV, by its first word; `figures` are requests a window, points, capacity and points restored a second:
--   look, digest, figures      a principal with this digest is charged, otherwise the address's window is only told;
--   key, text, ms, figures     the key is good: keep its principal for so long, and charge it;
--   address                    the key is no good: charge the address;
--   draw, figures              draw points only.
-- Answers {the principal or nil, requests in the window, milliseconds left, points left, milliseconds until enough};
-- points left are -1 when nothing was drawn because the request is refused or the figures are not known.
local function draw(at)
  local points, capacity, restored = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  if capacity == 0 then
    return -1, 0
  end
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
  local full = math.max(tonumber(redis.call('GET', KEYS[4]) or now), now)
  local left = capacity - (full - now) * restored / 1000
  if points > left then
    return math.max(left, 0), math.max(1, math.ceil((points - left) * 1000 / restored))
  end
  if points > 0 then
    full = full + points * 1000 / restored
    redis.call('SET', KEYS[4], string.format('%.3f', full), 'PX', math.ceil(full - now) + 1)
  end
  return left - points, 0
end

local word = ARGV[1]
if word == 'draw' then
  return {false, 0, 0, draw(3)}
end
local found, window, figures = false, KEYS[2], 3
if word == 'look' then
  found = redis.call('GET', KEYS[1])
  if not found or string.sub(found, 1, 64) ~= ARGV[2] then
    local count = redis.call('GET', KEYS[3])
    if not count then
      return {false, 0, 60000, -1, 0}
    end
    return {false, tonumber(count), redis.call('PTTL', KEYS[3]), -1, 0}
  end
elseif word == 'address' then
  window = KEYS[3]
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  figures = 4
end
local count, left = redis.call('INCR', window), 60000
if count == 1 then
  redis.call('PEXPIRE', window, 60000)
else
  left = redis.call('PTTL', window)
end
if word == 'address' or count > tonumber(ARGV[figures]) then
  return {found, count, left, -1, 0}
end
return {found, count, left, draw(figures + 1)}
