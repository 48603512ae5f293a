-- Who is it, and how often: principal and request window in one call. Windows are fixed, 60 s from their first request.
-- KEYS: the principal, the key's window, the address's window.
-- ARGV: the digest of the key that was shown; then
--   nothing     look: a principal with this digest is charged, otherwise the address's window is only told;
--   '' 0        the key is no good: charge the address;
--   text, ms    the key is good: keep its principal for so long, and charge it.
-- Answers {the principal or nil, requests in the window, milliseconds left}.
local found = false
local window = KEYS[2]
if #ARGV == 1 then
  found = redis.call('GET', KEYS[1])
  if not found or string.sub(found, 1, 64) ~= ARGV[1] then
    local count = redis.call('GET', KEYS[3])
    if not count then
      return {false, 0, 60000}
    end
    return {false, tonumber(count), redis.call('PTTL', KEYS[3])}
  end
elseif ARGV[2] == '' then
  window = KEYS[3]
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
local count = redis.call('INCR', window)
if count == 1 then
  redis.call('PEXPIRE', window, 60000)
  return {found, count, 60000}
end
return {found, count, redis.call('PTTL', window)}
