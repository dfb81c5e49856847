/** Shows how far a call is on one line of a terminal, as soon as the call takes longer than a second. */
import { type Clock, repeatEvery } from '../base/clock.js';
import type { Progress } from '../call/progress.js';
import { formatNumber } from '../operations/wording.js';

/** A shorter call shows nothing. */
const SHOW_AFTER_MS = 1_000;
const REDRAW_MS = 500;
/** Returns to the first column and erases the line. */
const ERASE = '\r\u001b[K';
/** Where the terminal tells no width, or none that it can have. */
const USUAL_COLUMNS = 80;

/** The terminal that the line is drawn on. */
interface Terminal {
	readonly columns?: number;
	write(text: string): unknown;
}

/** What a call last said of itself. */
interface Note {
	readonly atMs: number;
	readonly done: number;
	readonly total: number;
	readonly secondsLeft: number;
}

/** The status line of one call. */
export class StatusLine {
	private readonly terminal: Terminal;
	private readonly clock: Clock;
	private startedMs = 0;
	private firstNoteMs: number | undefined;
	private note: Note | undefined;
	private stopDrawing: (() => void) | undefined;
	private isPaused = false;
	private isDrawn = false;

	constructor(terminal: Terminal, clock: Clock) {
		this.terminal = terminal;
		this.clock = clock;
	}

	/** Takes what the call says of its progress. */
	readonly progress: Progress = (done, total, _message, secondsLeft = 0) => {
		if (total === undefined) return;
		const atMs = this.clock.now();
		this.firstNoteMs ??= atMs;
		this.note = { atMs, done, total, secondsLeft };
	};

	/** Begins to draw. */
	start(): void {
		this.startedMs = this.clock.now();
		this.stopDrawing = repeatEvery(this.clock, REDRAW_MS, () => this.draw());
	}

	/** Ends, and leaves an empty line. */
	stop(): void {
		this.stopDrawing?.();
		this.clear();
	}

	/** Keeps the terminal free while `work` uses it. */
	async without<Result>(work: () => Promise<Result>): Promise<Result> {
		this.clear();
		this.isPaused = true;
		try {
			return await work();
		} finally {
			this.isPaused = false;
			this.startedMs = this.clock.now();
		}
	}

	/** Erases the line, so that something else can be written there. */
	clear(): void {
		if (this.isDrawn) this.terminal.write(ERASE);
		this.isDrawn = false;
	}

	private draw(): void {
		if (this.isPaused || this.clock.now() - this.startedMs < SHOW_AFTER_MS) return;
		// A line that fills the last column would wrap.
		const width = (this.terminal.columns || USUAL_COLUMNS) - 1;
		this.terminal.write(ERASE + this.describe().slice(0, width));
		this.isDrawn = true;
	}

	private describe(): string {
		const now = this.clock.now();
		const { note } = this;
		if (!note) return `Waiting for an answer: ${Math.floor((now - this.startedMs) / 1000)} s`;
		const { done, total } = note;
		const secondsSoFar = (note.atMs - (this.firstNoteMs ?? note.atMs)) / 1000;
		const rate = secondsSoFar > 0 ? Math.round(done / secondsSoFar) : 0;
		const left = Math.ceil(note.secondsLeft - (now - note.atMs) / 1000);
		return [
			`${formatNumber(done)} of ${formatNumber(total)} items`,
			...(rate > 0 ? [`${formatNumber(rate)}/s`] : []),
			...(left > 0 ? [`about ${formatNumber(left)} s left`] : []),
		].join(' · ');
	}
}
