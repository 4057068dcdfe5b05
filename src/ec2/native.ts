/** The EC2 client `native`: the EC2 port over the AWS SDK for JavaScript v3. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { z } from 'zod';
import { formatDuration } from '../domain/duration.ts';
import type { Place } from '../domain/instance.ts';
import type { Ec2Settings } from './accounts.ts';
import { readAttached } from './attached.ts';
import { parseChecks } from './checked.ts';
import { readDescribed, readDescribedGently } from './described-xml.ts';
import { askIdentityIn } from './identity.ts';
import { nextTokenOf, parseDescribed } from './instance-shape.ts';
import { createNativeCalls, type Sdk } from './native-calls.ts';
import type { OwnReading, ReadOwn } from './one-account.ts';
import { Ec2Error, type Accepted, type Ec2Client } from './port.ts';
import { changeInput, checksInput, describeInput, PAGE_SIZE, surveyInput } from './request.ts';
import { surveyedPage } from './surveyed.ts';

export function createNativeClient(settings: Ec2Settings, readOwn: ReadOwn): Ec2Client {
  const { call, close } = createNativeCalls(settings);
  const askAccount = async (place: Place): Promise<string> =>
    call(place, async (sdk, client, signal) => (await askIdentityIn(place, { sdk, client, settings, signal })).account);
  const own = async (place: Place, read: OwnReading['read']): Promise<readonly unknown[]> =>
    readOwn(place, { read, askAccount: async () => askAccount(place) });
  return {
    describe: async (place, by, values) => {
      const input = describeInput(by, values);
      const pages = await own(place, async () =>
        call(place, async (sdk, client, abortSignal) => describePages(sdk, client, input, abortSignal)),
      );
      return pages.flatMap((page) => parseDescribed(page, place));
    },
    survey: async (place, filter, page) => {
      const input = surveyInput(filter, page);
      const [answer] = await own(place, async () => {
        const xml = await call(place, async ({ ec2 }, client, abortSignal) =>
          send(client, new ec2.DescribeInstancesCommand(input), abortSignal),
        );
        // An answer that is no XML is told as one of `describe` is.
        return [await call(place, async () => readDescribedGently(xml))];
      });
      return surveyedPage(answer, place, filter);
    },
    act: async (place, verb, ids, { dryRun, choose }) => {
      // Before the choice, which marks operations as sent.
      if (verb === 'stop') await call(place, async (_sdk, client) => Promise.resolve(refuseWrongClock(client)));
      const chosen = choose === undefined ? ids : await choose(ids);
      if (chosen.length === 0 && ids.length > 0) return {};
      const input = changeInput(chosen, dryRun);
      try {
        return await call(place, async ({ ec2 }, client, abortSignal) => {
          const { $metadata } =
            verb === 'start'
              ? await client.send(new ec2.StartInstancesCommand(input), { abortSignal })
              : await client.send(new ec2.StopInstancesCommand(input), { abortSignal });
          return accepted($metadata.requestId);
        });
      } catch (error) {
        if (dryRun && error instanceof Ec2Error && error.code === 'DryRunOperation') return accepted(error.requestId);
        throw error;
      }
    },
    checks: async (place, ids) => {
      const input = checksInput(ids);
      return call(place, async ({ ec2 }, client, abortSignal) =>
        parseChecks(await client.send(new ec2.DescribeInstanceStatusCommand(input), { abortSignal }), ids),
      );
    },
    volumes: async (place, ids) =>
      readAttached(ids, async (input) =>
        call(place, async ({ ec2 }, client, abortSignal) =>
          client.send(new ec2.DescribeVolumesCommand(input), { abortSignal }),
        ),
      ),
    close: async () => close(),
  };
}

/** AWS refuses signatures that are further off its clock, in milliseconds (IAM: "Signature Version 4"). */
const MAX_SKEW_MS = 300_000;

/**
 * The SDK reads AWS's clock in answers and signs by it, where `aws` fails. By a wrong clock, holds, leases and warnings end at wrong
 * times, so no stop is sent. A start does no harm.
 *
 * @throws Ec2Error ClientClock
 */
function refuseWrongClock({ config: { systemClockOffset: aheadMs } }: EC2Client): void {
  if (Math.abs(aheadMs) < MAX_SKEW_MS) return;
  const side = aheadMs > 0 ? 'behind' : 'ahead of';
  const message = `the clock of this machine is ${formatDuration(Math.abs(aheadMs))} ${side} that of AWS, and no machine is stopped by a wrong clock`;
  throw new Ec2Error('ClientClock', message);
}

async function describePages(
  { ec2 }: Sdk,
  client: EC2Client,
  input: ReturnType<typeof describeInput>,
  abortSignal: AbortSignal,
): Promise<readonly unknown[]> {
  const pages: unknown[] = [];
  let nextToken: string | undefined;
  do {
    const paging = 'Filters' in input ? { MaxResults: PAGE_SIZE, NextToken: nextToken } : {};
    const command = new ec2.DescribeInstancesCommand({ ...input, ...paging });
    const page = readDescribed(await send(client, command, abortSignal));
    pages.push(page);
    nextToken = nextTokenOf(page);
  } while (nextToken !== undefined);
  return pages;
}

async function send(client: EC2Client, command: DescribeInstancesCommand, abortSignal: AbortSignal): Promise<string> {
  const answer = keepText(command);
  await client.send(command, { abortSignal });
  return answer.text;
}

/** Keeps the text of a good answer, so that the SDK does not parse all of it. The SDK still parses errors. */
function keepText(command: DescribeInstancesCommand): { readonly text: string } {
  const answer = { text: '' };
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const good = goodAnswer.safeParse(result.response);
      if (!good.success) return result;
      answer.text = await text(good.data.body);
      return { ...result, response: { ...good.data, body: NOTHING } };
    },
    // The lowest priority runs next to the wire, before the SDK's own parser.
    { step: 'deserialize', name: 'keepText', priority: 'low' },
  );
  return answer;
}

const goodAnswer = z.looseObject({ statusCode: z.literal(200), body: z.instanceof(Readable) });
const NOTHING = new Uint8Array();

function accepted(requestId: string | undefined): Accepted {
  return requestId === undefined ? {} : { requestId };
}
