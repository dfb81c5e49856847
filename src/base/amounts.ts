/** Puts numbers, ratios and sizes into words, in the same way in answers and in pictures. */

/** `1,234,567`: a number with thousands separators. */
export function formatNumber(amount: number): string {
	return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `86.9 %` of a ratio from 0 to 1. */
export function formatPercent(ratio: number): string {
	return `${(ratio * 100).toFixed(1)} %`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `1.2 GB`: bytes in the largest unit of which there is at least one, in powers of 1,000. */
export function formatBytes(bytes: number): string {
	const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
	const amount = bytes / 1000 ** power;
	return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[power]}`;
}
