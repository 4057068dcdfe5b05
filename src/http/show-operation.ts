/** How the API shows an operation. */
import type { Cause } from '../domain/cause.ts';
import type { ResolvedInstance } from '../domain/instance.ts';
import type { Operation } from '../domain/operation.ts';
import type { TooLate } from '../domain/too-late.ts';
import type { TrailEntry } from '../domain/trail.ts';
import type { Warned } from '../domain/warned.ts';
import type { OperationBody, TooLateBody } from './schemas.ts';

export function showOperation(operation: Operation, trail?: readonly TrailEntry[]): OperationBody {
  const { id, state, intent, instance, attempts, createdAt, sentAt, warned } = operation;
  const { verb, target, client, dryRun, cause } = intent;
  return {
    id,
    state,
    ...('reason' in operation ? { reason: operation.reason, message: operation.message } : {}),
    verb,
    target: target.text,
    client,
    dryRun,
    cause: {
      ...showCause(cause),
      beganAt: toTime(cause.beganAt),
      ...(cause.delivery === undefined ? {} : { delivery: cause.delivery }),
    },
    ...(instance === undefined ? {} : { instance: showInstance(instance) }),
    attempts,
    createdAt: toTime(createdAt),
    ...(sentAt === undefined ? {} : { sentAt: toTime(sentAt) }),
    ...('acceptedAt' in operation ? { acceptedAt: toTime(operation.acceptedAt) } : {}),
    ...('until' in operation ? { until: toTime(operation.until) } : {}),
    ...(warned === undefined ? {} : { warning: showWarning(warned) }),
    ...('endedAt' in operation ? { endedAt: toTime(operation.endedAt) } : {}),
    ...(trail === undefined
      ? {}
      : { trail: trail.map(({ at, lastAt, ...entry }) => ({ ...showTimes({ at, lastAt }), ...entry })) }),
  };
}

function showCause(cause: Cause): Omit<OperationBody['cause'], 'beganAt'> {
  switch (cause.by) {
    case 'alert':
      return { by: cause.by, name: cause.alertname, fingerprint: cause.fingerprint, ...cause.about };
    case 'person':
    case 'lease':
      return { by: cause.by, name: cause.name };
  }
}

export function showInstance({ id, name, owner, place }: ResolvedInstance): NonNullable<OperationBody['instance']> {
  return { id, ...(name === undefined ? {} : { name }), ...(owner === undefined ? {} : { owner }), ...place };
}

export function showTooLate({ operation, sentAt, message }: TooLate): TooLateBody {
  return { operation, sentAt: toTime(sentAt), message };
}

function showWarning({ at, stopsAt, reminded }: Warned): NonNullable<OperationBody['warning']> {
  return { at: toTime(at), stopsAt: toTime(stopsAt), ...(reminded === undefined ? {} : { reminded }) };
}

/** The times of an entry of the log. */
export function showTimes({ at, lastAt }: { readonly at: number; readonly lastAt?: number | undefined }): {
  readonly at: string;
  readonly lastAt?: string;
} {
  return { at: toTime(at), ...(lastAt === undefined ? {} : { lastAt: toTime(lastAt) }) };
}

export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
