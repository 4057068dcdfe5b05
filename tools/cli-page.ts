/** docs/cli.md: the command line, from its own table. */
import { COMMAND_NAMES, entryOf } from '../src/cli/commands.ts';
import { commandHelp, EXIT_CODES, VARIABLES } from '../src/cli/help.ts';

/** The page, as Markdown that the formatter leaves as it is. */
export function cliPage(): string {
  const help = (group: 'people' | 'server'): string =>
    COMMAND_NAMES.filter((name) => entryOf(name).group === group)
      .map((name) => `### ${name}\n\n${fence('text', commandHelp(name))}`)
      .join('\n\n');
  return `# The command line

\`ec2-operator\` is both the server and the command line for people. In a container, run
\`docker exec CONTAINER node bin/ec2-operator.mjs\`; in a checkout, run \`npm start --\`.

${fence(
  'sh needs=server',
  `export EC2_OPERATOR_URL=https://ec2-operator.example.com
export EC2_OPERATOR_TOKEN_FILE=~/.config/ec2-operator/token
ec2-operator stop gpu-1 --dry-run     # would it be stopped?
ec2-operator stop gpu-1               # stop it, and see how it goes
ec2-operator start gpu-1              # get it back
ec2-operator status gpu-1             # what has become of it, and why
ec2-operator ops --watch              # everything that is going on`,
)}

Name a machine by an instance id, an address or a host name, as in an alert, or by its EC2 tag Name. Unlike an alert, \`start\` and
\`stop\` act unless you add \`--dry-run\`.

## Where the server is

${VARIABLES.map(([name, meaning]) => `- \`${name}\`: ${meaning}`).join('\n')}

The token is sent only to that address. A redirect is an error.

## For people and for programs

On a terminal, the output is tables and colours. Elsewhere, and with \`--json\`, standard output holds JSON, one object a line, in
the words of the [API](reference/openapi.json). Progress and errors go to standard error. Control characters in texts from alerts
or AWS are shown as numbers. Times in text are
those of your own clock (\`TZ\`), times in JSON are UTC.

${fence(
  'sh',
  `ec2-operator ops --state failed | jq -r '[.target, .reason, .message] | @tsv'
ec2-operator stop gpu-1 gpu-2 --quiet --wait 10m > /dev/null || echo "not stopped: $?"`,
)}

## Exit codes

${EXIT_CODES.map(([code, meaning]) => `- \`${String(code)}\`: ${meaning}`).join('\n')}

\`serve\` and the other commands on the server exit with 0, with 1 on an error, and with 2 if the command line is not understood.

## Commands for people

${help('people')}

## Commands on the server

${help('server')}
`;
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
