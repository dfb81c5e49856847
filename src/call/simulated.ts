/** Marks what happens in a sandbox, so that neither the model nor the user takes it for a change at Cloudflare. */
import type { FormQuestion } from './consent/forms.js';
import type { CallResult } from './result.js';

const MARK = 'Simulated: ';

/** The result of a call that could change something, marked. The text of a dry run tells of no change, so it stays. */
export function markSimulated(result: CallResult): CallResult {
	const { content, structuredContent } = result;
	if (!structuredContent) return result;
	const { status, summary } = structuredContent;
	const mark = status === 'dry_run' ? '' : MARK;
	return {
		...result,
		content: [{ ...content[0], text: mark + content[0].text }],
		structuredContent: {
			...structuredContent,
			...(typeof summary === 'string' && { summary: mark + summary }),
			simulated: true,
		},
	};
}

/** A question whose consequence is marked. */
export function markQuestion(question: FormQuestion): FormQuestion {
	return { ...question, consequence: MARK + question.consequence };
}
