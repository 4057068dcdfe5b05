/** `/api/v1/tokens`: lists, makes and revokes tokens. */
import { SIGNED_NAME, SIGNED_NAME_TAKEN } from '../../domain/scope.ts';
import type { KnownToken } from '../auth/sender.ts';
import type { TokenRights } from '../auth/stored-tokens.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { SenderInput } from '../route.ts';
import {
  showRevoked,
  showToken,
  type NewTokenAnswer,
  type RevokedAnswer,
  type RevokeParams,
  type RevokeQuery,
  type TokensAnswer,
} from '../token-schemas.ts';

export async function listTokens({ tokens }: HttpParts): Promise<TokensAnswer> {
  const stored = await tokens.stored.list();
  return {
    tokens: [
      ...tokens.configured().map((token) => showToken(token, 'configured')),
      ...stored.map((token) => showToken(token, 'stored')),
    ],
  };
}

/** Only this answer holds the token's text. */
export async function createToken(
  parts: HttpParts,
  { sender, remote, body: rights }: SenderInput<unknown, unknown, TokenRights>,
): Promise<Response> {
  // A token made now would still be valid after AUTH is set again.
  if (!parts.tokens.areAsked) throw conflict('tokens have no effect while AUTH=none: unset AUTH before making one');
  if (findConfigured(parts, rights.name) !== undefined)
    throw conflict(`${rights.name} is a token of the configuration: choose another name`);
  if (parts.tokens.areSigned && rights.name === SIGNED_NAME) throw conflict(SIGNED_NAME_TAKEN);
  const made = await parts.tokens.stored.create(rights, { name: sender.name, remote });
  if (made === undefined) throw conflict(`there is already a token ${rights.name}: revoke it, or choose another name`);
  parts.observer.tokenMade({ ...rights, by: sender.name, remote });
  const answer: NewTokenAnswer = { token: showToken(made.token, 'stored'), secret: made.secret };
  return Response.json(answer, { status: 201 });
}

export async function revokeToken(
  parts: HttpParts,
  { sender, remote, params: { name }, query }: SenderInput<RevokeParams, RevokeQuery>,
): Promise<RevokedAnswer> {
  const revoked = await parts.tokens.stored.revoke(name, { name: sender.name, remote }, query.cancel === 'true');
  if (revoked !== undefined) {
    parts.eventStreams.askAgain();
    const answer = showRevoked(name, revoked);
    parts.observer.tokenRevoked({ ...answer, name, by: sender.name, remote });
    return answer;
  }
  if (findConfigured(parts, name) !== undefined)
    throw conflict(`${name} is a token of the configuration: remove it there`);
  throw new ProblemError(404, 'there is no valid token of this name');
}

function findConfigured(parts: HttpParts, name: string): KnownToken | undefined {
  return parts.tokens.configured().find((token) => token.name === name);
}

function conflict(detail: string): ProblemError {
  return new ProblemError(409, detail);
}
