/**
 * The scripts that keep unfinished calls. Each bears being run twice, because an answer can be lost after the script has run.
 *
 * Of each call there are a head (a hash: the head as JSON, `n` requests, `fence`, which names the holder of the last lease),
 * the requests (a list), the requests that are done (a bitmap) and the lease (its holder, for some seconds).
 */
import { Script } from './script.js';

/** Milliseconds since 1970 by the clock of the server, the only one that all replicas share. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** What is read of a call without its requests; nil where it is larger than any call that was stored here. */
const GLANCE = `
local function glance(head, done, maxHead, maxDone)
	if redis.call('HSTRLEN', head, 'head') > tonumber(maxHead) or redis.call('STRLEN', done) > tonumber(maxDone) then return nil end
	local bits = redis.call('GET', done) or ''
	local hex = string.gsub(bits, '.', function(byte) return string.format('%02x', string.byte(byte)) end)
	return { redis.call('HGET', head, 'head') or '', redis.call('HGET', head, 'n') or '', hex }
end`;

/**
 * Appends requests. Answers 1, or 0 where the list is not as long as it must be.
 * Keys: requests. Arguments: index of the first request, milliseconds that the list is kept, requests.
 */
export const PUSH = new Script(`
local length = redis.call('LLEN', KEYS[1])
local first, count = tonumber(ARGV[1]), #ARGV - 2
if length == first + count then return 1 end
if length ~= first then return 0 end
redis.call('RPUSH', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);

/**
 * Lists a call and leases it, once all its requests are there. It takes no more where the calls of the index are too many, or
 * too large together. Keys: head, requests, lease, index, sizes. Arguments: holder, handle, head, n, lease and life in
 * milliseconds, most calls, bytes of the call, most bytes.
 */
export const COMMIT = new Script(`${NOW}
if redis.call('EXISTS', KEYS[1]) == 1 then
	return redis.call('HGET', KEYS[1], 'fence') == ARGV[1] and 'begun' or 'torn'
end
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[4]) then return 'torn' end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
if redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[7]) then
	redis.call('DEL', KEYS[2])
	return 'full'
end
local bytes = tonumber(ARGV[8])
for _, handle in ipairs(redis.call('HKEYS', KEYS[5])) do
	if redis.call('ZSCORE', KEYS[4], handle) then
		bytes = bytes + (tonumber(redis.call('HGET', KEYS[5], handle)) or 0)
	else
		redis.call('HDEL', KEYS[5], handle)
	end
end
if bytes > tonumber(ARGV[9]) then
	redis.call('DEL', KEYS[2])
	return 'heavy'
end
redis.call('HSET', KEYS[5], ARGV[2], ARGV[8])
redis.call('PEXPIRE', KEYS[5], ARGV[6])
redis.call('HSET', KEYS[1], 'head', ARGV[3], 'n', ARGV[4], 'fence', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[5])
redis.call('ZADD', KEYS[4], now + ARGV[6], ARGV[2])
redis.call('PEXPIRE', KEYS[4], ARGV[6])
return 'begun'`);

/** Reads a call for a list. Keys: head, done. Arguments: longest head, longest bitmap, in bytes. */
export const LOOK = new Script(`${GLANCE}
if redis.call('HEXISTS', KEYS[1], 'n') == 0 then return { 'none' } end
local seen = glance(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
if not seen then return { 'broken' } end
return { 'seen', unpack(seen) }`);

/**
 * Leases a call that is listed and not leased. The new fence ends every earlier lease.
 * Keys: head, requests, done, lease, index. Arguments: holder, handle, lease in milliseconds, longest head and bitmap.
 */
export const CLAIM = new Script(`${GLANCE}
if not redis.call('ZSCORE', KEYS[5], ARGV[2]) or redis.call('HEXISTS', KEYS[1], 'n') == 0 then return { 'none' } end
local holder = redis.call('GET', KEYS[4])
if holder and holder ~= ARGV[1] then return { 'leased' } end
local seen = glance(KEYS[1], KEYS[3], ARGV[4], ARGV[5])
if not seen or tonumber(seen[2]) ~= redis.call('LLEN', KEYS[2]) then return { 'broken' } end
redis.call('HSET', KEYS[1], 'fence', ARGV[1])
redis.call('SET', KEYS[4], ARGV[1], 'PX', ARGV[3])
return { 'seen', unpack(seen) }`);

/** Reads some requests; nil where they are larger than any that were stored here. Keys: requests. Arguments: first, last, most bytes. */
export const READ = new Script(`
local requests, bytes = redis.call('LRANGE', KEYS[1], ARGV[1], ARGV[2]), 0
for _, request in ipairs(requests) do bytes = bytes + #request end
if bytes > tonumber(ARGV[3]) then return false end
return requests`);

/**
 * Notes requests as done for any caller, because Cloudflare has accepted them. Then renews the lease of the last holder, also
 * one that has run out meanwhile. Answers what that holder is: held, lost (another one has the call) or gone (nothing is kept).
 * Keys: head, done, lease. Arguments: holder, lease in milliseconds (0 renews nothing), indexes.
 */
export const HOLD = new Script(`
local fence = redis.call('HGET', KEYS[1], 'fence')
if redis.call('HEXISTS', KEYS[1], 'n') == 0 then
	return fence and fence ~= ARGV[1] and 'lost' or 'gone'
end
for at = 3, #ARGV do redis.call('SETBIT', KEYS[2], ARGV[at], 1) end
local life = redis.call('PTTL', KEYS[1])
if #ARGV > 2 and life > 0 then redis.call('PEXPIRE', KEYS[2], life) end
if fence ~= ARGV[1] then return 'lost' end
if ARGV[2] ~= '0' then redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2]) end
return 'held'`);

/**
 * Ends the lease of the last holder, and deletes the call where it is finished. The fence stays for a while, so that an
 * earlier holder that still works hears that it has lost the call.
 * Keys: head, requests, done, lease, index, sizes. Arguments: holder, handle, 1 where finished, milliseconds that the fence stays.
 */
export const RELEASE = new Script(`
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[4])
if ARGV[3] == '1' then
	redis.call('DEL', KEYS[2], KEYS[3])
	redis.call('HDEL', KEYS[1], 'head', 'n')
	redis.call('PEXPIRE', KEYS[1], ARGV[4])
	redis.call('ZREM', KEYS[5], ARGV[2])
	redis.call('HDEL', KEYS[6], ARGV[2])
end
return 1`);
