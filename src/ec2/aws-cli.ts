/** The EC2 client `cli`: the EC2 port over the `aws` command, version 1 or 2. */
import { z } from 'zod';
import type { Place } from '../domain/instance.ts';
import type { Verb } from '../domain/intent.ts';
import type { Ec2Settings } from './accounts.ts';
import type { Runner } from './aws-cli-process.ts';
import { createAwsCommand, parseJson, type Prepare } from './aws-command.ts';
import { readAttached } from './attached.ts';
import { parseChecks } from './checked.ts';
import { parseDescribed } from './instance-shape.ts';
import type { ReadOwn } from './one-account.ts';
import { Ec2Error, type Ec2Client } from './port.ts';
import { changeInput, checksInput, describeInput, surveyInput } from './request.ts';
import { surveyedPage } from './surveyed.ts';

const OPERATIONS: Readonly<Record<Verb, string>> = { start: 'start-instances', stop: 'stop-instances' };

const callerIdentity = z.object({ Account: z.string() });

/** Starts a process per call, at most `cliConcurrency` at once. */
export function createCliClient(settings: Ec2Settings, readOwn: ReadOwn): Ec2Client {
  const aws = createAwsCommand(settings);
  // One process of their own: starts and stops never wait for surveys.
  const surveys = aws.addRunner(1);
  const ec2 = async (place: Place, operation: string, prepare: Prepare, by?: Runner): Promise<string | undefined> =>
    aws.run(place, ['ec2', operation], prepare, by);
  const askAccount = async (place: Place): Promise<string> => {
    const text = await aws.run(place, ['sts', 'get-caller-identity'], async () => Promise.resolve({}));
    return callerIdentity.parse(parseJson(text ?? '', 'GetCallerIdentity')).Account;
  };
  /** All pages are one answer. */
  const describeInstances = async (place: Place, input: object, by?: Runner): Promise<unknown> => {
    const read = async (): Promise<readonly unknown[]> => {
      const text = await ec2(place, 'describe-instances', async () => Promise.resolve(input), by);
      return [parseJson(text ?? '', 'DescribeInstances')];
    };
    const [answer] = await readOwn(place, { read, askAccount: async () => askAccount(place) });
    return answer;
  };

  return {
    describe: async (place, by, values) =>
      parseDescribed(await describeInstances(place, describeInput(by, values)), place),
    survey: async (place, filter, page) =>
      surveyedPage(await describeInstances(place, surveyInput(filter, page), surveys), place, filter),
    act: async (place, verb, ids, { dryRun, choose }) => {
      const all = changeInput(ids, dryRun);
      // A process waits for a free place, so the choice is made there.
      const prepare = async (): Promise<object | undefined> => {
        if (choose === undefined) return all;
        const chosen = await choose(ids);
        return chosen.length === 0 ? undefined : changeInput(chosen, dryRun);
      };
      try {
        await ec2(place, OPERATIONS[verb], prepare);
      } catch (error) {
        if (!(dryRun && error instanceof Ec2Error && error.code === 'DryRunOperation')) throw error;
      }
      return {};
    },
    checks: async (place, ids) => {
      const input = checksInput(ids);
      const text = await ec2(place, 'describe-instance-status', async () => Promise.resolve(input));
      return parseChecks(parseJson(text ?? '', 'DescribeInstanceStatus'), ids);
    },
    volumes: async (place, ids) =>
      readAttached(ids, async (input) => {
        const text = await ec2(place, 'describe-volumes', async () => Promise.resolve(input), surveys);
        return parseJson(text ?? '', 'DescribeVolumes');
      }),
    close: async () => Promise.resolve(aws.close()),
  };
}
