/** The reference page of the routes, from the same document that `/openapi.json` answers with. */
import { openapi, type Described, type Parameter } from '../src/http/openapi.ts';
import { ROUTES } from '../src/http/routes.ts';

export function routesPage(): string {
  const routes = Object.entries(openapi(ROUTES).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ name: `${method.toUpperCase()} ${path}`, route })),
  );
  return `# Routes

Made from the same document as [openapi.json](openapi.json), which the server has at \`/openapi.json\`. Examples are in
[The API](../api.md).

| route | needs the scope | answers |
|---|---|---|
${routes.map(({ name, route }) => `| [\`${name}\`](#${anchorOf(name)}) | ${scopesOf(route)} | ${statusesOf(route)} |`).join('\n')}

The scope \`admin\` implies the others. Errors are \`application/problem+json\` with \`title\`, \`status\` and \`detail\`.

${routes.map(({ name, route }) => section(name, route)).join('\n')}`;
}

function section(name: string, route: Described): string {
  const parameters = (route.parameters ?? []).map(
    (parameter) => `| \`${parameter.name}\` | ${parameter.in} | ${defaultOf(parameter)} | ${meaningOf(parameter)} |`,
  );
  const answers = Object.entries(route.responses).map(([status, { description }]) => `- \`${status}\`: ${description}`);
  return [
    `## ${name}`,
    route.summary,
    ...(parameters.length === 0
      ? []
      : [`| parameter | in | default | meaning |\n|---|---|---|---|\n${parameters.join('\n')}`]),
    `${answers.join('\n')}\n`,
  ].join('\n\n');
}

function scopesOf({ security }: Described): string {
  const scopes = new Set(security.flatMap((way) => Object.values(way).flat()));
  const hasSignature = security.some((way) => 'signature' in way);
  if (scopes.size === 0) return 'open';
  return [...[...scopes].map((scope) => `\`${scope}\``), ...(hasSignature ? ["Grafana's signature"] : [])].join(' or ');
}

function statusesOf({ responses }: Described): string {
  return Object.keys(responses).join(', ');
}

function defaultOf({ required, schema }: Parameter): string {
  if (required) return 'required';
  return schema.default === undefined ? '' : `\`${JSON.stringify(schema.default).replaceAll('"', '')}\``;
}

function meaningOf({ schema: { description, enum: words } }: Parameter): string {
  const oneOf = words?.map((word) => `\`${String(word)}\``).join(', ');
  return [description, oneOf].filter((text) => text !== undefined).join(' ');
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
