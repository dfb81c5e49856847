/** Writes the completions for fish. */
import { NAME } from '../../version.js';
import type { Choice, Completions, Value } from './words.js';

/** Prefix of every function: it must not meet a function of the user. */
const PREFIX = `__${NAME.replaceAll('-', '_')}`;

/** The script for fish. */
export function writeFish({ words, argumentValues, flagValues }: Completions): string {
	const values = [...argumentValues, ...[...flagValues].map(([flag, value]) => [`* ${flag}`, value] as const)];
	return `function ${PREFIX}_words
	switch $argv[1]
${[...words].map(([place, choices]) => `		case ${quote(place)}\n			printf '%s\\t%s\\n' ${choices.map(writeChoice).join(' ')}`).join('\n')}
	end
	if string match -q -- 'tool:?*' $argv[1]
		${PREFIX}_words tool:
	end
end
function ${PREFIX}_value
	switch "$argv"
${values.map(([place, value]) => `		case ${quote(place)}\n			printf '%s\\n' ${writeValue(value)}`).join('\n')}
		case '*'
			printf 'none\\n'
	end
end
function ${PREFIX}_complete
	set -l tokens (commandline -opc)
	set -l current (commandline -ct)
	set -l place command:
	set -l value none
	for token in $tokens[2..-1]
		if test "$value" != none
			set value none
		else if string match -q -- '-*=*' $token
			continue
		else if string match -q -- '-*' $token
			set value (${PREFIX}_value $place $token)
		else if test $place = command:
			set place command:$token
		else if test $place = command:call
			set place tool:$token
		end
	end
	switch "$value"
		case none
			${PREFIX}_words $place
		case file
			__fish_complete_path $current
		case list
			if string match -q -- '@*' $current
				__fish_complete_path (string sub -s 2 -- $current) | string replace -r '^' @
			end
		case text
		case '*'
			printf '%s\\n' $value
	end
end
complete -c ${NAME} -f -a '(${PREFIX}_complete)'
`;
}

function writeChoice({ word, meaning }: Choice): string {
	return `${quote(word)} ${quote(meaning)}`;
}

function writeValue(value: Value): string {
	return typeof value === 'string' ? value : value.map(quote).join(' ');
}

/** fish reads two escapes within single quotes. */
function quote(text: string): string {
	return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
