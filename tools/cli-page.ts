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

\`ec2-operator\` is the server, and it is the tool that people talk to a server with. In a container it is
\`docker exec CONTAINER node bin/ec2-operator.mjs\`, in a checkout \`npm start --\`.

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

A machine is named by an instance id, an address or a host name, as in an alert, or by its EC2 tag Name. Unlike an alert, \`start\` and \`stop\` are
meant as they are written: a dry run has to be asked for.

## Where the server is

${VARIABLES.map(([name, meaning]) => `- \`${name}\`: ${meaning}`).join('\n')}

The token is sent to that address only: a redirect is an error.

## For people and for programs

On a terminal there are tables and colours. Elsewhere, and with \`--json\`, standard output holds JSON, one object a line, in
the words of the [API](reference/openapi.json); progress and errors are on standard error. What comes from alerts or from
AWS never reaches a terminal raw: control characters are shown as their numbers.

${fence(
  'sh',
  `ec2-operator ops --state failed | jq -r '[.target, .reason, .message] | @tsv'
ec2-operator stop gpu-1 gpu-2 --quiet --wait 10m > /dev/null || echo "not stopped: $?"`,
)}

## Exit codes

${EXIT_CODES.map(([code, meaning]) => `- \`${String(code)}\`: ${meaning}`).join('\n')}

\`serve\` and the other commands on the server end with 0, with 1 when something went wrong, and with 2 when the command line
was not understood.

## Commands for people

${help('people')}

## Commands on the server

${help('server')}
`;
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
