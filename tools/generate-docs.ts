/** Writes the reference pages from the code; with --check says which of them are out of date, and fails. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { configSchema } from '../src/config/schema.ts';
import { GUARD_REASONS, guardsGiving } from '../src/domain/guard-reasons.ts';
import { AWS_LABELS, AWS_PREFIX, MANAGERS } from '../src/domain/managers.ts';
import { STATES } from '../src/domain/operation.ts';
import {
  CANCELLED_REASONS,
  FAILED_REASONS,
  IGNORED_REASONS,
  INVALID_REASONS,
  REFUSED_REASONS,
  SUCCEEDED_REASONS,
  WAITING_REASONS,
} from '../src/domain/reason.ts';
import { openapi } from '../src/http/openapi.ts';
import { ROUTES } from '../src/http/routes.ts';
import { cliPage } from './cli-page.ts';
import { messagesPart } from './messages-page.ts';
import { metricsPage } from './metrics-page.ts';
import { routesPage } from './routes-page.ts';

const FOLDER = path.join(import.meta.dirname, '..', 'docs', 'reference');
const WRAPPERS = [z.ZodDefault, z.ZodPrefault, z.ZodOptional, z.ZodExactOptional] as const;
const HEADER = '<!-- Made by `npm run docs` from the code. Do not edit. -->\n\n';

const pages: Readonly<Record<string, string>> = {
  'configuration.md': HEADER + configurationPage(),
  'reasons.md': HEADER + reasonsPage(),
  'managers.md': HEADER + managersPage(),
  'metrics.md': HEADER + metricsPage(),
  'routes.md': HEADER + routesPage(),
  '../cli.md': HEADER + cliPage(),
  '../channels.md': withPart('../channels.md', messagesPart()),
  'configuration.schema.json': `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`,
  'openapi.json': `${JSON.stringify(openapi(ROUTES), undefined, 2)}\n`,
};

const stale = Object.entries(pages).filter(([name, text]) => read(path.join(FOLDER, name)) !== text);
if (process.argv.includes('--check')) {
  for (const [name] of stale)
    process.stderr.write(`${path.join('docs/reference', name)} is out of date: run npm run docs\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of stale) writeFileSync(path.join(FOLDER, name), text);
}

/** The page with what stands between its two marks replaced. The rest of it is written by hand. */
function withPart(name: string, part: string): string {
  const [begin, end] = ['<!-- Made by `npm run docs` from the code, up to the next mark. -->', '<!-- End -->'];
  const page = read(path.join(FOLDER, name)) ?? '';
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`expected in ${name} a line ${begin} and a line ${end}`);
  return `${before}${begin}\n\n${part}\n\n${end}${after}`;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function configurationPage(): string {
  const rows = settingsOf(configSchema, '').map(
    ({ name, variable, fallback, description }) =>
      `| \`${name}\` | ${variable === undefined ? '' : `\`${variable}\``} | ${fallback} | ${description} |`,
  );
  return `# Configuration

Settings come from the environment and from the YAML file that \`CONFIG_FILE\` names. A variable overrides the file; an empty
variable counts as unset. \`ec2-operator check-config FILE\` reports every error in a file. Durations need a unit (\`500ms\`,
\`30s\`, \`10m\`, \`6h\`, \`2d\`) and are at most \`36500d\`.

[configuration.schema.json](configuration.schema.json) is the JSON Schema for editors. With the YAML language server, put
\`# yaml-language-server: $schema=configuration.schema.json\` into the first line of your file, and the editor completes and checks
it. \`ec2-operator check-config --schema\` prints the schema.

AWS credentials, profiles, regions and endpoints are read from the standard \`AWS_*\` variables and files.

To send traces to an OpenTelemetry collector by OTLP over HTTP, set \`OTEL_EXPORTER_OTLP_ENDPOINT\` or
\`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT\`. The other standard variables for the exporter
(\`OTEL_EXPORTER_OTLP_*\`), \`OTEL_SERVICE_NAME\`, \`OTEL_RESOURCE_ATTRIBUTES\`, \`OTEL_TRACES_SAMPLER\` and its
\`_ARG\`, \`OTEL_TRACES_EXPORTER=none\` and \`OTEL_SDK_DISABLED\` have their standard meaning.

| setting | variable | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

interface Setting {
  readonly name: string;
  readonly variable: string | undefined;
  readonly fallback: string;
  readonly description: string;
}

/** Settings by their path; those of nested objects and of lists of objects follow the one that holds them. */
function settingsOf(schema: z.core.$ZodType, prefix: string): readonly Setting[] {
  const object = unwrap(schema);
  if (!(object instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.core.$ZodType>> = object.shape;
  return Object.entries(shape).flatMap(([key, member]) => {
    const inner = unwrap(member);
    const name = `${prefix}${key}${inner instanceof z.ZodArray && unwrap(inner.element) instanceof z.ZodObject ? '[]' : ''}`;
    const meta = metaOf(member);
    const description = meta.description ?? '';
    const nested = inner instanceof z.ZodArray ? settingsOf(inner.element, `${name}.`) : settingsOf(inner, `${name}.`);
    const own = { name, variable: meta.env, fallback: showDefault(member, meta, nested), description };
    return [own, ...nested];
  });
}

function showDefault(member: z.core.$ZodType, meta: z.core.GlobalMeta, nested: readonly Setting[]): string {
  if (meta.shownDefault !== undefined)
    return /[`[]/.test(meta.shownDefault) ? meta.shownDefault : `\`${meta.shownDefault}\``;
  if (member instanceof z.ZodOptional || member instanceof z.ZodExactOptional) return 'unset';
  if (member instanceof z.ZodPrefault && typeof member.def.defaultValue === 'string')
    return `\`${member.def.defaultValue}\``;
  if (!(member instanceof z.ZodDefault)) return nested.length > 0 ? '' : 'required';
  const value: unknown = member.def.defaultValue;
  const isEmpty = Array.isArray(value) ? value.length === 0 : typeof value === 'object';
  return isEmpty ? 'none' : `\`${JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ')}\``;
}

