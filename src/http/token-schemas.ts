/** How tokens look over HTTP. */
import * as z from 'zod';
import { moment, tokenRights } from '../config/auth.ts';
import { parsed, unparsed, type Parsed } from '../domain/parsed.ts';
import { contradictionIn, SCOPES, type Token } from '../domain/scope.ts';
import type { Revoked, StoredToken } from '../store/port.ts';
import type { TokenRights } from './auth/stored-tokens.ts';
import { parseBody } from './parse-body.ts';
import { ProblemError } from './problem.ts';
import type { Body } from './route.ts';
import { time, tooLateSchema, type Shown } from './schemas.ts';
import { showTooLate, toTime } from './show-operation.ts';

export const newTokenSchema = z.strictObject({
  ...tokenRights,
  expiresAt: moment.optional().describe('When it stops being valid. Without it, never.'),
});

/** Read as `parseNewToken` reads it. */
export const newTokenBody: Body<TokenRights> = {
  schema: newTokenSchema,
  parse: (body, now) => {
    const rights = parseNewToken(body, now);
    if (rights.ok) return rights.value;
    throw new ProblemError(400, rights.message);
  },
};

/** The rights of a new token; it must not have expired. */
export function parseNewToken(body: unknown, now: number): Parsed<TokenRights> {
  const given = parseBody(newTokenSchema, body);
  if (!given.ok) return given;
  const { expiresAt, ...rights } = given.value;
  const contradiction = contradictionIn(rights);
  if (contradiction !== undefined) return unparsed(contradiction);
  if (expiresAt === undefined) return parsed(rights);
  if (expiresAt > now) return parsed({ ...rights, expiresAt });
  return unparsed('expiresAt: expected a time in the future');
}

export const tokenSchema = z.object({
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  only: z.record(z.string(), z.string()).optional(),
  source: z.enum(['configured', 'stored']),
  createdAt: time.optional(),
  expiresAt: time.optional(),
  revokedAt: time.optional(),
});
export type TokenBody = z.output<typeof tokenSchema>;

export const tokensAnswerSchema = z.object({ tokens: z.array(tokenSchema) });
export type TokensAnswer = Shown<z.input<typeof tokensAnswerSchema>>;

export const newTokenAnswerSchema = z.object({
  token: tokenSchema,
  secret: z.string().describe("The token's text. It is shown only once, and not stored."),
});
export type NewTokenAnswer = Shown<z.input<typeof newTokenAnswerSchema>>;

export const revokedAnswerSchema = z.object({
  revoked: z.string(),
  open: z.int().describe('How many open operations were requested with the token.'),
  cancelled: z.int().describe('How many of them were cancelled: none without `cancel=true`.'),
  shared: z
    .int()
    .describe('How many of them `cancel=true` kept because they were requested by others too. The rest had begun.'),
  tooLate: z
    .array(tooLateSchema)
    .optional()
    .describe('Those that `cancel=true` did not reach because their calls were sent to EC2 before.'),
});
export type RevokedAnswer = Shown<z.input<typeof revokedAnswerSchema>>;

export const revokeParamsSchema = z.object({ name: z.string() });
export type RevokeParams = z.output<typeof revokeParamsSchema>;

export const revokeQuerySchema = z.object({
  cancel: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Cancels the operations that were requested with this token only and have not begun.'),
});
export type RevokeQuery = z.output<typeof revokeQuerySchema>;

export function showRevoked(name: string, { open, moves, shared, tooLate }: Revoked): RevokedAnswer {
  return {
    revoked: name,
    open,
    cancelled: moves.length,
    shared,
    ...(tooLate.length === 0 ? {} : { tooLate: tooLate.map(showTooLate) }),
  };
}

export function showToken(token: Token & Partial<StoredToken>, source: TokenBody['source']): TokenBody {
  const { name, scopes, only, createdAt, expiresAt, revokedAt } = token;
  return {
    name,
    scopes: [...scopes],
    source,
    only,
    createdAt: createdAt === undefined ? undefined : toTime(createdAt),
    expiresAt: expiresAt === undefined ? undefined : toTime(expiresAt),
    revokedAt: revokedAt === undefined ? undefined : toTime(revokedAt),
  };
}
