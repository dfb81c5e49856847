/** Keeps what the page shows, and does what its buttons ask for. */
import { isObject } from '../../base/json.js';
import type { Finding } from '../../operations/overview/findings.js';
import { type Content, readContent } from './content.js';
import { html } from './elements.js';
import { showFindings } from './findings.js';
import type { Host, ToolResult } from './host.js';
import { showMappings, showOthers, showWay } from './settings.js';
import { showTraffic } from './traffic.js';

/** The page of one view. */
export class Page {
	private readonly main: HTMLElement;
	private readonly status: HTMLElement;
	private content: Content = {};
	/** The zone as the call named it; absent where the server knows the zone by itself. */
	private zone: { zone?: unknown } = {};

	constructor(main: HTMLElement, status: HTMLElement) {
		this.main = main;
		this.status = status;
	}

	/** Takes the arguments of the call, before its result. */
	takeInput({ zone }: Readonly<Record<string, unknown>>): void {
		this.zone = zone === undefined ? {} : { zone };
	}

	/** Shows the result of a call, beside what earlier ones have shown. */
	takeResult({ text, isError, structuredContent }: ToolResult, host: Host): void {
		const content = readContent(structuredContent);
		if (isError || !(content.facts || content.analytics)) this.showText(text || 'The tool gave no answer.');
		else {
			this.content = { ...this.content, ...content };
			this.show(host);
		}
	}

	/** Says that there will be no result. */
	takeCancellation(): void {
		this.showText('The call was cancelled.');
	}

	private showText(text: string): void {
		this.main.replaceChildren(html('p', { class: 'problem', role: 'alert', text }), this.status);
		this.main.removeAttribute('aria-busy');
	}

	private show(host: Host): void {
		const { zone = 'The zone', facts, findings, analytics } = this.content;
		const mend = (finding: Finding, fix: NonNullable<Finding['fix']>) => this.mend(finding, fix, host);
		const parts = [
			html('h1', { text: zone }),
			facts && showWay(facts),
			// Beside the buttons: the page is as high as its content, and the user may not see its end.
			this.status,
			findings && showFindings(findings, host.offers('serverTools') ? mend : undefined),
			facts && showMappings(facts),
			...(analytics ? showTraffic(analytics) : [this.offerTraffic(host)]),
			facts && showOthers(facts),
		];
		this.main.replaceChildren(...parts.filter((part) => part !== undefined));
		this.main.removeAttribute('aria-busy');
	}

	/** A button for what the other tool shows. */
	private offerTraffic(host: Host): HTMLElement | undefined {
		if (!host.offers('serverTools')) return undefined;
		return html('button', {
			type: 'button',
			class: 'more',
			text: 'Show the traffic of the last 24 hours',
			onclick: () => {
				this.say('Reading the traffic…');
				this.refresh('cache_analytics', host, 'traffic').then(() => this.say(''), this.sayError);
			},
		});
	}

	/** Asks for the call that mends a finding. The server asks the user first where it would for any other client. */
	private async mend(
		{ finding }: Finding,
		{ tool, arguments: args }: NonNullable<Finding['fix']>,
		host: Host,
	): Promise<void> {
		this.say(`Asked for ${tool}. Your client may ask you to agree.`);
		try {
			const { text, isError, structuredContent } = await host.callTool(tool, { ...this.zone, ...args });
			const { status, consequence } = isObject(structuredContent) ? structuredContent : {};
			// The code that the server gives then is for the chat, where the user answers to what is lost.
			if (status === 'confirmation_required') {
				this.say(`${consequence}\nNothing was changed. The server needs your consent first: ask for it in the chat.`);
				return;
			}
			if (isError || status !== 'done') {
				this.say(text);
				return;
			}
			await host.tellModel(`The user mended this in the view: ${finding}\nThe answer of ${tool}: ${text}`);
			// The change was made: a failure of what follows must not take that from the user.
			const unread = await this.refresh('cache_overview', host, 'findings').then(
				() => '',
				(error: unknown) => `\nThe settings could not be read anew: ${error instanceof Error ? error.message : error}`,
			);
			this.say(text + unread);
		} catch (error) {
			this.sayError(error);
		}
	}

	/** Reads anew, shows it and puts the keyboard where it was. */
	private async refresh(tool: string, host: Host, heading: string): Promise<void> {
		const result = await host.callTool(tool, this.zone);
		if (result.isError) throw new Error(result.text);
		this.takeResult(result, host);
		document.getElementById(heading)?.focus();
	}

	private say(text: string): void {
		this.status.textContent = text;
	}

	private readonly sayError = (error: unknown): void => this.say(messageOf(error));
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
