/** Whose the process's own credentials must be, as the configuration or the database says. */
import type { Config } from '../config/schema.ts';
import { accountKey } from '../ec2/one-account.ts';
import { inspectSetting } from '../store/inspect-postgres.ts';
import type { ExpectedAccount } from './permissions.ts';

/** The embedded database is not asked: a server may have it open. A database that is away is a finding of its own. */
export async function expectedAccount({ aws, database_url: url }: Config): Promise<ExpectedAccount | undefined> {
  if (aws.account !== undefined) return { account: aws.account, by: 'aws.account' };
  if (url === undefined) return undefined;
  const account = await inspectSetting(url, accountKey({})).catch(() => undefined);
  return account === undefined ? undefined : { account, by: 'the database' };
}
