/** Reads the directives by which an origin tells caches what to do. */

/** Directives by name in lower case; the value is empty where there is none. */
export type Directives = ReadonlyMap<string, string>;

/** The directives of a header such as Cache-Control. */
export function parseDirectives(header = ''): Directives {
	const parts = header.split(',').map((part) => part.trim().toLowerCase().split('=', 2));
	return new Map(parts.filter(([name]) => name).map(([name = '', value = '']) => [name, value.replace(/^"|"$/g, '')]));
}

/** For how many seconds a shared cache may serve the answer; undefined where no directive says so. */
export function freshSeconds(directives: Directives): number | undefined {
	const value = directives.get('s-maxage') ?? directives.get('max-age');
	return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : undefined;
}
