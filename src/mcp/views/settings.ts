/** Shows the settings of a zone: the way of a request, the mappings of its origins, and what else is set. */
import { formatNumber } from '../../base/amounts.js';
import { isObject } from '../../base/json.js';
import { readRegions } from './content.js';
import { drawTiers, listTiers } from './drawing.js';
import { fitted, html, section } from './elements.js';
import { type Facts, toTiers } from './tiers.js';
import { showBar } from './traffic.js';

/** The way of a request. */
export function showWay(facts: Facts): HTMLElement {
	const tiers = toTiers(facts);
	return section('way', 'The way of a request', [fitted((width) => drawTiers(tiers, width)), listTiers(tiers)]);
}

/** The mappings by vendor and region; undefined where there are none. */
export function showMappings(facts: Facts): HTMLElement | undefined {
	const regions = readRegions(facts);
	if (regions.length === 0) return undefined;
	const total = Number(facts.origin_cloud_regions?.value ?? 0);
	const read = regions.reduce((sum, { origins }) => sum + origins, 0);
	const most = Math.max(...regions.map(({ origins }) => origins));
	const vendors = [...new Set(regions.map(({ vendor }) => vendor))];
	return section('mappings', 'Origins by cloud region', [
		...(read < total
			? [html('p', { class: 'quiet', text: `The first ${formatNumber(read)} of ${formatNumber(total)} mappings.` })]
			: []),
		html(
			'div',
			{ class: 'vendors' },
			vendors.map((vendor) =>
				html('div', {}, [
					html('h3', { text: vendor }),
					html(
						'ul',
						{ class: 'bars' },
						regions
							.filter((one) => one.vendor === vendor)
							.map(({ region, origins }) =>
								showBar({ name: region, value: formatNumber(origins), share: origins / most, style: 'served' }),
							),
					),
				]),
			),
		),
	]);
}

/** What is set beside the tiers. */
export function showOthers(facts: Facts): HTMLElement {
	const rows = [
		['Image variants', facts.variants, describeKeys],
		['Environments', facts.environments, describeNames],
		['Last clear of Cache Reserve', facts.cache_reserve_clear, describeState],
		['Rules', facts.cache_rules, describeRules],
		['Zone', facts.zone, describeZone],
	] as const;
	return section('others', 'Also set', [
		html(
			'dl',
			{ class: 'rows' },
			rows.flatMap(([name, fact, describe]) =>
				fact
					? [
							html('div', {}, [
								html('dt', { text: name }),
								html('dd', { text: fact.value === undefined ? (fact.reason ?? 'not known') : describe(fact.value) }),
							]),
						]
					: [],
			),
		),
	]);
}

const describeKeys = (value: unknown): string => (isObject(value) && Object.keys(value).join(', ')) || 'none';
const describeNames = (value: unknown): string => (Array.isArray(value) && value.join(', ')) || 'none';
const describeState = (value: unknown): string =>
	isObject(value) && typeof value.state === 'string' ? value.state : 'not known';

function describeRules(value: unknown): string {
	return (Array.isArray(value) ? value.filter(isObject) : [])
		.map(
			({ description, does, enabled }) =>
				`${description || 'No name'}: ${does}${enabled === false ? ' (disabled)' : ''}`,
		)
		.join('\n');
}

function describeZone(value: unknown): string {
	if (!isObject(value)) return 'not known';
	const left = Number(value.development_mode ?? 0);
	return [
		typeof value.status === 'string' ? value.status : 'status not known',
		...(value.paused === true ? ['paused: nothing is cached'] : []),
		...(left > 0 ? [`development mode: the cache is bypassed for ${formatNumber(Math.ceil(left / 60))} min`] : []),
	].join(', ');
}
