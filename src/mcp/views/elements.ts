/** Creates elements. Every text is set as text, so that nothing from outside is ever read as HTML. */

const SVG = 'http://www.w3.org/2000/svg';

/** What an element gets: `text` as its text, listeners of clicks, and everything else as attributes. */
interface Properties {
	readonly text?: string;
	readonly onclick?: () => void;
	readonly [attribute: string]: string | number | boolean | (() => void) | undefined;
}

/** What an element contains. What is absent is left out. */
type Children = readonly (Node | undefined)[];

/** Creates an element of HTML. */
export function html<Name extends keyof HTMLElementTagNameMap>(
	name: Name,
	properties: Properties = {},
	children: Children = [],
): HTMLElementTagNameMap[Name] {
	return fill(document.createElement(name), properties, children);
}

/** Creates an element of SVG. */
export function svg<Name extends keyof SVGElementTagNameMap>(
	name: Name,
	properties: Properties = {},
	children: Children = [],
): SVGElementTagNameMap[Name] {
	return fill(document.createElementNS(SVG, name), properties, children);
}

function fill<One extends Element>(element: One, properties: Properties, children: Children): One {
	const { text, onclick, ...attributes } = properties;
	for (const [name, value] of Object.entries(attributes))
		if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
	if (text !== undefined) element.textContent = text;
	if (onclick) element.addEventListener('click', onclick);
	element.append(...children.filter((child) => child !== undefined));
	return element;
}

/** A box for a drawing that depends on its width in pixels. It is drawn anew when the width changes. */
export function fitted(draw: (width: number) => Element): HTMLElement {
	const box = html('div', { class: 'fitted' });
	let drawn = 0;
	new ResizeObserver(() => {
		const width = Math.floor(box.clientWidth);
		if (width === 0 || width === drawn) return;
		drawn = width;
		box.replaceChildren(draw(width));
	}).observe(box);
	return box;
}

/** A part of the page under a heading of its own. */
export function section(id: string, title: string, children: Children): HTMLElement {
	return html('section', { 'aria-labelledby': id }, [html('h2', { id, text: title, tabindex: -1 }), ...children]);
}
