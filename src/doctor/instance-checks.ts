/** What EC2 would do with a machine beyond what the guards look at. Pure. */
import type { Instance } from '../domain/instance.ts';
import type { SpotRequest, Volume } from '../ec2/inspected.ts';
import { listSome, report, type Finding } from './finding.ts';

/** An answer, or the code of the error in its place. */
type Known<T> = { readonly value: T } | { readonly unknown: string };

export interface Evidence {
  readonly isStopProtected: Known<boolean>;
  /** Of Spot instances only. */
  readonly spotRequest?: Known<SpotRequest | undefined>;
  /** Of instances whose root is on EBS. */
  readonly volumes?: Known<readonly Volume[]>;
}

/** @param about the host as it was asked for */
export function checkInstance(instance: Instance, evidence: Evidence, about: string): readonly Finding[] {
  return [
    ...checkProtection(evidence.isStopProtected, about),
    ...(evidence.spotRequest === undefined ? [] : checkSpot(evidence.spotRequest, about)),
    ...(evidence.volumes === undefined ? [] : checkVolumes(instance, evidence.volumes, about)),
  ];
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-stop-protection.html */
function checkProtection(known: Known<boolean>, about: string): readonly Finding[] {
  const { ok, error } = report('stop_protection', about);
  if ('unknown' in known) return [unknown('stop_protection', about, 'ec2:DescribeInstanceAttribute', known.unknown)];
  if (!known.value) return [ok('stop protection is off')];
  return [
    error(
      'stop protection is on (disableApiStop): EC2 refuses to stop it, and the operator never lifts it',
      `turn it off if the machine may be stopped: aws ec2 modify-instance-attribute --no-disable-api-stop`,
    ),
  ];
}

function checkSpot(known: Known<SpotRequest | undefined>, about: string): readonly Finding[] {
  const { ok, error, info } = report('spot', about);
  if ('unknown' in known) return [unknown('spot', about, 'ec2:DescribeSpotInstanceRequests', known.unknown)];
  const request = known.value;
  if (request === undefined) return [info('is a Spot instance, and EC2 shows no request of it')];
  if (request.type === 'persistent') return [ok(`its Spot request ${request.id} is persistent: it can be stopped`)];
  return [
    error(
      `its Spot request ${request.id} is one-time: EC2 does not stop such an instance`,
      'use a persistent request, or an on-demand instance',
    ),
  ];
}

/** https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html */
function checkVolumes(instance: Instance, known: Known<readonly Volume[]>, about: string): readonly Finding[] {
  const { ok, warning, error } = report('volumes', about);
  if ('unknown' in known) return [unknown('volumes', about, 'ec2:DescribeVolumes', known.unknown)];
  const volumes = known.value;
  if (volumes.length === 0) {
    return [error('has no volume attached: EC2 cannot start it', 'attach its root volume again')];
  }
  const encrypted = volumes.filter((volume) => volume.encrypted);
  if (encrypted.length === 0) return [ok('its volumes are not encrypted: a start needs no key')];
  const keys = [...new Set(encrypted.map(({ kmsKey }) => kmsKey ?? 'an unknown key'))];
  const named = encrypted.map(({ id, device }) => (device === '' ? id : `${id} (${device})`));
  return [
    warning(
      `${listSome(named)} of ${instance.id} encrypted with ${listSome(keys)}: unless that is AWS's own key aws/ebs, a start needs kms:CreateGrant on it; without it EC2 accepts the start, and the machine falls back to stopped. A dry run does not show that`,
      'allow kms:CreateGrant on the key, with kms:GrantIsForAWSResource: deploy/iam/README.md',
    ),
  ];
}

function unknown(check: string, about: string, permission: string, code: string): Finding {
  const change = `allow ${permission} to the role that runs the doctor to find out; the server does not need it`;
  return report(check, about).info(`could not be looked at (${code})`, change);
}
