/**
 * The scripts that keep snapshots. Of each snapshot there is a hash with `head` and `body`, both JSON. The index of each kind
 * has its id and its size, by the time at which it was stored.
 */
import { Script } from './script.js';

/**
 * Stores a snapshot, and deletes others that make room for it.
 * Keys: snapshot, index, other snapshots. Arguments: member, milliseconds that it is kept, head, body, members of the others.
 */
export const SAVE = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'head', ARGV[3], 'body', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[2])
for at = 3, #KEYS do
	redis.call('DEL', KEYS[at])
	redis.call('ZREM', KEYS[2], ARGV[at + 2])
end
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1`);

/** Reads a part of a snapshot; nil where it is longer than any that was stored here. Keys: snapshot. Arguments: part, longest. */
export const READ = new Script(`
if redis.call('HSTRLEN', KEYS[1], ARGV[1]) > tonumber(ARGV[2]) then return false end
return redis.call('HGET', KEYS[1], ARGV[1])`);
