/** Commands for the machine that the server runs on. */
import type { CommandEntry } from './command-entry.ts';

const FLEET = { value: 'FILE', file: true, meaning: 'the machines of the embedded AWS, as YAML' } as const;

export const SERVER = {
  serve: {
    group: 'server',
    summary: 'serve; this is what ec2-operator does without a command',
    operands: '',
    count: [0, 0],
    options: {
      sandbox: { meaning: 'on an embedded AWS, with a database of its own' },
      fleet: FLEET,
    },
    notes: [
      'Settings come from the environment and from the file that CONFIG_FILE names: see docs/reference/configuration.md.',
      'SIGTERM and Ctrl-C end it cleanly: nothing new is accepted, and work under way is ended or released.',
    ],
    examples: [
      { run: 'ec2-operator serve', does: 'serve on AWS, with credentials and region from the usual places' },
      { run: 'ec2-operator serve --sandbox', does: 'try it without AWS' },
    ],
  },
  sandbox: {
    group: 'server',
    summary: 'serve the embedded AWS alone, for AWS clients of your own',
    operands: '',
    count: [0, 0],
    options: {
      port: { value: 'N', meaning: 'where it listens; a free port unless given' },
      host: { value: 'H', meaning: 'the address it listens on; loopback unless given' },
      fleet: FLEET,
      throttling: { meaning: "apply EC2's request limits" },
      'start-ms': { value: 'N', meaning: 'how long a start takes, in milliseconds' },
      'stop-ms': { value: 'N', meaning: 'how long a stop takes, in milliseconds' },
    },
    examples: [{ run: 'ec2-operator sandbox --port 4566', does: 'machines that are not real and cost nothing' }],
  },
  demo: {
    group: 'server',
    summary: 'show what ec2-operator does, on the embedded AWS',
    operands: '',
    count: [0, 0],
    options: { once: { meaning: 'end when the story is told' } },
    examples: [{ run: 'ec2-operator demo', does: "an alert stops a machine, and you can look at what's left" }],
  },
  'check-config': {
    group: 'server',
    summary: 'read a configuration file and say everything that is wrong with it',
    operands: 'FILE',
    count: [0, 1],
    completes: 'files',
    options: {
      'without-files': { meaning: 'do not look at the files that it names, which are on another machine' },
      schema: { meaning: 'print the JSON Schema of the file, for editors, and exit' },
    },
    notes: [
      'FILE is - for standard input. The files that it names are read as serve reads them.',
      'Editors with the YAML language server complete and check the file after its first line says where the schema is: # yaml-language-server: $schema=configuration.schema.json',
    ],
    examples: [
      { run: 'ec2-operator check-config operator.yaml', does: 'before it is rolled out' },
      { run: 'ec2-operator check-config --without-files - <operator.yaml', does: 'in a pipeline' },
      { run: 'ec2-operator check-config --schema >configuration.schema.json', does: 'for an editor' },
    ],
  },
  doctor: {
    group: 'server',
    summary: 'look at the whole chain, and say what would go wrong',
    operands: '',
    count: [0, 0],
    options: {
      host: { value: 'HOST', many: true, meaning: 'look at this machine, too; can be given more than once' },
      json: { meaning: 'one JSON object; the default when the output is not a terminal' },
      table: { meaning: 'for people, also when the output is not a terminal' },
    },
    notes: [
      'It reads the configuration that serve would use, and asks AWS, the database, Alertmanager and Prometheus. Nothing is changed: of starts and stops EC2 is asked for dry runs only.',
      'The exit code is 1 when something would fail, warnings alone leave it at 0. See docs/doctor.md.',
    ],
    examples: [
      { run: 'ec2-operator doctor', does: 'before day one, and after every change of a role, a rule or a route' },
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
      scopes: { value: 'S', meaning: 'what it opens: read, start, stop or admin, with commas between' },
      expires: { value: 'T', meaning: 'when it stops being valid: 90d from now, or 2027-01-31; never unless given' },
      cancel: {
        meaning: 'with revoke: cancel what was asked for with the token alone, as far as EC2 has not been asked',
      },
      only: { value: 'TAGS', meaning: 'act on machines with these tags only, such as team=ml,stage=dev' },
      json: { meaning: 'JSON, one object a line' },
      table: { meaning: 'the list for people, also when the output is not a terminal' },
    },
    notes: [
      'With EC2_OPERATOR_URL or EC2_OPERATOR_TOKEN set it asks the running server, with a token of the scope admin. Otherwise it opens the database that the configuration names; SQLite belongs to one process, so that works only while the server is stopped.',
      'The text of a new token goes to standard output, once; the database has its hash only. Replicas know of a new or a revoked one within seconds.',
    ],
    examples: [
      { run: 'ec2-operator token create alertmanager --scopes stop', does: 'for a receiver that stops machines' },
      { run: 'ec2-operator token create ml --scopes start,stop --only team=ml --expires 90d', does: 'for one team' },
      { run: 'ec2-operator token revoke ml', does: 'it opens nothing any more; says what is open under it' },
    ],
  },
  migrate: {
    group: 'server',
    summary: "bring the database to this version's schema, and exit",
    operands: '',
    count: [0, 0],
    options: {},
    notes: [
      'The database is the one that the configuration names: SQLite in DATA_DIR, or PostgreSQL at DATABASE_URL. serve does the same when it starts; migrate is for those who want it as a step of its own.',
      'SQLite belongs to one process: stop the server first, or migrate says who is in the way and changes nothing.',
    ],
    examples: [{ run: 'ec2-operator migrate', does: 'says which migrations it applied, or that none were needed' }],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
