/** Credentials and permissions in each place, tried with the same calls as the server's. */
import { describeInstance, type Instance, type Place } from '../domain/instance.ts';
import { VERBS, type Verb } from '../domain/intent.ts';
import { Ec2Error, type Ec2Client } from '../ec2/port.ts';
import type { Ec2Inspector } from '../ec2/inspect.ts';
import { explainAws } from './aws-error.ts';
import { report, type Finding } from './finding.ts';

export interface PermissionParts {
  readonly inspector: Ec2Inspector;
  readonly ec2: Ec2Client;
  /** Whose the own credentials must be, if that is known. */
  readonly expected: ExpectedAccount | undefined;
  /** Whether the guards would allow it now. */
  readonly allows: (verb: Verb, instance: Instance) => boolean;
  /** The tag that the shipped policy requires. */
  readonly tagKey: string;
}

export interface ExpectedAccount {
  readonly account: string;
  /** Such as `aws.account`. */
  readonly by: string;
}

const ACTIONS = { start: 'ec2:StartInstances', stop: 'ec2:StopInstances' } as const;

/** The name of a place in findings. */
export function nameOf(place: Place): string {
  return [place.account ?? 'own credentials', place.region ?? 'default region'].join(' in ');
}

/** Makes few calls, one after the other. A failure ends the check if the other calls would fail the same way. */
export async function checkPlace(parts: PermissionParts, place: Place): Promise<readonly Finding[]> {
  const name = nameOf(place);
  const identity = await checkIdentity(parts, place, name);
  if (identity.severity === 'error') return [identity];
  const described = await checkDescribe(parts, place, name);
  if (described.severity === 'error') return [identity, described];
  const checked = await checkChecks(parts, place, name);
  const volumes = await checkVolumes(parts, place, name);
  return [identity, described, checked, volumes, ...(await checkChanges(parts, place, name))];
}

async function checkIdentity({ expected, inspector }: PermissionParts, place: Place, name: string): Promise<Finding> {
  const { ok, error } = report('credentials', name);
  try {
    const { arn, account, region } = await inspector.identity(place);
    const evidence = `${arn} of account ${account}, in ${region}`;
    if (place.account !== undefined || expected === undefined || expected.account === account) return ok(evidence);
    return error(
      `${evidence}, but ${expected.by} says account ${expected.account}: nothing is started or stopped`,
      `bring back the credentials of account ${expected.account}, or set aws.account to "${account}" if it is to act there from now on`,
    );
  } catch (cause) {
    const { evidence, change } = explainAws(cause, place.account === undefined ? 'own' : 'role');
    return error(evidence, change);
  }
}

async function checkDescribe({ inspector }: PermissionParts, place: Place, name: string): Promise<Finding> {
  const { ok, error } = report('permissions', name);
  try {
    await inspector.mayDescribe(place);
    return ok('ec2:DescribeInstances is permitted');
  } catch (cause) {
    return denied(error, 'ec2:DescribeInstances', cause);
  }
}

/** Without it everything works but the news that a machine is ready. */
async function checkChecks({ inspector }: PermissionParts, place: Place, name: string): Promise<Finding> {
  const { ok, warning } = report('permissions', name);
  try {
    await inspector.mayCheck(place);
    return ok('ec2:DescribeInstanceStatus is permitted');
  } catch (cause) {
    return denied(
      (evidence, change) => warning(`${evidence}; people are not told when a started machine is ready`, change),
      'ec2:DescribeInstanceStatus',
      cause,
    );
  }
}

/** Without it everything works but one figure. */
async function checkVolumes({ inspector }: PermissionParts, place: Place, name: string): Promise<Finding> {
  const { ok, info } = report('permissions', name);
  try {
    await inspector.mayReadVolumes(place);
    return ok('ec2:DescribeVolumes is permitted');
  } catch (cause) {
    const { evidence } = explainAws(cause, 'own');
    return info(
      `ec2:DescribeVolumes: ${evidence}; what machines cost while they are stopped is not known`,
      'attach deploy/iam/volumes-policy.json to the identity, if you want to know it',
    );
  }
}

async function checkChanges(parts: PermissionParts, place: Place, name: string): Promise<readonly Finding[]> {
  const { info, error } = report('permissions', name);
  let sample: readonly Instance[];
  try {
    const tagged = await parts.inspector.sample(place, parts.tagKey);
    // A policy that requires the tag rightly denies machines without it.
    sample = tagged.length > 0 ? tagged : await parts.inspector.sample(place);
  } catch (cause) {
    return [denied(error, 'ec2:DescribeInstances', cause)];
  }
  const findings: Finding[] = [];
  for (const verb of VERBS) {
    const instance = sample.find((each) => parts.allows(verb, each));
    findings.push(
      instance === undefined
        ? info(
            `${ACTIONS[verb]} could not be tried: the guards would let it ${verb} no machine here`,
            `name a machine with --host, or give one the tag ${parts.tagKey}=allowed`,
          )
        : await tryChange(parts.ec2, verb, instance, name),
    );
  }
  return findings;
}

/** Makes a dry run of a start or stop: EC2 checks the permission and changes nothing. */
export async function tryChange(ec2: Ec2Client, verb: Verb, instance: Instance, about: string): Promise<Finding> {
  const { ok, error } = report('permissions', about);
  const machine = describeInstance(instance);
  try {
    await ec2.act(instance.place, verb, [instance.id], { dryRun: true });
    return ok(`${ACTIONS[verb]} is permitted for ${machine}`);
  } catch (cause) {
    return denied(error, `${ACTIONS[verb]} for ${machine}`, cause);
  }
}

function denied(error: (evidence: string, change: string) => Finding, what: string, cause: unknown): Finding {
  if (cause instanceof Ec2Error && cause.code === 'UnauthorizedOperation') {
    const change =
      'attach deploy/iam/policy.json to the identity; its condition requires the tag ec2-operator on the machine; check for a permissions boundary or an SCP, too';
    return error(`${what} is denied (UnauthorizedOperation: ${cause.message})`, change);
  }
  const { evidence, change } = explainAws(cause, 'own');
  return error(`${what}: ${evidence}`, change);
}
