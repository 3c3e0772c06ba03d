/**
 * The acts on Redis, each one script, so that nothing comes between its look and its change. All keys of one call share
 * a hash tag. Redis itself lets things expire; `now` of the caller is only written down.
 *
 * Fields of a secret: b body, g gate, r receipt's key, c created, l lifetime, x hash of the claim, n replays.
 * Fields of a receipt: b box, m memo, s state, c, l, u updated, e ended, k looks, f first, t last, d displayed.
 */

/** KEYS secret, receipt; ARGV body, gate, receipt's key, box, now, lifetime. */
export const CREATE = `
redis.call('HSET', KEYS[1], 'b', ARGV[1], 'g', ARGV[2], 'r', ARGV[3], 'c', ARGV[5], 'l', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('HSET', KEYS[2], 'b', ARGV[4], 's', 'new', 'c', ARGV[5], 'l', ARGV[6], 'u', ARGV[5])
redis.call('PEXPIRE', KEYS[2], 2 * tonumber(ARGV[6]))
return 1`;

/** KEYS secret, receipt; ARGV now, hash of the claim or nothing, window, most replays. */
export const TAKE = `
local row = redis.call('HMGET', KEYS[1], 'b', 'x', 'n')
if not row[1] then return false end
if row[2] then
  if row[2] ~= ARGV[2] then return false end
  if tonumber(row[3] or '0') + 1 >= tonumber(ARGV[4]) then redis.call('DEL', KEYS[1])
  else redis.call('HINCRBY', KEYS[1], 'n', 1) end
  return row[1]
end
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HSET', KEYS[2], 's', 'revealed', 'e', ARGV[1], 'u', ARGV[1])
end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'x', ARGV[2])
  if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
end
return row[1]`;

/** KEYS secret; ARGV hash of the claim. */
export const ACKNOWLEDGE = `
if redis.call('HGET', KEYS[1], 'x') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/** KEYS secret, receipt; ARGV now. */
export const BURN = `
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[2], 's') ~= 'new' then return 0 end
redis.call('HSET', KEYS[2], 's', 'burned', 'e', ARGV[1], 'u', ARGV[1])
return 1`;

/** KEYS receipt; ARGV now. */
export const NOTE_ACCESS = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'k', 1)
redis.call('HSETNX', KEYS[1], 'f', ARGV[1])
redis.call('HSET', KEYS[1], 't', ARGV[1])
return 1`;

/** KEYS receipt; ARGV memo, now. */
export const SET_MEMO = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'm', ARGV[1], 'u', ARGV[2])
return 1`;

/** KEYS secret, receipt; ARGV earliest creation. */
export const DISPLAY = `
local row = redis.call('HMGET', KEYS[1], 'b', 'x')
if not row[1] or row[2] then return false end
local created = redis.call('HGET', KEYS[2], 'c')
if not created or tonumber(created) <= tonumber(ARGV[1]) then return false end
if redis.call('HSETNX', KEYS[2], 'd', '1') == 0 then return false end
return row[1]`;

/** KEYS counters; ARGV tries, then maximum, window and lock of each. Answers nothing, or what is left and the maximum. */
export const CHARGE = `
for i, key in ipairs(KEYS) do
  local max = tonumber(ARGV[3 * i - 1])
  if tonumber(redis.call('GET', key) or '0') >= max then return { redis.call('PTTL', key), max } end
end
if ARGV[1] == '0' then return false end
for i, key in ipairs(KEYS) do
  local tries = redis.call('INCR', key)
  if tries >= tonumber(ARGV[3 * i - 1]) then redis.call('PEXPIRE', key, ARGV[3 * i + 1])
  elseif tries == 1 then redis.call('PEXPIRE', key, ARGV[3 * i]) end
end
return false`;

/** KEYS list; ARGV box, created, most entries, milliseconds until the last is gone. */
export const ADD_TO_LIST = `
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[3]))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1`;
