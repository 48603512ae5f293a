-- Texts of documents that clients sent with their hash: one workspace's, no more than so many bytes, the unused first.
-- KEYS: the texts by hash, the times of their last use by hash.
-- ARGV: hash, milliseconds that an unused text is kept; then
--   nothing          answer the text, or nil;
--   text, bytes      keep it, within so many bytes of all texts. Their sum is the field `bytes`.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function forget(hash)
  local size = redis.call('HSTRLEN', KEYS[1], hash)
  redis.call('HDEL', KEYS[1], hash)
  redis.call('ZREM', KEYS[2], hash)
  return redis.call('HINCRBY', KEYS[1], 'bytes', -size)
end
local text = redis.call('HGET', KEYS[1], ARGV[1])
if text then
  local used = redis.call('ZSCORE', KEYS[2], ARGV[1])
  if not used or tonumber(used) < now - tonumber(ARGV[2]) then
    forget(ARGV[1])
    text = false
  end
end
if not text and #ARGV == 2 then
  return false
end
if not text then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  local bytes = redis.call('HINCRBY', KEYS[1], 'bytes', #ARGV[3])
  while bytes > tonumber(ARGV[4]) do
    local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
    if not oldest then
      break
    end
    bytes = forget(oldest)
  end
end
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return text
