/**
 * Holds the scripts of the buckets that replicas share. A bucket is a hash: `level`, its tokens; `at`, when they were true,
 * which lies ahead while the bucket is paused; `paused`, the milliseconds of all pauses. Only the server's clock counts.
 */
import { LONGEST_PAUSE_MS } from '../../cloudflare/limits.js';
import { Script } from './script.js';

/** A bucket is ahead by a pause at most. One that is further ahead shows that the server's clock was set back. */
const FURTHEST_AHEAD_MS = LONGEST_PAUSE_MS + 5_000;
/** How long a full bucket is kept. One that is missing counts as full. */
const KEEP_FULL_MS = 60_000;

const READ = `
local refill, capacity, tokens = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'level', 'at', 'paused')
local level, at, paused = tonumber(kept[1] or capacity), tonumber(kept[2] or now), tonumber(kept[3] or 0)
if at > now + ${FURTHEST_AHEAD_MS} then at = now end
level = math.min(capacity, level + math.max(0, now - at) / 1000 * refill)
at = math.max(at, now)
`;
const WRITE = `
redis.call('HSET', KEYS[1], 'level', level, 'at', at, 'paused', paused)
local full = math.max(0, capacity - level) / refill * 1000
redis.call('PEXPIRE', KEYS[1], math.ceil(full) + at - now + ${KEEP_FULL_MS})
`;

/**
 * Takes tokens, also in advance: those who ask later wait longer. Arguments: refill in a second, capacity, tokens, longest
 * wait in milliseconds. Answers with 1, or 0 where the wait would be longer and nothing was taken; the wait; and `paused`.
 */
export const TAKE = new Script(`${READ}
local missing = math.max(0, math.min(tokens, capacity) - level)
local wait = at - now + math.ceil(missing / refill * 1000)
if wait > tonumber(ARGV[4]) then return {0, wait, paused} end
level = level - tokens
${WRITE}
return {1, wait, paused}`);

/** Pauses a bucket, and leaves the tokens of one request in it. Arguments: as of {@link TAKE}, with the length of the pause last. */
export const PAUSE = new Script(`${READ}
local ends = now + tonumber(ARGV[4])
if ends <= at then return 0 end
paused = paused + ends - at
level = math.min(level, tokens)
at = ends
${WRITE}
return 1`);

/** Gives tokens back. A bucket that is missing is full. Argument: tokens. */
export const GIVE_BACK = new Script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HINCRBYFLOAT', KEYS[1], 'level', ARGV[1])
return 1`);
