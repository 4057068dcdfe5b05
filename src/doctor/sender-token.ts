/** Whether the server lets the token in that Alertmanager sends, as far as its file can be read here. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { hasScope } from '../domain/scope.ts';
import { digestOf } from '../http/auth/sender.ts';
import { configuredTokens, findConfigured } from '../http/auth/configured-tokens.ts';
import type { Webhook } from './alertmanager-config.ts';
import { report, type Finding } from './finding.ts';

type TokenSettings = Pick<Config, 'auth' | 'auth_token' | 'auth_token_file' | 'tokens'>;

/** @param webhooks those that post to the server */
export async function checkSenderTokens(
  config: TokenSettings,
  webhooks: readonly Webhook[],
): Promise<readonly Finding[]> {
  if (config.auth === 'none') return [];
  const find = openTokens(config);
  if (find === undefined) return [];
  const findings = await Promise.all(webhooks.map(async (webhook) => checkSenderToken(webhook, find)));
  return findings.flat();
}

type FindConfigured = ReturnType<typeof findConfigured>;

/** Undefined where a file of the server's own cannot be read: the check `access` says so. */
function openTokens(config: TokenSettings): FindConfigured | undefined {
  try {
    return findConfigured(configuredTokens(config, undefined, { onFault: () => undefined }));
  } catch {
    return undefined;
  }
}

async function checkSenderToken({ receiver, tokenFile }: Webhook, find: FindConfigured): Promise<readonly Finding[]> {
  if (tokenFile === undefined) return [];
  const { ok, info, warning } = report('alertmanager.receiver', receiver);
  const text = await read(tokenFile);
  if (text === undefined) {
    return [
      info(`sends the token in ${tokenFile}, which cannot be read here: whether it is the right one is not known`),
    ];
  }
  const token = find(digestOf(text.trim()));
  if (token === undefined) {
    return [
      warning(
        `sends the token in ${tokenFile}, which is none of those that are configured: unless \`ec2-operator token create\` made it, every delivery is answered with 401`,
        "write the server's token into this file",
      ),
    ];
  }
  if (hasScope(token.scopes, 'stop')) return [ok(`sends the token ${token.name}`)];
  return [
    warning(
      `sends the token ${token.name}, which may not stop machines: alerts with \`action: stop\` are answered as invalid (out_of_scope)`,
      'give this token the scope stop, or let Alertmanager send another one',
    ),
  ];
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