/** What is said of a setting, or of what its default is for. */
function metaOf(schema: z.core.$ZodType): z.core.GlobalMeta {
  const own = z.globalRegistry.get(schema);
  for (const wrapper of WRAPPERS)
    if (own === undefined && schema instanceof wrapper) return metaOf(schema.def.innerType);
  return own ?? {};
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  for (const wrapper of WRAPPERS) if (schema instanceof wrapper) return unwrap(schema.def.innerType);
  // What is written stands before a transform, and behind a preprocess.
  if (schema instanceof z.ZodPipe)
    return unwrap(schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in);
  if (!(schema instanceof z.ZodUnion)) return schema;
  // `off`, or settings.
  const options = schema.def.options.map(unwrap);
  return options.find((option) => option instanceof z.ZodObject || option instanceof z.ZodArray) ?? schema;
}

function managersPage(): string {
  const code = (tags: readonly string[]): string => tags.map((tag) => `\`${tag}\``).join(', ');
  return `# Managers

A machine with one of these tags is managed by a service or a tool that would replace or miss it. The [guard](../guards.md)
\`asg_member\` refuses to start or stop it, with the reason \`managed\`. A \`*\` stands for the rest of the key.

| manager | tags |
|---|---|
${MANAGERS.map(({ name, tags }) => `| ${name} | ${code(tags)} |`).join('\n')}
| an AWS service | every other tag that begins with \`${AWS_PREFIX}\`, except ${code(AWS_LABELS)} |

The guard \`managed\` also refuses machines that EC2 itself shows as managed (\`Operator.Managed\`). In the configuration,
\`guards.asg_member.also\` adds tags and \`except\` removes some.
`;
}

function reasonsPage(): string {
  const table = (reasons: Readonly<Record<string, string>>): string =>
    Object.entries(reasons)
      .map(([reason, meaning]) => `| \`${reason}\` | ${meaning} |`)
      .join('\n');
  const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
  const guarded = (title: string, reasons: Readonly<Record<string, string>>): string => {
    const rows = Object.entries(reasons).map(
      ([reason, meaning]) => `| \`${reason}\` | ${meaning} | ${code(guardsGiving(reason))} |`,
    );
    return `## ${title}\n\n| reason | meaning | guard |\n|---|---|---|\n${rows.join('\n')}\n`;
  };
  const guards = Object.entries(GUARD_REASONS).map(([guard, reasons]) => `| \`${guard}\` | ${code(reasons)} |`);
  const section = (title: string, reasons: Readonly<Record<string, string>>): string =>
    `## ${title}\n\n| reason | meaning |\n|---|---|\n${table(reasons)}\n`;
  return `# Reasons

Every outcome has a reason from one closed list. The same word is in the API, the log and the metrics.

An operation is ${STATES.map((state) => `\`${state}\``).join(', ')}.

${[
  section('Receipts: `ignored`', IGNORED_REASONS),
  section('Receipts: `invalid`', INVALID_REASONS),
  guarded('Operations: `waiting`', WAITING_REASONS),
  section('Operations: `succeeded`', SUCCEEDED_REASONS),
  guarded('Operations: `refused`', REFUSED_REASONS),
  section('Operations: `failed`', FAILED_REASONS),
  guarded('Operations: `cancelled`', CANCELLED_REASONS),
  `## The reasons of each guard\n\nA [guard](../guards.md) is turned off, and found in trails and metrics, by its own name.\n\n| guard | reasons |\n|---|---|\n${guards.join('\n')}\n`,
].join('\n')}`;
}
