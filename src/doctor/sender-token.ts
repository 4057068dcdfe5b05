/** Whether the server accepts the token that Alertmanager sends, if its file can be read here. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { hasScope } from '../domain/scope.ts';
import { digestOf } from '../http/auth/sender.ts';
import { configuredTokens, findConfigured } from '../http/auth/configured-tokens.ts';
import type { Webhook } from './alertmanager-config.ts';
import { findingsOf, report, type Finding } from './finding.ts';

type TokenSettings = Pick<Config, 'auth' | 'auth_token' | 'auth_token_file' | 'tokens'>;

/** @param webhooks the webhooks that post to the server */
export async function checkSenderTokens(
  config: TokenSettings,
  webhooks: readonly Webhook[],
): Promise<readonly Finding[]> {
  if (config.auth === 'none') return [];
  const find = openTokens(config);
  if (find === undefined) return [];
  return findingsOf(await Promise.all(webhooks.map(async (webhook) => checkSenderToken(webhook, find))));
}

type FindConfigured = ReturnType<typeof findConfigured>;

/** Undefined if a file of the server cannot be read, which the check `access` reports. */
function openTokens(config: TokenSettings): FindConfigured | undefined {
  try {
    return findConfigured(configuredTokens(config, undefined, { onFault: () => undefined }));
  } catch {
    return undefined;
  }
}

async function checkSenderToken({ receiver, tokenFile }: Webhook, find: FindConfigured): Promise<Finding | undefined> {
  if (tokenFile === undefined) return undefined;
  const { ok, info, warning } = report('alertmanager.receiver', receiver);
  const text = await readFile(tokenFile, 'utf8').catch(() => undefined);
  if (text === undefined) return info(`sends the token in ${tokenFile}, which cannot be read here and was not checked`);
  const token = find(digestOf(text.trim()));
  if (token === undefined) {
    return warning(
      `sends the token in ${tokenFile}, which is not a configured token: unless \`ec2-operator token create\` made it, every delivery is answered with 401`,
      "write the server's token into this file",
    );
  }
  if (hasScope(token.scopes, 'stop')) return ok(`sends the token ${token.name}`);
  return warning(
    `sends the token ${token.name}, which lacks the scope stop: alerts with \`action: stop\` are invalid (out_of_scope)`,
    'give this token the scope stop, or let Alertmanager send another token',
  );
}
