/** Writes the completions for bash and zsh, which read the same functions for the words. */
import { NAME } from '../../version.js';
import { quoteForShell } from '../shell-words.js';
import type { Choice, Completions, Value } from './words.js';

/** Prefix of every function: it must not meet a function of the user. */
const PREFIX = `_${NAME.replaceAll('-', '_')}`;

/** The script for bash, which runs in bash 3.2 too. */
export function writeBash(completions: Completions): string {
	return `${writeWords(completions)}
${PREFIX}() {
	local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} place=command: value line at
	# bash takes --key=value apart.
	if [[ $cur == = ]]; then cur=
	elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((at = 1; at < COMP_CWORD; at++)); do
		case \${COMP_WORDS[at]} in
			-*) [[ $(${PREFIX}_value "$place" "\${COMP_WORDS[at]}") == none ]] || ((at++)); [[ \${COMP_WORDS[at]} != = ]] || ((at++)) ;;
			=) ((at++)) ;;
			*) place=$(${PREFIX}_place "$place" "\${COMP_WORDS[at]}") ;;
		esac
	done
	COMPREPLY=()
	value=none
	[[ $prev != -* ]] || value=$(${PREFIX}_value "$place" "$prev")
	case $value in
		none) while IFS= read -r line; do [[ \${line%%:*} != "$cur"* ]] || COMPREPLY+=("\${line%%:*}"); done < <(${PREFIX}_words "$place") ;;
		file) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur") ;;
		list) [[ $cur != @* ]] || while IFS= read -r line; do COMPREPLY+=("@$line"); done < <(compgen -f -- "\${cur#@}") ;;
		text) ;;
		*) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$value" -- "$cur") ;;
	esac
}
complete -o filenames -F ${PREFIX} ${NAME}
`;
}

/** The script for zsh. It may stand in a file of fpath too. */
export function writeZsh(completions: Completions): string {
	return `#compdef ${NAME}
${writeWords(completions)}
${PREFIX}() {
	local place=command: value at
	local -a choices
	for ((at = 2; at < CURRENT; at++)); do
		case $words[at] in
			(-*=*) ;;
			(-*) [[ $(${PREFIX}_value "$place" "$words[at]") == none ]] || ((at++)) ;;
			(*) place=$(${PREFIX}_place "$place" "$words[at]") ;;
		esac
	done
	value=none
	[[ $words[CURRENT-1] != -* || $words[CURRENT-1] == *=* ]] || value=$(${PREFIX}_value "$place" "$words[CURRENT-1]")
	case $value in
		(none) choices=("\${(@f)$(${PREFIX}_words "$place")}"); _describe word choices ;;
		(file) _files ;;
		(list) compset -P @ && _files ;;
		(text) ;;
		(*) compadd -- \${=value} ;;
	esac
}
compdef ${PREFIX} ${NAME}
`;
}

/** Functions that print the words at a place, the place behind a word, and what stands behind a key. */
function writeWords({ words, argumentValues, flagValues }: Completions): string {
	return `${PREFIX}_words() {
	case $1 in
${[...words].map(([place, choices]) => `		(${place}) printf '%s\\n' ${choices.map(writeChoice).join(' ')} ;;`).join('\n')}
	esac
	case $1 in (tool:?*) ${PREFIX}_words tool: ;; esac
}
${PREFIX}_place() {
	case $1 in
		(command:) printf '%s\\n' "command:$2" ;;
		(command:call) printf '%s\\n' "tool:$2" ;;
		(*) printf '%s\\n' "$1" ;;
	esac
}
${PREFIX}_value() {
	case "$1 $2" in
${writeValues([...argumentValues].map(([place, value]) => [quoteForShell(place), value]))}
${writeValues([...flagValues].map(([flag, value]) => [`*' ${flag}'`, value]))}
		(*) printf 'none\\n' ;;
	esac
}`;
}

/** Both shells read a colon as the end of the word. */
function writeChoice({ word, meaning }: Choice): string {
	return quoteForShell(`${word}:${meaning.replaceAll('\\n', ' ')}`);
}

/** One line for each value, with all the patterns that have it. */
function writeValues(rows: readonly (readonly [pattern: string, value: Value])[]): string {
	const patterns = new Map<string, string[]>();
	for (const [pattern, value] of rows) {
		const text = typeof value === 'string' ? value : value.join(' ');
		patterns.set(text, [...(patterns.get(text) ?? []), pattern]);
	}
	return [...patterns]
		.map(([value, same]) => `		(${same.join('|')}) printf '%s\\n' ${quoteForShell(value)} ;;`)
		.join('\n');
}
