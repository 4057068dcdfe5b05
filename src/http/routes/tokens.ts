/** `/api/v1/tokens`: tokens are made and revoked while the server runs. */
import { SIGNED_NAME, SIGNED_NAME_TAKEN } from '../../domain/scope.ts';
import { refuseCrossSite, requireScope, type KnownToken, type Sender } from '../auth/sender.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { parseQuery } from '../query.ts';
import { parseNewToken, revokeQuerySchema, showRevoked, showToken, type TokenBody } from '../token-schemas.ts';

export async function listTokens(parts: HttpParts, request: Request): Promise<Response> {
  await admitAdmin(parts, request);
  const tokens: readonly TokenBody[] = [
    ...parts.tokens.configured().map((token) => showToken(token, 'configured')),
    ...(await parts.tokens.stored.list()).map((token) => showToken(token, 'stored')),
  ];
  return Response.json({ tokens });
}

/** The answer has the token's text; it is not to be had again. @param remote the address of the other side, for the record */
export async function createToken(parts: HttpParts, request: Request, remote: string): Promise<Response> {
  const sender = await admitAdmin(parts, request);
  // What is made now would open the doors still when they are closed again.
  if (!parts.tokens.areAsked) throw conflict('tokens open nothing while AUTH=none: unset AUTH before making one');
  const parsed = parseNewToken(await parts.readJson(request, sender.name), parts.clock());
  if (!parsed.ok) throw new ProblemError({ status: 400, detail: parsed.message });
  const rights = parsed.value;
  if (findConfigured(parts, rights.name) !== undefined)
    throw conflict(`${rights.name} is a token of the configuration`);
  if (parts.tokens.areSigned && rights.name === SIGNED_NAME) throw conflict(SIGNED_NAME_TAKEN);
  const made = await parts.tokens.stored.create(rights, { name: sender.name, remote });
  if (made === undefined) throw conflict(`there is a token ${rights.name} already: revoke it, or choose another name`);
  parts.log.info({ ...rights, by: sender.name, remote }, 'a token was made');
  const body = { token: showToken(made.token, 'stored'), secret: made.secret };
  return Response.json(body, { status: 201, headers: { 'cache-control': 'no-store' } });
}

/** @param remote the address of the other side, for the record */
export async function revokeToken(parts: HttpParts, request: Request, name: string, remote: string): Promise<Response> {
  const sender = await admitAdmin(parts, request);
  const { cancel } = parseQuery(revokeQuerySchema, new URL(request.url).searchParams);
  const revoked = await parts.tokens.stored.revoke(name, { name: sender.name, remote }, cancel === 'true');
  if (revoked !== undefined) {
    for (const one of revoked.cancelled) parts.onCancelled(one);
    const answer = showRevoked(name, revoked);
    parts.log.info({ ...answer, name, by: sender.name, remote }, 'a token was revoked');
    return Response.json(answer);
  }
  if (findConfigured(parts, name) !== undefined)
    throw conflict(`${name} is a token of the configuration: take it out there`);
  throw new ProblemError({ status: 404, detail: 'there is no token of this name that could be revoked' });
}

async function admitAdmin(parts: HttpParts, request: Request): Promise<Sender> {
  refuseCrossSite(request.headers);
  const sender = await parts.authenticate(request.headers);
  requireScope(sender, 'admin');
  return sender;
}

function findConfigured(parts: HttpParts, name: string): KnownToken | undefined {
  return parts.tokens.configured().find((token) => token.name === name);
}

function conflict(detail: string): ProblemError {
  return new ProblemError({ status: 409, detail });
}
