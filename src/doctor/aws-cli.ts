/** Whether the `aws` command is installed, new enough, and reaches EC2. Checked only if the client `cli` is used. */
import { readVariable, type Environment } from '../config/environment.ts';
import type { Place } from '../domain/instance.ts';
import { cliEnvironment } from '../ec2/aws-cli-environment.ts';
import { createRunner, RunError } from '../ec2/aws-cli-process.ts';
import type { Ec2Client } from '../ec2/port.ts';
import { explainAws } from './aws-error.ts';
import { findingsOf, report, type Finding } from './finding.ts';
import { nameOf } from './permissions.ts';

/** Python starts slowly on a busy machine. */
const LIMIT_MS = 30_000;

/** No instance has this id. A filter by it finds nothing, which is no error. */
const UNUSED_ID = 'i-00000000000000000';

export async function checkCli(ec2: Ec2Client, place: Place, environment: Environment): Promise<readonly Finding[]> {
  const { ok, error } = report('aws_command');
  const version = await readVersion(environment);
  if ('problem' in version) return [error(version.problem, 'install AWS CLI 2, or use `client: native`')];
  const findings = judgeVersion(version.text, environment);
  try {
    await ec2.describe(place, 'id', [UNUSED_ID]);
    return [...findings, ok(`it reaches EC2 with ${nameOf(place)}`)];
  } catch (cause) {
    const { evidence, change } = explainAws(cause, place.account === undefined ? 'own' : 'role');
    return [...findings, error(evidence, change, nameOf(place))];
  }
}

async function readVersion(
  environment: Environment,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  const runner = createRunner({ command: 'aws', concurrency: 1, limitMs: LIMIT_MS, maxOutputBytes: 100_000 });
  try {
    const { status, stdout, stderr } = await runner.run(['--version'], cliEnvironment(environment));
    // Version 1 on old Pythons wrote it to stderr.
    const text = `${stdout} ${stderr}`.trim();
    return status === 0 ? { text } : { problem: `aws --version ended with ${String(status)}: ${text.slice(0, 200)}` };
  } catch (cause) {
    if (!(cause instanceof RunError)) throw cause;
    return { problem: cause.message };
  } finally {
    runner.close();
  }
}

/**
 * `aws` leaves unknown fields out of its answers. The first versions that know, by major version:
 * - Operator.Managed of instances (December 2024): without it, the nodes of EKS Auto Mode look unmanaged
 * - the credentials of EKS Pod Identity (EKS user guide, "Use pod identity with the AWS SDK")
 */
const KNOWS = {
  operator: { 1: 37, 2: 23 },
  podIdentity: { 1: 30, 2: 15 },
} as const;

/** Says what a version lacks. */
export function judgeVersion(text: string, environment: Environment): readonly Finding[] {
  const { ok, warning, error } = report('aws_command');
  const version = parseVersion(text);
  if (version === undefined) {
    const evidence = `expected the version of aws, got ${JSON.stringify(text.slice(0, 100))}`;
    return [warning(evidence, 'check which `aws` is first in PATH')];
  }
  const shown = `aws ${version.major}.${version.minor}`;
  const usesPodIdentity = readVariable(environment, 'AWS_CONTAINER_CREDENTIALS_FULL_URI') !== undefined;
  const findings = findingsOf([
    isOlder(version, KNOWS.operator) &&
      warning(
        `${shown} does not show which machines an AWS service manages: the guard managed cannot see them`,
        'install AWS CLI 2.23 or newer',
      ),
    usesPodIdentity &&
      isOlder(version, KNOWS.podIdentity) &&
      error(`${shown} does not support EKS Pod Identity`, 'install AWS CLI 2.15 or newer'),
  ]);
  return findings.length > 0 ? findings : [ok(`${shown} is installed`)];
}

interface Version {
  readonly major: number;
  readonly minor: number;
}

/** `aws-cli/2.36.4 Python/3.13.2 Linux/6.1 …` */
function parseVersion(text: string): Version | undefined {
  const [, major, minor] = /aws-cli\/(\d+)\.(\d+)\./.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

function isOlder({ major, minor }: Version, first: { readonly 1: number; readonly 2: number }): boolean {
  return major === 1 ? minor < first[1] : major === 2 && minor < first[2];
}
