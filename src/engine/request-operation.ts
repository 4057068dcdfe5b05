/** Asks for one operation as a person, who waits for the outcome. */
import type { Intent } from '../domain/intent.ts';
import { isOpen, type Operation } from '../domain/operation.ts';
import type { Origin } from '../domain/receipt.ts';
import type { Intake } from './intake.ts';
import type { Waiters } from './waiters.ts';

export interface RequestParts {
  readonly intake: Intake;
  readonly awaitOperation: Waiters['awaitOperation'];
}

/** @param waitMs how long the answer may wait until the operation is under way */
export async function requestOperation(
  { intake, awaitOperation }: RequestParts,
  { origin, intent }: { readonly origin: Origin; readonly intent: Intent },
  waitMs: number,
): Promise<Operation> {
  const [receipt] = await intake({ origin, asked: [{ outcome: 'intent', fingerprint: '', intent }] });
  if (receipt?.operation === undefined) throw new RangeError('expected the store to name the operation');
  const operation = await awaitOperation(receipt.operation, isUnderWay, waitMs);
  if (operation === undefined) throw new RangeError(`expected operation ${receipt.operation} to be in the store`);
  return operation;
}

/** A person waits until EC2 has accepted the call, or the operation has ended. Reaching the state can take minutes. */
function isUnderWay(operation: Operation): boolean {
  return operation.state === 'verifying' || !isOpen(operation);
}
