/**
 * Credentials that belong to another account than before, after a restart as after a login elsewhere, must not lead addresses to the
 * machines of that account.
 */
import type { Place } from '../domain/instance.ts';
import type { Ec2Settings } from './accounts.ts';
import { ownersIn } from './instance-shape.ts';
import { Ec2Error } from './port.ts';

/** Settings that all replicas share, and that outlast a restart. */
export interface AccountMemory {
  readSetting(key: string): Promise<string | undefined>;
  /** @returns the value that then holds */
  writeSettingOnce(key: string, value: string): Promise<string>;
  changeSetting(key: string, value: string): Promise<void>;
}

/** Reads answers of DescribeInstances. */
export interface OwnReading {
  readonly read: () => Promise<readonly unknown[]>;
  /** The account of the credentials in twelve digits: answers without a machine do not say whose they are. */
  readonly askAccount: () => Promise<string>;
}

/** @throws Ec2Error ClientOtherAccount if the credentials belong to another account; what `read` throws, and what the memory throws */
export type ReadOwn = (place: Place, reading: OwnReading) => Promise<readonly unknown[]>;

/** An answer without a machine is judged by what was learned within this time, in milliseconds. */
const LEARNED_FOR_MS = 60_000;

/** Both clients share it. */
export function createReadOwn(settings: Pick<Ec2Settings, 'account' | 'accounts'>, memory: AccountMemory): ReadOwn {
  const confirmed = new Set<string>();
  const learned = new Map<string, { readonly at: number; readonly owners: Promise<readonly string[]> }>();

  const check = async (place: Place, owners: readonly string[]): Promise<void> => {
    const name = place.account ?? '';
    const stated = statedFor(settings, place);
    for (const owner of new Set(owners)) {
      if (stated !== undefined && stated !== owner) throw notAsStated(name, stated, owner);
      const key = accountKey(place);
      const known = (await memory.readSetting(key)) ?? (await memory.writeSettingOnce(key, owner));
      if (known !== owner && (stated === undefined || confirmed.has(name))) throw notAsBefore(known, owner, stated);
      if (known !== owner) await memory.changeSetting(key, owner);
      // Of two replicas that state different accounts, the later one is believed by both, until a restart.
      if (stated !== undefined) confirmed.add(name);
    }
  };

  const learn = (place: Place, owners: Promise<readonly string[]>): void => {
    learned.set(place.account ?? '', { at: performance.now(), owners });
  };
  const ownersWithoutMachine = async (place: Place, { askAccount }: OwnReading): Promise<readonly string[]> => {
    const known = learned.get(place.account ?? '');
    if (known !== undefined && performance.now() - known.at < LEARNED_FOR_MS) return known.owners;
    const asked = askAccount().then(
      (account) => [account],
      // Not every network has a way to STS, and no machine is found in any case.
      () => [],
    );
    learn(place, asked);
    return asked;
  };

  return async (place, reading) => {
    try {
      const answers = await reading.read();
      const owners = answers.flatMap(ownersIn);
      if (owners.length > 0) learn(place, Promise.resolve(owners));
      await check(place, owners.length > 0 ? owners : await ownersWithoutMachine(place, reading));
      return answers;
    } catch (error) {
      const isUnknownId = error instanceof Ec2Error && error.code === 'InvalidInstanceID.NotFound';
      if (isUnknownId) await check(place, await ownersWithoutMachine(place, reading));
      throw error;
    }
  };
}

/** The setting of the store that says whose the credentials for a place are. */
export function accountKey({ account }: Place): string {
  return account === undefined ? 'aws_account' : `aws_account:${account}`;
}

/** The account that the configuration states, if it does: a role names its own. */
export function statedFor(
  { account, accounts }: Pick<Ec2Settings, 'account' | 'accounts'>,
  place: Place,
): string | undefined {
  if (place.account === undefined) return account;
  const [, stated] =
    /^arn:[^:]+:iam::(\d{12}):/.exec(accounts.find(({ name }) => name === place.account)?.roleArn ?? '') ?? [];
  return stated;
}

function notAsStated(name: string, stated: string, owner: string): Ec2Error {
  const setting = name === '' ? 'aws.account' : `the role_arn of account ${name}`;
  const message = `expected machines of account ${stated}, as ${setting} says, got those of account ${owner}: correct the credentials or the setting`;
  return new Ec2Error('ClientOtherAccount', message);
}

function notAsBefore(known: string, owner: string, stated: string | undefined): Ec2Error {
  const remedy =
    stated === undefined
      ? `the credentials have changed. Bring back the former ones, or set aws.account to "${owner}" and restart ec2-operator if it is to act in the other account`
      : `another replica has begun to act in account ${known}. Give all replicas the same configuration and credentials, and restart this one`;
  const message = `expected machines of account ${known}, as before, got those of account ${owner}: ${remedy}`;
  return new Ec2Error('ClientOtherAccount', message);
}

/** As long as the process lasts. */
export function createBriefMemory(): AccountMemory {
  const settings = new Map<string, string>();
  return {
    readSetting: async (key) => Promise.resolve(settings.get(key)),
    writeSettingOnce: async (key, value) => {
      const known = settings.get(key) ?? value;
      settings.set(key, known);
      return Promise.resolve(known);
    },
    changeSetting: async (key, value) => {
      settings.set(key, value);
      return Promise.resolve();
    },
  };
}
