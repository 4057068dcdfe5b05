/** Checks for what EC2 would refuse or fail, beyond the guards. Pure. */
import type { Instance } from '../domain/instance.ts';
import type { SpotRequest, InspectedVolume } from '../ec2/inspected.ts';
import { findingsOf, listSome, report, type Finding } from './finding.ts';

/** An answer, or the code of the error. */
type Known<T> = { readonly value: T } | { readonly unknown: string };

export interface Evidence {
  readonly isStopProtected: Known<boolean>;
  /** For Spot instances only. */
  readonly spotRequest?: Known<SpotRequest | undefined>;
  /** For instances with their root on EBS. */
  readonly volumes?: Known<readonly InspectedVolume[]>;
}

/** @param about the host as given to `--host` */
export function checkInstance(instance: Instance, evidence: Evidence, about: string): readonly Finding[] {
  const { isStopProtected, spotRequest, volumes } = evidence;
  return findingsOf([
    checkProtection(isStopProtected, about),
    spotRequest !== undefined && checkSpot(spotRequest, about),
    volumes !== undefined && checkVolumes(instance, volumes, about),
  ]);
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-stop-protection.html */
function checkProtection(known: Known<boolean>, about: string): Finding {
  const { ok, error } = report('stop_protection', about);
  if ('unknown' in known) return unknown('stop_protection', about, 'ec2:DescribeInstanceAttribute', known.unknown);
  if (!known.value) return ok('stop protection is off');
  return error(
    'stop protection is on (disableApiStop): EC2 refuses to stop the machine, and the operator never lifts it',
    'turn it off if the machine may be stopped: aws ec2 modify-instance-attribute --no-disable-api-stop',
  );
}

function checkSpot(known: Known<SpotRequest | undefined>, about: string): Finding {
  const { ok, error, info } = report('spot', about);
  if ('unknown' in known) return unknown('spot', about, 'ec2:DescribeSpotInstanceRequests', known.unknown);
  const request = known.value;
  if (request === undefined) return info('is a Spot instance, but EC2 shows no Spot request for it');
  if (request.type === 'persistent') return ok(`its Spot request ${request.id} is persistent: it can be stopped`);
  return error(
    `its Spot request ${request.id} is one-time: EC2 does not stop such an instance`,
    'use a persistent request, or an on-demand instance',
  );
}

/** https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html */
function checkVolumes(instance: Instance, known: Known<readonly InspectedVolume[]>, about: string): Finding {
  const { ok, warning, error } = report('volumes', about);
  if ('unknown' in known) return unknown('volumes', about, 'ec2:DescribeVolumes', known.unknown);
  const volumes = known.value;
  if (volumes.length === 0) return error('has no volume attached: EC2 cannot start it', 'attach its root volume again');
  const encrypted = volumes.filter((volume) => volume.encrypted);
  if (encrypted.length === 0) return ok('its volumes are not encrypted: a start needs no key');
  const keys = [...new Set(encrypted.map(({ kmsKey }) => kmsKey ?? 'an unknown key'))];
  const named = encrypted.map(({ id, device }) => (device === '' ? id : `${id} (${device})`));
  return warning(
    `${listSome(named)} of ${instance.id} is encrypted with ${listSome(keys)}. Unless that is AWS's own key aws/ebs, a start needs kms:CreateGrant on it: without that, EC2 accepts the start and the machine falls back to stopped. A dry run does not show it`,
    'allow kms:CreateGrant on the key, with kms:GrantIsForAWSResource: deploy/iam/README.md',
  );
}

function unknown(check: string, about: string, permission: string, code: string): Finding {
  const change = `to find out, allow ${permission} for the doctor's role; the server does not need it`;
  return report(check, about).info(`could not be checked (${code})`, change);
}
