/** Compares the clock of this machine with that of the API. Pure. */
import type { ApiAnswer } from '../../cloudflare/api.js';
import { type Finding, fix, ok } from './finding.js';

/** A clock that differs by more makes logs and expiry times misleading. */
const CLOCK_TOLERANCE_SECONDS = 60;

const SET_CLOCK: Partial<Record<NodeJS.Platform, string>> = {
	linux: 'sudo timedatectl set-ntp true',
	darwin: 'sudo sntp -sS time.apple.com',
	win32: 'w32tm /resync',
};

/** Compares the header Date of an answer with `now`, in milliseconds since 1970. Says nothing where it has none. */
export function checkClock({ date }: Pick<ApiAnswer, 'date'>, now: number, os: NodeJS.Platform): Finding[] {
	const apiTime = Date.parse(date ?? '');
	if (Number.isNaN(apiTime)) return [];
	const seconds = Math.round((now - apiTime) / 1000);
	if (Math.abs(seconds) <= CLOCK_TOLERANCE_SECONDS) return [ok('clock', 'the clock agrees with the API')];
	const direction = seconds > 0 ? 'ahead of' : 'behind';
	const command = SET_CLOCK[os] ?? 'the time service of this system';
	return [
		fix('clock', `the clock of this machine is ${Math.abs(seconds)} s ${direction} the API`, [`Set it: ${command}`]),
	];
}
