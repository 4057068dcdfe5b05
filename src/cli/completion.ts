/** Completion scripts, made from the table of commands. They are static, so a shell completes without asking a server. */
import type { OptionEntry } from './command-entry.ts';
import { usageError } from './command-error.ts';
import { COMMAND_NAMES, entryOf, type CommandName } from './commands.ts';

/** @throws CommandError for an unknown shell */
export function completionScript(shell: string | undefined): string {
  if (shell === 'bash') return bash();
  if (shell === 'zsh') return zsh();
  if (shell === 'fish') return fish();
  throw usageError(`expected bash, zsh or fish behind "completion", got "${shell ?? ''}"`);
}

const HELP: readonly [string, OptionEntry] = ['help', { meaning: 'explain the command' }];

function optionsOf(name: CommandName): readonly (readonly [string, OptionEntry])[] {
  return [...Object.entries(entryOf(name).options), HELP];
}

function wordsOf(name: CommandName): readonly string[] | 'files' {
  return name === 'help' ? COMMAND_NAMES : (entryOf(name).completes ?? []);
}

function bash(): string {
  const cases = COMMAND_NAMES.map((name) => {
    const options = optionsOf(name);
    const values = options
      .filter(([, { value }]) => value !== undefined)
      .map(([option, { choices = [], file }]) => {
        return `        --${option}) ${file === true ? FILES : reply(choices)} return ;;`;
      });
    const words = wordsOf(name);
    return [
      `    ${name})`,
      ...(entryOf(name).rest === undefined ? [] : [`      if ${BEHIND_DASHES}; then ${PROGRAMS} return; fi`]),
      ...(values.length === 0 ? [] : ['      case "$previous" in', ...values, '      esac']),
      `      if [[ $word == -* ]]; then ${reply(options.map(([option]) => `--${option}`))}`,
      `      else ${words === 'files' ? FILES : reply(words)} fi ;;`,
    ].join('\n');
  });
  return `# Completion of ec2-operator for bash: source <(ec2-operator completion bash)
_ec2_operator() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    ${reply([...COMMAND_NAMES, '--help', '--version'])}
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -F _ec2_operator ec2-operator`;
}

/** The words of another program's command line. */
const BEHIND_DASHES = '[[ " ${COMP_WORDS[*]:2:COMP_CWORD-2} " == *" -- "* ]]';
const PROGRAMS = `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -c -f -- "$word" | sort -u);`;

/** mapfile keeps file names with white space whole. */
const FILES = `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word");`;

function reply(words: readonly string[]): string {
  return words.length === 0 ? ':;' : `mapfile -t COMPREPLY < <(compgen -W '${words.join(' ')}' -- "$word");`;
}

function zsh(): string {
  const commands = COMMAND_NAMES.map((name) => `    ${quote(`${name}:${entryOf(name).summary}`)}`);
  const cases = COMMAND_NAMES.map((name) => {
    const specs = optionsOf(name).map(([option, { value, choices, file, meaning }]) => {
      const what = meaning.replace(/[[\]:]/g, '');
      if (value === undefined) return quote(`--${option}[${what}]`);
      const from = file === true ? '_files' : choices === undefined ? '' : `(${choices.join(' ')})`;
      return quote(`--${option}[${what}]:${value}:${from}`);
    });
    const words = wordsOf(name);
    const operand = words === 'files' ? '_files' : words.length === 0 ? '' : `(${words.join(' ')})`;
    const last = entryOf(name).rest === undefined ? `*:operand:${operand}` : '*::command:_normal';
    return `    ${name}) _arguments ${[...specs, quote(last)].join(' ')} ;;`;
  });
  return `#compdef ec2-operator
# Completion of ec2-operator for zsh: ec2-operator completion zsh > "\${fpath[1]}/_ec2-operator"
_ec2_operator() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
compdef _ec2_operator ec2-operator`;
}

function fish(): string {
  const lines = COMMAND_NAMES.flatMap((name) => {
    const here = `complete -c ec2-operator -n '__fish_seen_subcommand_from ${name}'`;
    const words = wordsOf(name);
    return [
      `complete -c ec2-operator -n __fish_use_subcommand -a ${name} -d ${quote(entryOf(name).summary)}`,
      ...optionsOf(name).map(([option, { value, choices = [], file, meaning }]) => {
        const takes = value === undefined ? '' : file === true ? ' -r -F' : ` -x -a '${choices.join(' ')}'`;
        return `${here} -l ${option}${takes} -d ${quote(meaning)}`;
      }),
      ...(entryOf(name).rest === undefined ? [] : [`${here} -a '(__fish_complete_subcommand)'`]),
      ...(words === 'files' ? [`${here} -F`] : words.length === 0 ? [] : [`${here} -a '${words.join(' ')}'`]),
    ];
  });
  return ['# Completion of ec2-operator for fish', 'complete -c ec2-operator -f', ...lines].join('\n');
}

/** Quoted for a shell. fish reads backslashes between single quotes; the table has none. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
