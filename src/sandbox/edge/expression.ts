/** Evaluates the expressions of rules, as far as rules about caching commonly use Cloudflare's language. */
import type { Visit } from './visit.js';

/** What an expression is about: a request, and the status of its answer where there is one already. */
interface Subject {
	visit: Visit;
	status?: number;
}

type Value = string | number | boolean;

const TOKEN = /\s*(?:(r?"(?:[^"\\]|\\.)*")|(&&|\|\||==|!=|[(){},!])|([A-Za-z0-9_.]+))/y;

const FIELDS: Record<string, (subject: Subject) => Value | undefined> = {
	'http.host': ({ visit }) => visit.host,
	'http.request.method': ({ visit }) => visit.method,
	'http.request.uri': ({ visit }) => visit.path + visit.query,
	'http.request.uri.path': ({ visit }) => visit.path,
	'http.request.uri.path.extension': ({ visit }) => /\.([^./]*)$/.exec(visit.path)?.[1] ?? '',
	'http.request.uri.query': ({ visit }) => visit.query.slice(1),
	'http.request.full_uri': ({ visit }) => `${visit.scheme}://${visit.host}${visit.path}${visit.query}`,
	'http.response.code': ({ status }) => status,
	ssl: ({ visit }) => visit.scheme === 'https',
};

const COMPARISONS: Record<string, (left: Value, right: Value) => boolean> = {
	eq: (left, right) => left === right,
	ne: (left, right) => left !== right,
	contains: (left, right) => String(left).includes(String(right)),
	wildcard: (left, right) => toPattern(String(right)).test(String(left)),
};
const SYMBOLS: Record<string, string> = { '==': 'eq', '!=': 'ne', '&&': 'and', '||': 'or', '!': 'not' };

/** Whether the expression matches. One with anything that this sandbox does not know never does. */
export function matchesExpression(expression: string, subject: Subject): boolean {
	try {
		return new Evaluation(expression, subject).run();
	} catch {
		return false;
	}
}

function toPattern(wildcard: string): RegExp {
	const parts = wildcard.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
	return new RegExp(`^${parts.join('.*')}$`, 'is');
}

/** One pass over an expression, from left to right. */
class Evaluation {
	private readonly tokens: string[];
	private readonly subject: Subject;

	constructor(expression: string, subject: Subject) {
		this.subject = subject;
		this.tokens = [];
		TOKEN.lastIndex = 0;
		for (const text = expression.trimEnd(); TOKEN.lastIndex < text.length; ) {
			const [, quoted, symbol, word] = TOKEN.exec(text) ?? [];
			const token = quoted ?? (symbol && (SYMBOLS[symbol] ?? symbol)) ?? word;
			if (token === undefined) throw new SyntaxError('an unknown character');
			this.tokens.push(token);
		}
	}

	run(): boolean {
		const result = this.readOr();
		if (this.tokens.length > 0) throw new SyntaxError('more than one expression');
		return result;
	}

	private take(wanted?: string): string {
		const token = this.tokens.shift();
		if (token === undefined || (wanted !== undefined && token !== wanted)) throw new SyntaxError('an incomplete term');
		return token;
	}

	private skip(wanted: string): boolean {
		if (this.tokens[0] !== wanted) return false;
		this.tokens.shift();
		return true;
	}

	// Both sides are read before they are joined, because reading moves on.
	private readOr(): boolean {
		let result = this.readAnd();
		while (this.skip('or')) result = this.readAnd() || result;
		return result;
	}

	private readAnd(): boolean {
		let result = this.readNot();
		while (this.skip('and')) result = this.readNot() && result;
		return result;
	}

	private readNot(): boolean {
		if (this.skip('not')) return !this.readNot();
		if (!this.skip('(')) return this.readTerm();
		const result = this.readOr();
		this.take(')');
		return result;
	}

	private readTerm(): boolean {
		const left = this.readValue();
		const operator = this.tokens[0] ?? '';
		if (operator === 'in') {
			this.take();
			return this.readSet().includes(left);
		}
		const compare = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
		if (compare === undefined) return left === true;
		this.take();
		return compare(left, this.readValue());
	}

	private readSet(): Value[] {
		const values: Value[] = [];
		this.take('{');
		while (!this.skip('}')) values.push(this.readValue());
		return values;
	}

	private readValue(): Value {
		const token = this.take();
		if (token.endsWith('"')) return token.startsWith('r') ? token.slice(2, -1) : String(JSON.parse(token));
		if (/^\d+$/.test(token)) return Number(token);
		if (token === 'true' || token === 'false') return token === 'true';
		if (this.tokens[0] === '(') return this.readCall(token);
		const value = Object.hasOwn(FIELDS, token) ? FIELDS[token]?.(this.subject) : undefined;
		if (value === undefined) throw new SyntaxError('an unknown field');
		return value;
	}

	private readCall(name: string): Value {
		this.take('(');
		const given = [String(this.readValue())];
		while (this.skip(',')) given.push(String(this.readValue()));
		this.take(')');
		const [text = '', part = ''] = given;
		if (name === 'starts_with') return text.startsWith(part);
		if (name === 'ends_with') return text.endsWith(part);
		if (name === 'lower') return text.toLowerCase();
		throw new SyntaxError('an unknown function');
	}
}
