/** Commands that run on the server's machine. */
import type { CommandEntry } from './command-entry.ts';

const FLEET = { value: 'FILE', file: true, meaning: 'the machines of the embedded AWS, as YAML' } as const;

export const SERVER = {
  serve: {
    group: 'server',
    summary: 'serve; the default without a command',
    operands: '',
    count: [0, 0],
    options: {
      sandbox: { meaning: 'use the embedded AWS and a separate database' },
      fleet: FLEET,
    },
    notes: [
      'Settings come from the environment and from the file that CONFIG_FILE names: see docs/reference/configuration.md.',
      'SIGTERM and Ctrl-C end it cleanly: new requests are refused, and running work is finished or released.',
    ],
    examples: [
      { run: 'ec2-operator serve', does: 'serve on AWS, with credentials and region from the usual places' },
      { run: 'ec2-operator serve --sandbox', does: 'try it without AWS' },
    ],
  },
  sandbox: {
    group: 'server',
    summary: 'serve only the embedded AWS, for your own AWS clients',
    operands: '',
    count: [0, 0],
    options: {
      port: { value: 'N', meaning: 'the port it listens on; a free port unless given' },
      host: { value: 'H', meaning: 'the address it listens on; loopback unless given' },
      fleet: FLEET,
      throttling: { meaning: "apply EC2's request limits" },
      'start-ms': { value: 'N', meaning: 'how long a start takes, in milliseconds' },
      'stop-ms': { value: 'N', meaning: 'how long a stop takes, in milliseconds' },
      'checks-ms': { value: 'N', meaning: 'how long the status checks of a started machine take, in milliseconds' },
    },
    examples: [{ run: 'ec2-operator sandbox --port 4566', does: 'machines that exist in memory only' }],
  },
  demo: {
    group: 'server',
    summary: 'show what ec2-operator does, on the embedded AWS',
    operands: '',
    count: [0, 0],
    options: { once: { meaning: 'end after the story, without the life of the fleet' } },
    notes: [
      'It prints its address, a token, and a story in which alerts may stop two machines. Behind the story, a fleet of 26 machines goes idle and busy, and colleagues keep, stop and start theirs. Ctrl-C ends it and leaves nothing behind.',
    ],
    examples: [{ run: 'ec2-operator demo', does: 'a fleet that lives, at http://127.0.0.1:8080' }],
  },
  'check-config': {
    group: 'server',
    summary: 'check a configuration file, and list all its problems',
    operands: 'FILE',
    count: [0, 1],
    completes: 'files',
    options: {
      'without-files': { meaning: 'do not read the files that it names, because they are on another machine' },
      schema: { meaning: 'print the JSON Schema of the file, for editors' },
    },
    notes: [
      'FILE - is standard input. The files that it names are read as serve reads them.',
      'Editors with the YAML language server complete and check the file if its first line names the schema: # yaml-language-server: $schema=configuration.schema.json',
    ],
    examples: [
      { run: 'ec2-operator check-config operator.yaml', does: 'before a roll-out' },
      { run: 'ec2-operator check-config --without-files - <operator.yaml', does: 'in a pipeline' },
      { run: 'ec2-operator check-config --schema >configuration.schema.json', does: 'for an editor' },
    ],
  },
  doctor: {
    group: 'server',
    summary: 'check the whole chain from alert to EC2, and say what would go wrong',
    operands: '',
    count: [0, 0],
    options: {
      host: { value: 'HOST', many: true, meaning: 'check this machine, too; can be repeated' },
      json: { meaning: 'one JSON object; the default when the output is not a terminal' },
      table: { meaning: 'text, even when the output is not a terminal' },
    },
    notes: [
      'It reads the configuration that serve would use, and asks AWS, the database, Alertmanager and Prometheus. It changes nothing: it starts and stops machines by dry run only.',
      'The exit code is 1 with an error, and 0 with warnings only. See docs/doctor.md.',
    ],
    examples: [
      { run: 'ec2-operator doctor', does: 'before day one, and after a change of a role, rule or route' },
      { run: 'ec2-operator doctor --host gpu-1 --host 10.0.1.5', does: 'could these machines be stopped and started?' },
    ],
  },
  token: {
    group: 'server',
    summary: 'make, list or revoke tokens',
    operands: 'create NAME | list | revoke NAME',
    count: [1, 2],
    completes: ['create', 'list', 'revoke'],
    options: {
      scopes: { value: 'S', meaning: 'its rights: read, hold, start, stop or admin, separated by commas' },
      expires: { value: 'T', meaning: 'when it expires, such as 90d or 2027-01-31; never unless given' },
      cancel: {
        meaning: 'with revoke: cancel its operations, unless another sender asked, too, or EC2 has been asked',
      },
      only: { value: 'TAGS', meaning: 'only for machines with these tags, such as team=ml,stage=dev' },
      json: { meaning: 'JSON, one object per line' },
      table: { meaning: 'the list as text, even when the output is not a terminal' },
    },
    notes: [
      'With EC2_OPERATOR_URL or EC2_OPERATOR_TOKEN set, it asks the running server, which requires a token with the scope admin. Otherwise, it opens the configured database; with SQLite, which belongs to one process, that works only while the server is stopped.',
      'The text of a new token goes to standard output once; the database keeps only its hash. Other replicas learn of new and revoked tokens within seconds.',
    ],
    examples: [
      { run: 'ec2-operator token create alertmanager --scopes stop', does: 'for a receiver that stops machines' },
      { run: 'ec2-operator token create ml --scopes start,stop --only team=ml --expires 90d', does: 'for one team' },
      { run: 'ec2-operator token revoke ml', does: 'it is no longer valid; shows its open operations' },
    ],
  },
  migrate: {
    group: 'server',
    summary: "bring the database to this version's schema, and exit",
    operands: '',
    count: [0, 0],
    options: {},
    notes: [
      'The database is SQLite in DATA_DIR, or PostgreSQL at DATABASE_URL. serve migrates when it starts; migrate does it as a separate step.',
      'SQLite belongs to one process: stop the server first. Otherwise, migrate says that the database is in use, and changes nothing.',
    ],
    examples: [{ run: 'ec2-operator migrate', does: 'lists the migrations that it applied, if any' }],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
