/** The tools of the conformance suite whose questions leave with a result, as MCP 2026-07-28 has them. */
import { content, type FixtureTool, text } from './fixture-tools.js';
import { form, type Questions, ROOTS, sampling } from './questions.js';

const PREFIX = 'test_input_required_result_';
const NAME: Questions = { user_name: form('What is your name?', { name: 'string' }) };
const CONFIRM: Questions = { confirm: form('Please confirm', { ok: 'boolean' }) };
const CAPITAL: Questions = { capital_question: sampling('What is the capital of France?') };
const STEPS: readonly Questions[] = [
	{ step1: form('Step 1: what is your name?', { name: 'string' }) },
	{ step2: form('Step 2: what is your favourite colour?', { color: 'string' }) },
];

/** A tool that asks once, and keeps no state. */
const asking = (name: string, questions: Questions): FixtureTool => ({
	name: `${PREFIX}${name}`,
	run: ({ answers }) => {
		if (!answers.cover(questions)) return answers.ask(questions);
		const given = Object.keys(questions).map((one) => JSON.stringify(answers.to(one)));
		return content(text(`The answer: ${given.join(' ')}`));
	},
});

/** A tool that asks step by step. Its state says which step the answers belong to. */
const stepping = (name: string, steps: readonly Questions[], done: string): FixtureTool => {
	const tool = `${PREFIX}${name}`;
	return {
		name: tool,
		run: ({ answers }) => {
			const step = answers.step(tool);
			const isAnswered = step !== undefined && answers.cover(steps[step] ?? {});
			const next = isAnswered ? step + 1 : (step ?? 0);
			const questions = steps[next];
			return questions ? answers.ask(questions, answers.seal(tool, next)) : content(text(done));
		},
	};
};

/** All of them in listing order. */
export const ASKING_TOOLS: readonly FixtureTool[] = [
	asking('elicitation', NAME),
	asking('sampling', CAPITAL),
	asking('list_roots', { client_roots: ROOTS }),
	asking('capabilities', { ...NAME, ...CAPITAL }),
	stepping('request_state', [CONFIRM], 'state-ok'),
	stepping('tampered_state', [CONFIRM], 'state-ok'),
	stepping('multiple_inputs', [{ ...NAME, ...CAPITAL, client_roots: ROOTS }], 'All answers came'),
	stepping('multi_round', STEPS, 'Both steps are done'),
];
