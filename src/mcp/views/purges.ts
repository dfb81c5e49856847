/** Shows the last purges that Cloudflare has on record. */
import type { Analytics } from '../../operations/analytics/figures.js';
import { html, section } from './elements.js';
import { formatMoment } from './words.js';

/** The purges as the server orders them; undefined where there are none, or where the token may not read them. */
export function showPurges({ purges }: Analytics): HTMLElement | undefined {
	if (!Array.isArray(purges) || purges.length === 0) return undefined;
	const rows = purges.map(({ time, what, by, token, result }) => {
		const words = [what, by && `by ${by}`, token && `with the token ${token}`, result];
		return html('div', {}, [
			html('dt', { text: formatMoment(time) }),
			html('dd', { text: words.filter((one) => one !== undefined && one !== '').join(' · ') }),
		]);
	});
	return section('purges', 'Last purges (UTC)', [html('dl', { class: 'rows' }, rows)]);
}
